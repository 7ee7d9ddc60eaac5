import { onBeforeUnmount, type Ref, watch } from 'vue';
import type { Shown } from './outgoing';
import { lookAgainIn } from './waiting';

/** Keeps the reasons of waiting messages true, with one request for all of them; a hidden page asks nothing. */
export function useWaiting(messages: Ref<Shown[]>, look: () => Promise<unknown>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  function plan() {
    clearTimeout(timer);
    const wait = over ? undefined : lookAgainIn(messages.value, Date.now());
    timer = wait === undefined ? undefined : setTimeout(again, wait);
  }
  async function again() {
    if (document.visibilityState === 'visible') await look().catch(() => undefined);
    plan();
  }
  watch(messages, plan, { immediate: true });
  onBeforeUnmount(() => {
    over = true;
    clearTimeout(timer);
  });
}
