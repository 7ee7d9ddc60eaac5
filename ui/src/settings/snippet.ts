import type { RealtimeApp } from '@/api/types';

/** What a developer pastes to listen with laravel-echo; the secret never belongs into a browser, so it is not in it. */
export function echoSnippet(app: Pick<RealtimeApp, 'key'>, origin: string, workspace: string): string {
  const url = new URL(origin);
  const secure = url.protocol === 'https:';
  const port = url.port || (secure ? '443' : '80');
  return `import Echo from 'laravel-echo';
import Pusher from 'pusher-js';

window.Pusher = Pusher;

const echo = new Echo({
  broadcaster: 'reverb',
  key: '${app.key}',
  wsHost: '${url.hostname}',
  wsPort: ${port},
  wssPort: ${port},
  forceTLS: ${secure},
  enabledTransports: ['ws', 'wss'],
  authEndpoint: '${url.origin}/v1/realtime/auth',
  auth: { headers: { Authorization: 'Bearer sapa_…' } },
});

// The leading dot: event names are used as they are.
echo.private('workspace.${workspace}').listen('.message.received', (event) => {
  console.log(event);
});
`;
}

/** Whether a text is an origin: scheme and host, without a path. */
export function isOrigin(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text.replace(/\/$/, '');
  } catch {
    return false;
  }
}
