import { describe, expect, it } from 'vitest';
import type { Pairing, WaNumber } from '@/api/types';
import { faceOf, progress, spacedCode, takeCode } from './pairing';
import { fromBase64url, requestOptions, toBase64url } from './passkey';
import { proxyLooksRight } from './proxy';
import { causeWords, linked, remedy, shownState, stateWords, tone } from './state';

const pairing = (over: Partial<Pairing>): Pairing => ({
  open: true,
  method: 'qr',
  step: 'shown',
  qr: null,
  code: '',
  code_expires_at: null,
  passkey: null,
  failure: null,
  limit: { allowed: 5, remaining: 4, resets_at: null },
  ...over,
});

describe('the pairing dialog', () => {
  it.each<[string, Partial<Pairing>, string]>([
    ['a QR', {}, 'qr'],
    ['the wait for a code', { step: 'waiting' }, 'qr'],
    ['a code to type', { method: 'code', code: 'ABCDEFGH' }, 'code'],
    ['the passkey guide', { step: 'passkey' }, 'passkey'],
    ['work', { step: 'linking' }, 'working'],
    ['success', { step: 'connected', open: false }, 'connected'],
    ['failure', { step: 'failed', open: false, failure: { reason: 'refused', message: 'no' } }, 'failed'],
    ['codes that ran out', { step: 'waiting', open: false }, 'idle'],
    ['no pairing yet', { step: '', method: '', open: false }, 'idle'],
    ['the limit', { step: '', open: false, limit: { allowed: 5, remaining: 0, resets_at: null } }, 'limit'],
  ])('shows %s', (_name, over, face) => {
    expect(faceOf(pairing(over))).toBe(face);
  });

  it('shows its five steps as they pass', () => {
    const statuses = (step: Pairing['step'], last?: number) => progress(step, last).map((s) => s.status);
    expect(statuses('waiting')).toEqual(['todo', 'todo', 'todo', 'todo', 'todo']);
    expect(statuses('shown')).toEqual(['current', 'todo', 'todo', 'todo', 'todo']);
    expect(statuses('linking')).toEqual(['done', 'done', 'current', 'todo', 'todo']);
    expect(statuses('passkey')).toEqual(['done', 'current', 'todo', 'todo', 'todo']);
    expect(statuses('connected')).toEqual(['done', 'done', 'done', 'done', 'done']);
    expect(statuses('failed', 2)).toEqual(['done', 'done', 'failed', 'todo', 'todo']);
  });

  it('takes a newer code from realtime and ignores an older or broken one', () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 12, minute)).toISOString();
    const first = takeCode(pairing({ step: 'waiting' }), { png_base64: 'one', text: 't', expires_at: at(1) });
    expect(first).toMatchObject({ step: 'shown', qr: { png_base64: 'one' } });
    expect(takeCode(first, { png_base64: 'two', text: 't', expires_at: at(2) }).qr?.png_base64).toBe('two');
    expect(takeCode(first, { png_base64: 'old', text: 't', expires_at: at(0) })).toBe(first);
    expect(takeCode(first, { truncated: true })).toBe(first);
  });

  it('writes the code in two groups', () => expect(spacedCode('K7WX29QM')).toBe('K7WX-29QM'));
});

const number = (over: Partial<WaNumber>) =>
  ({ state: 'connected', enabled: true, phone: '+62812', cause: '', cause_text: '', ...over }) as WaNumber;
const t = (key: string, args?: Record<string, unknown>) => key + (args ? `(${Object.values(args)})` : '');

describe('the state of a number', () => {
  it('tells a pause that a person wished from one that WhatsApp imposed', () => {
    expect(shownState(number({ state: 'paused', enabled: false }))).toBe('off');
    expect(shownState(number({ state: 'paused' }))).toBe('paused');
    expect(tone(shownState(number({ state: 'paused' })))).toBe('warn');
    expect(shownState(number({ state: 'something new' as never }))).toBe('unknown');
  });

  it('tells a lock on new chats from a connection that does not answer: nobody should restart for it', () => {
    const limited = number({ state: 'degraded', cause: 'reachout_timelock' });
    expect(shownState(limited)).toBe('limited');
    expect(tone(shownState(limited))).toBe('warn');
    expect(remedy(limited)).toBeUndefined();
    expect(linked(limited)).toBe(true);
    expect(shownState(number({ state: 'degraded', cause: 'no_life' }))).toBe('degraded');
    expect(shownState(number({ cause: 'reachout_timelock' }))).toBe('connected');
  });

  it('says until when, in the time zone of the workspace, and drops an end that has passed', () => {
    const until = '2999-01-01T07:20:00Z';
    expect(stateWords(number({ state: 'paused', until }), t, 'en', 'Asia/Jakarta')).toBe(
      'number.state.paused number.until(1 Jan 2999 14:20)',
    );
    const soon = new Date(Date.now() + 86_400_000).toISOString(); // tomorrow is a weekday and a time
    expect(stateWords(number({ state: 'paused', until: soon }), t, 'en')).toMatch(/until\([A-Z][a-z]{2} \d\d:\d\d\)$/);
    expect(stateWords(number({ state: 'paused', until: '2020-01-01T00:00:00Z' }), t, 'en')).toBe('number.state.paused');
  });

  it('gives the cause in the language, else in the words of the server, and is quiet when all is well', () => {
    const known = (key: string) => key === 'number.cause.no_life';
    expect(causeWords(number({ state: 'degraded', cause: 'no_life' }), t, known)).toBe('number.cause.no_life');
    expect(causeWords(number({ state: 'banned', cause: 'odd_thing', cause_text: 'An odd thing.' }), t, known)).toBe(
      'An odd thing.',
    );
    expect(causeWords(number({ state: 'banned', cause: 'odd_thing' }), t, known)).toBe('odd thing');
    expect(causeWords(number({ cause: 'no_life' }), t, known)).toBe('');
  });

  it.each<[Partial<WaNumber>, string | undefined, boolean]>([
    [{ state: 'created', phone: '' }, 'pair', false],
    [{ state: 'logged_out' }, 'pair', false],
    [{ state: 'paused', enabled: false }, 'connect', true],
    [{ state: 'replaced' }, 'connect', true],
    [{ state: 'degraded' }, 'restart', true],
    [{ state: 'paused' }, undefined, true],
    [{ state: 'connected' }, undefined, true],
  ])('%o asks for %s', (over, what, isLinked) => {
    expect(remedy(number(over))).toBe(what);
    expect(linked(number(over))).toBe(isLinked);
  });
});

it.each([
  ['', true],
  ['socks5://user:secret@host:1080', true],
  ['http://10.0.0.1:3128', true],
  ['ftp://host', false],
  ['host:1080', false],
])('proxy %s looks right: %s', (text, want) => expect(proxyLooksRight(text)).toBe(want));

it('reads and writes WebAuthn JSON', () => {
  expect(toBase64url(fromBase64url('-_8'))).toBe('-_8');
  const options = requestOptions({
    challenge: 'AQI',
    rpId: 'web.whatsapp.com',
    allowCredentials: [{ id: 'AQ', type: 'public-key' }],
  });
  expect([...(options.challenge as Uint8Array)]).toEqual([1, 2]);
  expect(options.rpId).toBe('web.whatsapp.com');
  expect(options.allowCredentials).toHaveLength(1);
});
