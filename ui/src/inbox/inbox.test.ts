import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '@/api/types';
import { keepDraft, readDraft } from './drafts';
import { layout } from './layout';
import { addPending, dropPending, failPending, type Pending, pendingOf, settle, thread } from './outgoing';
import { byteLength, pieces } from './text';

const message = (over: Partial<Message>): Message => ({
  id: 'm1',
  conversation: 'c1',
  number: 'n1',
  wa_id: '',
  direction: 'in',
  author: { kind: 'contact' },
  kind: 'text',
  text: 'hi',
  quoted: null,
  status: 'received',
  failure: null,
  time: '2026-11-21T10:00:00Z',
  metadata: {},
  ...over,
});
const pending = (over: Partial<Pending> = {}): Pending => ({
  client_ref: 'r1',
  conversation: 'c1',
  number: 'n1',
  text: 'hello',
  time: '2026-11-21T10:05:00Z',
  failure: '',
  ...over,
});

describe('optimistic sending', () => {
  it('shows an unconfirmed message at the end, as sending', () => {
    const shown = thread([{ items: [message({ id: 'm2', time: '2026-11-21T10:01:00Z' }), message({})] }], [pending()]);
    expect(shown.map((m) => m.id)).toEqual(['m1', 'm2', 'pending-r1']);
    expect(shown[2]).toMatchObject({ status: 'sending', direction: 'out', text: 'hello' });
  });

  it('shows it once when the server tells it too', () => {
    const shown = thread([{ items: [message({ id: 'm9', client_ref: 'r1', direction: 'out' })] }], [pending()]);
    expect(shown.map((m) => m.id)).toEqual(['m9']);
  });

  it('shows a message once that moved between two pages', () => {
    expect(
      thread([{ items: [message({ id: 'b' }), message({ id: 'a' })] }, { items: [message({ id: 'a' })] }], []),
    ).toHaveLength(2);
  });

  it('says why the server did not take it, keeps the text, and can be tried again or discarded', () => {
    addPending(pending());
    failPending('c1', 'r1', 'the server cannot be reached');
    expect(thread([], pendingOf('c1'))[0]).toMatchObject({
      status: 'failed',
      text: 'hello',
      failure: { message: 'the server cannot be reached' },
    });
    failPending('c1', 'r1', '');
    expect(thread([], pendingOf('c1'))[0]?.status).toBe('sending');
    dropPending('c1', 'r1');
    expect(pendingOf('c1')).toEqual([]);
  });

  it('puts a confirmed message into the newest page, or replaces it where it is', () => {
    const pages = [{ items: [message({ id: 'b' })] }, { items: [message({ id: 'a' })] }];
    expect(settle(pages, message({ id: 'c' }))[0]?.items.map((m) => m.id)).toEqual(['c', 'b']);
    expect(settle(pages, message({ id: 'a', status: 'read' }))[1]?.items[0]?.status).toBe('read');
    expect(settle([], message({}))).toEqual([]);
  });
});

describe('the layout of a thread', () => {
  it('draws a line before each day of the workspace and joins bubbles of one author', () => {
    const rows = layout(
      [
        message({ id: 'a', time: '2026-11-20T16:50:00Z' }),
        message({ id: 'b', time: '2026-11-20T16:52:00Z' }),
        message({ id: 'c', time: '2026-11-20T17:10:00Z' }),
        message({ id: 'd', time: '2026-11-20T17:11:00Z', direction: 'out', author: { kind: 'person', id: 'p' } }),
        message({ id: 'e', time: '2026-11-20T17:12:00Z', direction: 'out', author: { kind: 'phone' } }),
      ],
      'Asia/Jakarta',
    );
    expect(rows.map((r) => (r.kind === 'day' ? r.key : `${r.key}${r.first ? '!' : ''}`))).toEqual([
      'day-2026-11-20',
      'a!',
      'b',
      'day-2026-11-21',
      'c!',
      'd!',
      'e!',
    ]);
  });
});

describe('drafts', () => {
  beforeEach(() => localStorage.clear());

  it('are kept per workspace and conversation, and removed when empty', () => {
    keepDraft('w1', 'c1', { text: 'half a sentence' });
    expect(readDraft('w1', 'c1').text).toBe('half a sentence');
    expect(readDraft('w1', 'c2').text).toBe('');
    expect(readDraft('w2', 'c1').text).toBe('');
    keepDraft('w1', 'c1', { text: '  ' });
    expect(localStorage.length).toBe(0);
  });

  it('survive a broken storage', () => {
    localStorage.setItem('sapa.draft.w1.c1', '{broken');
    expect(readDraft('w1', 'c1')).toEqual({ text: '' });
  });
});

describe('text', () => {
  it.each([
    ['see https://a.example/x.', ['see ', 'https://a.example/x', '.'], ['https://a.example/x']],
    ['(http://a.example)', ['(', 'http://a.example', ')'], ['http://a.example']],
    ['javascript:alert(1) <b>', ['javascript:alert(1) <b>'], []],
    ['', [], []],
  ])('%s', (text, parts, links) => {
    expect(pieces(text).map((p) => p.text)).toEqual(parts);
    expect(pieces(text).flatMap((p) => p.href ?? [])).toEqual(links);
  });

  it('is measured in bytes, as WhatsApp does', () => expect(byteLength('a🙏')).toBe(5));
});
