import { shallowRef } from 'vue';
import type { Theme } from '@/api/types';

export const theme = shallowRef<Theme>('system');

/** Shows a theme and remembers it for the next first paint. */
export function applyTheme(next: Theme) {
  theme.value = next;
  if (next === 'system') {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem('sapa.theme');
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem('sapa.theme', next);
  }
}
