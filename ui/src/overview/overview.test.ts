import { describe, expect, it } from 'vitest';
import type { Overview } from '@/api/types';
import { findings } from './findings';
import { columns, toCsv } from './hours';

const overview = (over: Partial<Overview>): Overview => ({
  numbers: { total: 1, by_state: { connected: 1 }, attention: [] },
  messages: { in_24h: 0, out_24h: 0, hours: [] },
  queue: { waiting: 0, oldest_seconds: 0, failed_24h: 0 },
  conversations: { unread: 0, waiting: [] },
  pairing_limit: { allowed: 5, remaining: 5, resets_at: null },
  ...over,
});

describe('what needs a person', () => {
  it('is nothing when all is well, or the queue only keeps its pace', () => {
    expect(findings(overview({}))).toEqual([]);
    expect(findings(overview({ queue: { waiting: 4, oldest_seconds: 20, failed_24h: 0 } }))).toEqual([]);
  });

  it('is numbers first, then a slow queue, then failures', () => {
    const attention = [{ id: 'n1', state: 'logged_out', enabled: true }] as Overview['numbers']['attention'];
    const all = findings(
      overview({
        numbers: { total: 1, by_state: {}, attention },
        queue: { waiting: 4, oldest_seconds: 600, failed_24h: 2 },
      }),
    );
    expect(all.map((f) => [f.kind, f.remedy, f.count])).toEqual([
      ['number', 'pair', 1],
      ['queue', undefined, 4],
      ['failed', undefined, 2],
    ]);
  });
});

it('hours become columns of the chart and lines of a CSV', () => {
  const hours = [{ hour: '2026-11-21T10:00:00Z', in: 3, out: 1 }];
  expect(columns(hours)).toEqual([[0], [3], [1]]);
  expect(toCsv(hours)).toBe('hour,in,out\n2026-11-21T10:00:00Z,3,1\n');
});
