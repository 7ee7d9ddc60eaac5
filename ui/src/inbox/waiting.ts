import type { MessageWaiting } from '@/api/types';
import { nearTime } from '@/format/time';
import type { Shown } from './outgoing';

type Translate = (key: string, args?: Record<string, unknown> | number, count?: number) => string;

/** What the words need to know besides the message. */
export interface Scene {
  /** The name of the number that sends. */
  number: string;
  language: string;
  timezone?: string;
  nowMs: number;
}

/** Below this a moment is "in a moment" and not a time of day. */
const MOMENT_MS = 20_000;

/** Why a message has not left, when it will, and until when it is kept; empty for one that does not wait. */
export function waitingWords(m: Pick<Shown, 'status' | 'waiting' | 'expires_at'>, t: Translate, scene: Scene): string {
  if (m.status !== 'queued') return '';
  const at = (time: string) => nearTime(time, scene.nowMs, scene.language, scene.timezone);
  const reason = m.waiting ? why(m.waiting, t, scene, at) : '';
  if (!m.expires_at || m.waiting?.reason === 'pace') return reason; // its turn comes long before that
  const time = at(m.expires_at);
  return reason ? `${reason} · ${t('inbox.waits.until', { time })}` : t('inbox.expires', { time });
}

function why(w: MessageWaiting, t: Translate, scene: Scene, at: (time: string) => string): string {
  const later = w.at && Date.parse(w.at) - scene.nowMs > MOMENT_MS ? w.at : '';
  switch (w.reason) {
    case 'disconnected':
      return t('inbox.waits.offline', { name: scene.number });
    case 'locked':
      return t('inbox.waits.locked', { name: scene.number, time: at(w.at ?? '') });
    case 'retry':
      return later
        ? t('inbox.waits.retry', { n: w.attempts, time: at(later) })
        : t('inbox.waits.retry_now', { n: w.attempts });
    case 'behind':
      if (!w.at) return t('inbox.waits.behind');
      return later ? t('inbox.waits.behind_retry', { time: at(later) }) : t('inbox.waits.behind_retry_now');
    case 'pace': {
      const turn = later ? t('inbox.waits.pace', { time: at(later) }) : t('inbox.waits.pace_now');
      return w.ahead ? `${turn}, ${t('inbox.waits.ahead', w.ahead)}` : turn;
    }
    default:
      return '';
  }
}

const SOONEST_MS = 2_000;
const LATEST_MS = 15_000;

/**
 * After how long the reasons should be looked up again: when the next moment that they name has passed, else now and
 * then, since a try that fails is no event. Undefined while nothing waits. Where there are events, they are quicker.
 */
export function lookAgainIn(messages: Shown[], nowMs: number): number | undefined {
  const waiting = messages.filter((m) => !m.pending && (m.status === 'queued' || m.status === 'sending'));
  if (waiting.length === 0) return undefined;
  const moments = waiting.flatMap((m) => (m.waiting?.at ? [Date.parse(m.waiting.at) - nowMs + 1000] : []));
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, Math.min(...moments, LATEST_MS)));
}
