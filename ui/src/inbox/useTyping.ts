import { onBeforeUnmount } from 'vue';
import { setTyping } from './api';

/** WhatsApp forgets "typing…" after about ten seconds, so it is said again while the person goes on. */
const AGAIN_MS = 8000;
const STOP_MS = 4000;

/** Tells the contact that somebody types here; never more often than needed, and always ended. */
export function useTyping(id: string) {
  let saidAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function stop() {
    clearTimeout(timer);
    if (!saidAt) return;
    saidAt = 0;
    void setTyping(id, false).catch(() => undefined);
  }
  function typed() {
    clearTimeout(timer);
    timer = setTimeout(stop, STOP_MS);
    if (Date.now() - saidAt < AGAIN_MS) return;
    saidAt = Date.now();
    void setTyping(id, true).catch(() => undefined);
  }
  onBeforeUnmount(stop);
  return { typed, stop };
}
