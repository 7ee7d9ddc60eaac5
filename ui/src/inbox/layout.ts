import { dayKey } from '@/format/time';
import type { Shown } from './outgoing';

/** A row of the thread: the line of a new day, or a message with its place in a run of one author. */
export type Row =
  | { kind: 'day'; key: string; time: string }
  | { kind: 'message'; key: string; message: Shown; first: boolean };

const RUN_MS = 5 * 60_000;

function sameRun(a: Shown | undefined, b: Shown): boolean {
  if (!a || a.direction !== b.direction) return false;
  const close = Math.abs(Date.parse(b.time) - Date.parse(a.time)) < RUN_MS;
  return close && a.author.kind === b.author.kind && (a.author.id ?? '') === (b.author.id ?? '');
}

/** Lays a thread out: a line before each new day, and bubbles of one author within five minutes as one run. */
export function layout(messages: Shown[], timezone?: string): Row[] {
  const rows: Row[] = [];
  let day = '';
  let before: Shown | undefined;
  for (const message of messages) {
    const today = dayKey(message.time, timezone);
    if (today !== day) {
      rows.push({ kind: 'day', key: `day-${today}`, time: message.time });
      before = undefined;
      day = today;
    }
    // A pending bubble keeps its key when it is confirmed, so that it does not blink.
    rows.push({
      kind: 'message',
      key: message.client_ref || message.id,
      message,
      first: !sameRun(before, message),
    });
    before = message;
  }
  return rows;
}
