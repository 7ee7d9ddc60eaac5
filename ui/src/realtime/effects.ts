import { keys } from '@/api/query';
import type { Envelope } from '@/api/types';

/** What an event makes stale: the names of cached answers, and who is typing. */
export interface Effects {
  stale: (readonly unknown[])[];
  typing?: { conversation: string; on: boolean };
}

/** Maps one event of the workspace's channel to what the UI has to fetch again. An unknown type makes nothing stale. */
export function effectsOf(e: Envelope): Effects {
  const [room] = e.type.split('.');
  switch (room) {
    case 'number':
      return numberEffects(e);
    case 'message':
      return {
        stale: [
          ...(e.conversation ? [keys.messages(e.conversation), keys.conversation(e.conversation)] : []),
          ['conversations', 'list'],
          keys.overview,
        ],
        typing:
          e.type === 'message.received' && e.conversation ? { conversation: e.conversation, on: false } : undefined,
      };
    case 'conversation':
      if (e.type === 'conversation.typing') {
        return {
          stale: [],
          typing: e.conversation ? { conversation: e.conversation, on: isTyping(e.data) } : undefined,
        };
      }
      return { stale: [keys.conversations, keys.overview] };
    case 'contact':
      return { stale: [keys.conversations] };
    default:
      return { stale: [] };
  }
}

function numberEffects(e: Envelope): Effects {
  if (!e.number) return { stale: [keys.numbers, keys.overview] };
  if (e.type === 'number.qr' || e.type === 'number.pairing') return { stale: [keys.pairing(e.number)] };
  const stale = [keys.numbers, keys.pairing(e.number), keys.history(e.number), keys.overview];
  // What waits in the thread on the screen, waits for its number.
  return { stale: e.type === 'number.state' ? [...stale, keys.threads] : stale };
}

function isTyping(data: Envelope['data']): boolean {
  const on = data?.on ?? data?.composing ?? data?.typing;
  return on === true;
}
