import { reactive } from 'vue';
import type { Message } from '@/api/types';

/** A message that the person sent and the server has not confirmed yet. */
export interface Pending {
  client_ref: string;
  conversation: string;
  number: string;
  text: string;
  quoted?: { message: string; text: string; author: Message['author'] };
  time: string;
  /** Why the server did not take it; empty while it is on the way. */
  failure: string;
}

/** What the thread shows: a message, and for an unconfirmed one its pending part. */
export type Shown = Message & { pending?: Pending };

/** Unconfirmed messages by conversation. They outlive the page that sent them, not a reload. */
const waiting = reactive(new Map<string, Pending[]>());

export const pendingOf = (conversation: string): Pending[] => waiting.get(conversation) ?? [];

export function addPending(p: Pending) {
  waiting.set(p.conversation, [...pendingOf(p.conversation), p]);
}

export function failPending(conversation: string, ref: string, failure: string) {
  waiting.set(
    conversation,
    pendingOf(conversation).map((p) => (p.client_ref === ref ? { ...p, failure } : p)),
  );
}

export function dropPending(conversation: string, ref: string) {
  waiting.set(
    conversation,
    pendingOf(conversation).filter((p) => p.client_ref !== ref),
  );
}

function show(p: Pending): Shown {
  return {
    id: `pending-${p.client_ref}`,
    conversation: p.conversation,
    number: p.number,
    wa_id: '',
    direction: 'out',
    author: { kind: 'person' },
    kind: 'text',
    text: p.text,
    quoted: p.quoted ?? null,
    status: p.failure ? 'failed' : 'sending',
    failure: p.failure ? { code: 'not_stored', message: p.failure } : null,
    time: p.time,
    metadata: {},
    client_ref: p.client_ref,
    pending: p,
  };
}

/** The thread from the oldest to the newest: what the server told (newest first, in pages), then what is unconfirmed. Nothing appears twice. */
export function thread(pages: { items: Message[] }[], pending: Pending[]): Shown[] {
  const seen = new Set<string>();
  const known: Shown[] = [];
  for (const message of pages.flatMap((p) => p.items)) {
    if (seen.has(message.id)) continue;
    seen.add(message.id);
    known.push(message);
  }
  const refs = new Set(known.map((m) => m.client_ref).filter(Boolean));
  return [...known.reverse(), ...pending.filter((p) => !refs.has(p.client_ref)).map(show)];
}

/** Puts a confirmed message into the newest page, or replaces the one already there. */
export function settle<P extends { items: Message[] }>(pages: P[], message: Message): P[] {
  if (pages.length === 0) return pages;
  const known = pages.some((p) => p.items.some((m) => m.id === message.id));
  return pages.map((page, i) => {
    if (known) return { ...page, items: page.items.map((m) => (m.id === message.id ? message : m)) };
    return i === 0 ? { ...page, items: [message, ...page.items] } : page;
  });
}
