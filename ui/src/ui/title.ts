import { watchEffect } from 'vue';

/** Names the page in the browser's tab. */
export function useTitle(title: () => string) {
  watchEffect(() => {
    document.title = title() ? `${title()} · Sapa` : 'Sapa';
  });
}
