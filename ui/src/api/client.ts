import { Problem, problemFrom } from './problem';

/** What every request carries besides its body; set by the session, read here, so that no page handles tokens. */
export const credentials = { csrf: '', workspace: '' };

/** Called when the server says that the session has ended; the session module installs its own. */
export const hooks = { unauthenticated: () => {} };

type Query = Record<string, string | number | boolean | undefined | null>;
type Options = { query?: Query; body?: unknown; signal?: AbortSignal; idempotencyKey?: string };

const TIMEOUT_MS = 20_000;

function url(path: string, query?: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

function headers(method: string, options: Options): Headers {
  const h = new Headers({ Accept: 'application/json' });
  if (options.body !== undefined) h.set('Content-Type', 'application/json');
  if (credentials.workspace) h.set('Sapa-Workspace', credentials.workspace);
  if (method !== 'GET' && credentials.csrf) h.set('Sapa-CSRF', credentials.csrf);
  if (method === 'POST') h.set('Idempotency-Key', options.idempotencyKey ?? crypto.randomUUID());
  return h;
}

/** Sends one request. Throws a Problem for every failure, also for a network that does not answer. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let response: Response;
  try {
    response = await fetch(url(path, options.query), {
      method,
      headers: headers(method, options),
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      signal,
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new Problem({ status: 0, code: timeout.aborted ? 'timeout' : 'network', detail: '' });
  }
  if (!response.ok) {
    const problem = await problemFrom(response);
    if (problem.status === 401 && credentials.csrf) hooks.unauthenticated();
    throw problem;
  }
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => request<T>('GET', path, { query, signal }),
  post: <T>(path: string, body?: unknown, idempotencyKey?: string) =>
    request<T>('POST', path, { body, idempotencyKey }),
  patch: <T>(path: string, body: unknown) => request<T>('PATCH', path, { body }),
  delete: <T = void>(path: string) => request<T>('DELETE', path),
};
