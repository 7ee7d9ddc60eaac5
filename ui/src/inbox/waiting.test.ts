import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick, ref } from 'vue';
import type { MessageWaiting } from '@/api/types';
import { setLanguage, useI18n } from '@/i18n';
import { show } from '@/test/show';
import Bubble from './Bubble.vue';
import type { Shown } from './outgoing';
import { useWaiting } from './useWaiting';
import { lookAgainIn, waitingWords } from './waiting';

const now = Date.parse('2026-11-21T10:00:00Z');
const message = (waiting: Partial<MessageWaiting> | null, over: Partial<Shown> = {}): Shown => ({
  id: 'm1',
  conversation: 'c1',
  number: 'n1',
  wa_id: '',
  direction: 'out',
  author: { kind: 'person' },
  kind: 'text',
  text: 'hi',
  quoted: null,
  status: 'queued',
  failure: null,
  time: '2026-11-21T10:00:00Z',
  metadata: {},
  waiting: waiting && { reason: 'pace', at: null, attempts: 0, ahead: 0, ...waiting },
  ...over,
});
const scene = { number: 'Kasir', language: 'en', timezone: 'UTC', nowMs: now };
const later = '2026-11-21T10:04:00Z';
const soon = '2026-11-21T10:00:05Z';

describe('a message that waits says why', () => {
  beforeAll(() => setLanguage('en'));
  it.each<[string, Partial<MessageWaiting> | null, string]>([
    ['its number is off', { reason: 'disconnected' }, 'Waits: Kasir is not connected'],
    ['its turn', { reason: 'pace', at: soon }, 'Leaves in a moment, at the pace of the number'],
    ['its turn, later', { reason: 'pace', at: later }, 'Leaves at 10:04 at the earliest, at the pace of the number'],
    [
      'others first',
      { reason: 'pace', ahead: 3 },
      'Leaves in a moment, at the pace of the number, after 3 other messages',
    ],
    [
      'a try that failed',
      { reason: 'retry', at: later, attempts: 2 },
      'Try 2 did not get through; the next is at 10:04',
    ],
    ['a try soon', { reason: 'retry', at: soon, attempts: 1 }, 'Try 1 did not get through; the next is in a moment'],
    ['one before it', { reason: 'behind' }, 'Waits for the message before it'],
    [
      'one that is tried again',
      { reason: 'behind', at: later },
      'Waits for the message before it, which is tried again at 10:04',
    ],
    ['one soon', { reason: 'behind', at: soon }, 'Waits for the message before it, which is tried again in a moment'],
    [
      'a lock on new chats',
      { reason: 'locked', at: later },
      'Waits until 10:04: WhatsApp lets Kasir write to no new contacts',
    ],
    [
      'a long one',
      { reason: 'locked', at: '2026-11-28T10:04:00Z' },
      'Waits until 28 Nov 2026 10:04: WhatsApp lets Kasir write to no new contacts',
    ],
    ['on the wire', { reason: 'sending' }, ''],
    ['nothing known', null, ''],
  ])('%s', (_name, waiting, words) => {
    expect(waitingWords(message(waiting), useI18n().t, scene)).toBe(words);
  });

  it('also until when it is kept, and nothing once it has left', () => {
    const { t } = useI18n();
    const kept = message({ reason: 'disconnected' }, { expires_at: '2026-11-22T09:30:00Z' });
    expect(waitingWords(kept, t, scene)).toBe('Waits: Kasir is not connected · until Sun 09:30 at most');
    expect(waitingWords({ ...kept, waiting: null }, t, scene)).toBe('Waits until Sun 09:30 at most');
    const paced = message({ reason: 'pace', at: soon }, { expires_at: later });
    expect(waitingWords(paced, t, scene)).toBe('Leaves in a moment, at the pace of the number');
    expect(waitingWords({ ...kept, status: 'sent' }, t, scene)).toBe('');
  });

  it('in both languages', async () => {
    await setLanguage('id');
    const words = waitingWords(message({ reason: 'disconnected' }), useI18n().t, { ...scene, language: 'id' });
    expect(words).toBe('Menunggu: Kasir tidak terhubung');
    await setLanguage('en');
  });

  it('under its bubble', async () => {
    const page = await show(Bubble, {
      message: message({ reason: 'disconnected' }),
      first: true,
      contact: 'Siti',
      number: 'Kasir',
    });
    expect(page.find('[data-testid=waiting]').text()).toBe('Waits: Kasir is not connected');
    page.unmount();
  });
});

describe('looking again', () => {
  it.each<[string, Shown[], number | undefined]>([
    ['nothing waits', [message(null, { status: 'sent' })], undefined],
    ['an unconfirmed one is nobody’s yet', [message(null, { status: 'sending', pending: {} as never })], undefined],
    ['after the moment that is named', [message({ reason: 'retry', at: soon })], 6000],
    ['not at once', [message({ reason: 'pace', at: '2026-11-21T10:00:00Z' })], 2000],
    ['now and then', [message({ reason: 'disconnected' })], 15_000],
    ['the soonest of all', [message({ reason: 'retry', at: later }), message({ reason: 'pace', at: soon })], 6000],
  ])('%s', (_name, messages, wait) => {
    expect(lookAgainIn(messages, now)).toBe(wait);
  });

  beforeEach(() => vi.useFakeTimers({ now }));
  afterEach(() => vi.useRealTimers());

  it('asks once for all that waits, until nothing does', async () => {
    const messages = ref<Shown[]>([message({ reason: 'disconnected' }), message({ reason: 'behind' }, { id: 'm2' })]);
    const look = vi.fn(async () => undefined);
    const Page = defineComponent({
      setup() {
        useWaiting(messages, look);
        return () => h('div');
      },
    });
    const page = await show(Page);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(look).toHaveBeenCalledTimes(1);
    look.mockRejectedValueOnce(new Error('the network is away'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(look).toHaveBeenCalledTimes(3);
    messages.value = [message(null, { status: 'sent' })];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(look).toHaveBeenCalledTimes(3);
    messages.value = [message({ reason: 'pace', at: soon })];
    await nextTick();
    page.unmount();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(look).toHaveBeenCalledTimes(3);
  });
});
