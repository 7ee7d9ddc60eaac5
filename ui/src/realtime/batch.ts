/** Collects names that became stale and hands each over once, so that a burst of events costs one fetch per list. */
export function batcher(flush: (stale: (readonly unknown[])[]) => void, waitMs = 60) {
  const waiting = new Map<string, readonly unknown[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    add(names: (readonly unknown[])[]) {
      for (const name of names) waiting.set(JSON.stringify(name), name);
      if (waiting.size === 0 || timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        const all = [...waiting.values()];
        waiting.clear();
        flush(all);
      }, waitMs);
    },
    stop() {
      if (timer) clearTimeout(timer);
      timer = undefined;
      waiting.clear();
    },
  };
}
