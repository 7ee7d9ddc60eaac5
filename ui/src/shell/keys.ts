import { onBeforeUnmount, onMounted } from 'vue';

/** Whether a key belongs to what the person types into, and not to us. */
export function typing(target: EventTarget | null): boolean {
  const el = target as HTMLElement | null;
  if (!el?.tagName) return false;
  return ['INPUT', 'TEXTAREA', 'SELECT'].includes(el.tagName) || el.isContentEditable;
}

const dialogOpen = () => document.querySelector('[role="dialog"]') !== null;

/**
 * Binds single keys ("j", "?") and two-key sequences ("g n") while the component is mounted.
 * Keys are ignored in fields, in dialogs and with Ctrl, Alt or Meta held.
 */
export function useKeys(bindings: Record<string, () => void>) {
  let prefix = '';
  let prefixAt = 0;
  const onKey = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || typing(e.target) || dialogOpen()) return;
    const sequence = prefix && e.timeStamp - prefixAt < 1200 ? `${prefix} ${e.key}` : '';
    prefix = e.key;
    prefixAt = e.timeStamp;
    // The key before may have been another component's: then this one stands alone.
    const act = bindings[sequence] ?? bindings[e.key];
    if (!act) return;
    e.preventDefault();
    prefix = '';
    act();
  };
  onMounted(() => document.addEventListener('keydown', onKey));
  onBeforeUnmount(() => document.removeEventListener('keydown', onKey));
}
