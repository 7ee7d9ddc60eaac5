import { describe, expect, it } from 'vitest';
import { Problem } from '@/api/problem';
import { hue, initials } from './name';
import { contactName, phone } from './phone';
import { explain } from './problem';
import { ago, countdown, dayKey, dayLabel, duration, listTime, secondsUntil } from './time';

const NOON = Date.parse('2026-11-21T12:00:00Z');

describe('phone', () => {
  it.each([
    ['+6281234567890', '+62 812-3456-7890'],
    ['6281234567890', '+62 812-3456-7890'],
    ['+4915123456789', '+49 1512 3456 789'],
    ['', ''],
    ['not a number', 'not a number'],
  ])('writes %s as %s', (text, want) => {
    expect(phone(text)).toBe(want);
  });

  it('names a contact by name, phone or a word, never by the hidden id', () => {
    const lid = '120938475610';
    expect(contactName({ name: 'Siti', phone: '+62812' }, 'Unknown')).toBe('Siti');
    expect(contactName({ name: ' ', phone: '+6281234567890' }, 'Unknown')).toBe('+62 812-3456-7890');
    expect(contactName({ name: '', phone: '', lid } as never, 'Unknown')).toBe('Unknown');
  });
});

describe('names', () => {
  it.each([
    ['Budi Santoso', 'BS'],
    ['siti', 'S'],
    ['+62 812-3456-7890', '90'],
    ['🙏', '?'],
  ])('shortens %s to %s', (name, want) => expect(initials(name)).toBe(want));

  it('gives neighbours in a list far colours', () => {
    const angles = ['01CONTACT0', '01CONTACT1', '01CONTACT2'].map(hue);
    expect(new Set(angles).size).toBe(3);
    expect(Math.abs((angles[0] ?? 0) - (angles[1] ?? 0))).toBeGreaterThan(5);
  });
});

describe('times', () => {
  it('says how long ago in both languages', () => {
    expect(ago('2026-11-21T11:58:00Z', NOON, 'en')).toBe('2 minutes ago');
    expect(ago('2026-11-21T11:58:00Z', NOON, 'id')).toBe('2 menit yang lalu');
    expect(ago('2026-11-21T11:59:50Z', NOON, 'en')).toBe('now');
    expect(ago('2026-11-01T12:00:00Z', NOON, 'en')).toBe('1 Nov 2026');
    expect(ago('garbage', NOON, 'en')).toBe('');
  });

  it('knows the day in the time zone of the workspace', () => {
    expect(dayKey('2026-11-21T18:00:00Z', 'Asia/Jakarta')).toBe('2026-11-22');
    expect(dayKey('2026-11-21T18:00:00Z', 'UTC')).toBe('2026-11-21');
  });

  it('labels days and list rows', () => {
    const words = { today: 'Today', yesterday: 'Yesterday' };
    expect(dayLabel('2026-11-21T01:00:00Z', NOON, 'en', words, 'UTC')).toBe('Today');
    expect(dayLabel('2026-11-20T01:00:00Z', NOON, 'en', words, 'UTC')).toBe('Yesterday');
    expect(dayLabel('2026-11-16T01:00:00Z', NOON, 'en', words, 'UTC')).toMatch(/Monday,? 16 November/);
    expect(listTime('2026-11-21T01:05:00Z', NOON, 'en', 'UTC')).toBe('01:05');
    expect(listTime('2026-11-19T01:05:00Z', NOON, 'en', 'UTC')).toBe('Thu');
  });

  it('counts down and never below zero', () => {
    expect(countdown(245)).toBe('4:05');
    expect(countdown(-3)).toBe('0:00');
    expect(secondsUntil('2026-11-21T12:00:30Z', NOON)).toBe(30);
    expect(secondsUntil('2026-11-21T11:00:00Z', NOON)).toBe(0);
    expect(secondsUntil(null, NOON)).toBe(0);
    expect([45, 720, 7200, 200_000].map(duration)).toEqual(['45 s', '12 min', '2 h', '2 d']);
  });
});

describe('explain', () => {
  const t = (key: string, args?: Record<string, unknown>) => key + (args ? JSON.stringify(args) : '');
  it('prefers the sentence of the server, and knows a silent network and a limit', () => {
    expect(explain(new Problem({ status: 409, code: 'conflict', detail: 'already there' }), t)).toBe('already there');
    expect(explain(new Problem({ status: 0, code: 'network', detail: '' }), t)).toBe('problem.network');
    expect(explain(new Problem({ status: 429, code: 'limited', detail: 'x', retryAfter: 30 }), t)).toBe(
      'problem.too_many{"seconds":30}',
    );
    expect(explain(new Problem({ status: 403, code: '', detail: '' }), t)).toBe('problem.forbidden');
    expect(explain(new TypeError('x'), t)).toBe('problem.unexpected');
  });
});
