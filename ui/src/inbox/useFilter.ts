import { computed, onBeforeUnmount, ref, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';

const SETTLE_MS = 200;

/** The filter of the conversation list, kept in the address so that it can be linked, reloaded and gone back to. */
export function useFilter() {
  const route = useRoute();
  const router = useRouter();
  const text = (name: string) => {
    const value = route.query[name];
    return typeof value === 'string' ? value : '';
  };
  const put = (name: string, value: string) => {
    const { [name]: _old, ...rest } = route.query;
    void router.replace({ query: value ? { ...rest, [name]: value } : rest });
  };
  const number = computed({ get: () => text('number'), set: (v) => put('number', v) });
  const view = computed({
    get: () => (text('unread') ? 'unread' : 'all'),
    set: (v) => put('unread', v === 'unread' ? '1' : ''),
  });

  const typed = ref(text('q'));
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(typed, (q) => {
    clearTimeout(timer);
    timer = setTimeout(() => put('q', q.trim()), SETTLE_MS);
  });
  onBeforeUnmount(() => clearTimeout(timer));

  const filter = computed(() => ({
    number: number.value || undefined,
    q: text('q') || undefined,
    unread: view.value === 'unread' || undefined,
  }));
  const filtered = computed(() => Object.values(filter.value).some(Boolean));
  function clear() {
    typed.value = '';
    void router.replace({ query: {} });
  }
  return { filter, typed, number, view, filtered, clear };
}
