import type { Overview, WaNumber } from '@/api/types';
import { type Remedy, remedy } from '@/number/state';

/** One thing that is not all right, with what can be done about it. */
export interface Finding {
  key: string;
  kind: 'number' | 'queue' | 'failed';
  number?: WaNumber;
  remedy?: Remedy;
  count: number;
  seconds: number;
}

/** A queue is told about only when its oldest message has waited this long: short waits are the pace of sending. */
export const SLOW_QUEUE_S = 120;

/** What needs a person now, the gravest first. */
export function findings(o: Overview): Finding[] {
  const numbers: Finding[] = o.numbers.attention.map((n) => ({
    key: n.id,
    kind: 'number',
    number: n,
    remedy: remedy(n),
    count: 1,
    seconds: 0,
  }));
  const queue: Finding[] =
    o.queue.waiting > 0 && o.queue.oldest_seconds >= SLOW_QUEUE_S
      ? [{ key: 'queue', kind: 'queue', count: o.queue.waiting, seconds: o.queue.oldest_seconds }]
      : [];
  const failed: Finding[] =
    o.queue.failed_24h > 0 ? [{ key: 'failed', kind: 'failed', count: o.queue.failed_24h, seconds: 0 }] : [];
  return [...numbers, ...queue, ...failed];
}
