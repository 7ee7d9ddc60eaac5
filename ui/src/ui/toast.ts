import { reactive } from 'vue';

export interface Toast {
  id: number;
  tone: 'ok' | 'bad' | 'info';
  text: string;
  action?: { label: string; act: () => void };
}

const SHOWN_MS = 5000;
const ACTION_MS = 10_000;
let last = 0;

export const toasts = reactive<Toast[]>([]);

export function dismiss(id: number) {
  const at = toasts.findIndex((t) => t.id === id);
  if (at >= 0) toasts.splice(at, 1);
}

/** Says something in the corner for five seconds; one with an action stays ten. */
export function toast(text: string, tone: Toast['tone'] = 'ok', action?: Toast['action']) {
  last += 1;
  const id = last;
  toasts.push({ id, tone, text, action });
  if (toasts.length > 4) toasts.shift();
  window.setTimeout(() => dismiss(id), action ? ACTION_MS : SHOWN_MS);
}
