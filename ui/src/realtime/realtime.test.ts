import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Envelope } from '@/api/types';
import { batcher } from './batch';
import { effectsOf } from './effects';

const event = (type: string, over: Partial<Envelope> = {}): Envelope => ({
  id: 'e',
  type,
  time: '',
  workspace: 'w',
  ...over,
});
const stale = (e: Envelope) => effectsOf(e).stale.map((k) => k.join('/'));

describe('what an event makes stale', () => {
  it('a message: its thread, the list and the overview', () => {
    expect(stale(event('message.received', { conversation: 'c1' }))).toEqual([
      'messages/c1',
      'conversations/one/c1',
      'conversations/list',
      'overview',
    ]);
  });

  it('a change of state: the numbers, the pairing, the history, the overview, and the thread in which messages wait for it', () => {
    const changed = ['numbers', 'pairing/n1', 'history/n1', 'overview'];
    expect(stale(event('number.state', { number: 'n1' }))).toEqual([...changed, 'messages']);
    expect(stale(event('number.updated', { number: 'n1' }))).toEqual(changed);
  });

  it('a step of a pairing: only that pairing', () => {
    expect(stale(event('number.pairing', { number: 'n1' }))).toEqual(['pairing/n1']);
  });

  it('a type of tomorrow: nothing', () => expect(stale(event('campaign.started'))).toEqual([]));
});

describe('typing', () => {
  it('is shown and taken back, and ends with the message', () => {
    const typing = (e: Envelope) => effectsOf(e).typing;
    expect(typing(event('conversation.typing', { conversation: 'c1', data: { on: true } }))).toEqual({
      conversation: 'c1',
      on: true,
    });
    expect(typing(event('conversation.typing', { conversation: 'c1', data: { on: false } }))).toEqual({
      conversation: 'c1',
      on: false,
    });
    expect(typing(event('message.received', { conversation: 'c1' }))).toEqual({ conversation: 'c1', on: false });
    expect(typing(event('message.read', { conversation: 'c1' }))).toBeUndefined();
  });
});

describe('a burst of events', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('fetches every list once', () => {
    const flush = vi.fn();
    const batch = batcher(flush, 50);
    for (let i = 0; i < 100; i += 1) batch.add([['overview'], ['messages', 'c1']]);
    expect(flush).not.toHaveBeenCalled();
    vi.advanceTimersByTime(50);
    expect(flush).toHaveBeenCalledExactlyOnceWith([['overview'], ['messages', 'c1']]);
    batch.add([['overview']]);
    batch.stop();
    vi.advanceTimersByTime(50);
    expect(flush).toHaveBeenCalledOnce();
  });
});
