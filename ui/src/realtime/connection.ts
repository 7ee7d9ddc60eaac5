import type Pusher from 'pusher-js';
import type { Channel } from 'pusher-js';
import { reactive, ref } from 'vue';
import { api } from '@/api/client';
import { queryClient } from '@/api/query';
import type { Envelope, RealtimeInfo } from '@/api/types';
import { batcher } from './batch';
import { effectsOf } from './effects';

type Auth = { auth: string; channel_data?: string; shared_secret?: string };

/** A dropped connection is told to the person only after this long: most come back sooner. */
const QUIET_MS = 2500;
/** WhatsApp sends no "stopped typing" when a phone goes away. */
const TYPING_MS = 15_000;

export const realtime = {
  /** connecting: not yet; on: live; off: was or should be live and is not. */
  state: ref<'connecting' | 'on' | 'off'>('connecting'),
  /** When the data on the screen was last known to be live, in ms. */
  trueAt: ref(Date.now()),
  /** Conversations whose contact is typing. */
  typing: reactive(new Set<string>()),
};

/** Called when the server ended the connection for good: the person was removed, or the key is no longer valid. The shell installs its own. */
export const hooks = { refused: () => {} };

let client: Pusher | undefined;
let info: RealtimeInfo | undefined;
let generation = 0;
let offTimer: ReturnType<typeof setTimeout> | undefined;
const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
const stale = batcher((names) => {
  for (const queryKey of names) void queryClient.invalidateQueries({ queryKey });
});

/** Connects for the current workspace; a second call replaces the first. */
export async function connect(): Promise<void> {
  disconnect();
  const mine = generation;
  realtime.state.value = 'connecting';
  const [{ default: PusherClient }, answer] = await Promise.all([
    import('pusher-js'),
    api.get<RealtimeInfo>('/v1/realtime').catch(() => undefined),
  ]);
  if (mine !== generation) return;
  if (!answer) {
    realtime.state.value = 'off';
    offTimer = setTimeout(() => void connect(), 5000);
    return;
  }
  info = answer;
  client = new PusherClient(answer.key, options(answer));
  client.connection.bind('state_change', ({ previous, current }: { previous: string; current: string }) =>
    stateChanged(previous, current),
  );
  const channel = client.subscribe(answer.channel);
  // Pusher replays nothing: what happened before this moment, since the pages were fetched or the connection was lost, has to be fetched.
  channel.bind('pusher:subscription_succeeded', () => void queryClient.invalidateQueries());
  channel.bind_global((name: string, data: unknown) => {
    if (!name.startsWith('pusher:')) heard(data as Envelope);
  });
}

function options(answer: RealtimeInfo) {
  const secure = location.protocol === 'https:';
  const port = Number(location.port) || (secure ? 443 : 80);
  return {
    cluster: 'self',
    wsHost: location.hostname,
    wsPort: port,
    wssPort: port,
    wsPath: answer.path.replace(/\/app\/?$/, ''),
    forceTLS: secure,
    enabledTransports: ['ws' as const, 'wss' as const],
    enableStats: false,
    channelAuthorization: {
      endpoint: answer.auth_endpoint,
      transport: 'ajax' as const,
      customHandler: (
        request: { socketId: string; channelName: string },
        done: (error: Error | null, auth: Auth | null) => void,
      ) => {
        api
          .post<Auth>(answer.auth_endpoint, { socket_id: request.socketId, channel_name: request.channelName })
          .then((auth) => done(null, auth))
          .catch((error) => done(error, null));
      },
    },
  };
}

function stateChanged(_previous: string, current: string) {
  if (current === 'connected') {
    if (offTimer) clearTimeout(offTimer);
    offTimer = undefined;
    realtime.state.value = 'on';
    return;
  }
  if (realtime.state.value === 'on') realtime.trueAt.value = Date.now();
  // Pusher gives up only when it was told not to come back; our own disconnect has forgotten the client before.
  if (current === 'disconnected' && client) hooks.refused();
  offTimer ??= setTimeout(() => {
    offTimer = undefined;
    realtime.state.value = 'off';
  }, QUIET_MS);
}

/** Takes one event as it arrives. */
export function heard(e: Envelope) {
  if (!e || typeof e.type !== 'string') return;
  const effects = effectsOf(e);
  stale.add(effects.stale);
  if (effects.typing) setTyping(effects.typing.conversation, effects.typing.on);
}

function setTyping(conversation: string, on: boolean) {
  clearTimeout(typingTimers.get(conversation));
  typingTimers.delete(conversation);
  if (!on) {
    realtime.typing.delete(conversation);
    return;
  }
  realtime.typing.add(conversation);
  typingTimers.set(
    conversation,
    setTimeout(() => setTyping(conversation, false), TYPING_MS),
  );
}

/**
 * Listens to the encrypted channel of one number's QR codes; returns the way to stop.
 * The decryption is loaded only here, because only the pairing dialog needs it.
 */
export async function listenToCodes(numberId: string, take: (e: Envelope) => void): Promise<() => void> {
  const { default: nacl } = await import('tweetnacl');
  const pusher = client;
  if (!pusher) return () => undefined;
  pusher.config.nacl = nacl;
  const name = `private-encrypted-number.${numberId}`;
  const channel: Channel = pusher.subscribe(name);
  const on = (e: Envelope) => take(e);
  channel.bind('number.qr', on);
  return () => {
    channel.unbind('number.qr', on);
    pusher.unsubscribe(name);
  };
}

/** The channel of the current workspace, once it is known. */
export const currentChannel = () => info?.channel;

export function disconnect() {
  generation += 1;
  if (offTimer) clearTimeout(offTimer);
  offTimer = undefined;
  for (const timer of typingTimers.values()) clearTimeout(timer);
  typingTimers.clear();
  realtime.typing.clear();
  stale.stop();
  const old = client;
  client = undefined;
  old?.disconnect();
}
