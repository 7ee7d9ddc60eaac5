import type { NumberState, WaNumber } from '@/api/types';
import { nearTime } from '@/format/time';
import type { Tone } from '@/ui/Pill.vue';

const TONES: Record<NumberState, Tone> = {
  created: 'off',
  pairing: 'busy',
  connecting: 'busy',
  connected: 'ok',
  degraded: 'warn',
  paused: 'warn',
  logged_out: 'bad',
  banned: 'bad',
  replaced: 'bad',
  deleting: 'off',
};

/**
 * Switched off by a person is told apart from a connection that was lost, and a number that WhatsApp lets write only to
 * people who wrote to it from one that WhatsApp does not answer.
 */
export type ShownState = NumberState | 'off' | 'limited' | 'unknown';

type Stated = Pick<WaNumber, 'state' | 'enabled'> & { cause?: string };

export function shownState(n: Stated): ShownState {
  if (!(n.state in TONES)) return 'unknown';
  if (n.state === 'degraded' && n.cause === 'reachout_timelock') return 'limited';
  // A pause that a person wished is no trouble; one that WhatsApp imposed is.
  return n.state === 'paused' && !n.enabled ? 'off' : n.state;
}

export function tone(state: ShownState): Tone {
  if (state === 'limited') return 'warn';
  return state === 'off' || state === 'unknown' ? 'off' : TONES[state];
}

type Translate = (key: string, args?: Record<string, unknown>) => string;
type Has = (key: string) => boolean;

/** The state in words: "Paused until 14:20". */
export function stateWords(
  n: Stated & Pick<WaNumber, 'until'>,
  t: Translate,
  language: string,
  timezone?: string,
): string {
  const words = t(`number.state.${shownState(n)}`);
  if (!n.until || Date.parse(n.until) < Date.now()) return words;
  return `${words} ${t('number.until', { time: nearTime(n.until, Date.now(), language, timezone) })}`;
}

/** Why, in words of the person's language; for an unknown cause the server's sentence, else its word. Quiet where nothing is wrong. */
export function causeWords(n: Pick<WaNumber, 'cause' | 'cause_text' | 'state'>, t: Translate, has: Has): string {
  const cause = n.cause;
  if (!cause || ['paired', 'start', 'person', 'pairing_ended'].includes(cause) || n.state === 'connected') return '';
  const key = `number.cause.${cause}`;
  return has(key) ? t(key) : n.cause_text || cause.replaceAll('_', ' ');
}

/** What the person should do next about a number; undefined when nothing. */
export type Remedy = 'pair' | 'connect' | 'restart' | undefined;

export function remedy(n: Stated): Remedy {
  switch (shownState(n)) {
    case 'created':
    case 'pairing':
    case 'logged_out':
      return 'pair';
    case 'off':
    case 'replaced':
      return 'connect';
    case 'degraded':
      return 'restart';
    default:
      return undefined;
  }
}

/** Whether the number holds a link to a phone that logging out would remove. */
export function linked(n: Pick<WaNumber, 'state' | 'phone'>): boolean {
  return n.phone !== '' && !['created', 'pairing', 'logged_out', 'deleting'].includes(n.state);
}
