import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api, credentials, hooks } from './client';
import { Problem } from './problem';
import { worthRetrying } from './query';

function answer(status: number, body: unknown) {
  const fetch = vi.fn(
    async (_url: string, _init: RequestInit) =>
      new Response(body === undefined ? null : JSON.stringify(body), { status }),
  );
  vi.stubGlobal('fetch', fetch);
  return { fetch, headers: () => fetch.mock.calls[0]?.[1].headers as Headers };
}
beforeEach(() => Object.assign(credentials, { csrf: 'token', workspace: 'W1' }));
afterEach(() => vi.unstubAllGlobals());

describe('a request', () => {
  it('names the workspace, and carries the CSRF token only when it changes something', async () => {
    const read = answer(200, { items: [] });
    await api.get('/v1/numbers', { q: '', limit: 5, unread: undefined });
    expect(read.fetch.mock.calls[0]?.[0]).toBe('/v1/numbers?limit=5');
    expect(read.headers().get('Sapa-Workspace')).toBe('W1');
    expect(read.headers().get('Sapa-CSRF')).toBeNull();
    const write = answer(204, undefined);
    await api.delete('/v1/numbers/1');
    expect(write.headers().get('Sapa-CSRF')).toBe('token');
  });

  it('keeps the idempotency key that it is given, so that a repetition sends nothing twice', async () => {
    const sent = answer(202, {});
    await api.post('/v1/conversations/1/messages', { text: 'x' }, 'ref-1');
    expect(sent.headers().get('Idempotency-Key')).toBe('ref-1');
  });

  it('turns a refusal into a problem with its fields', async () => {
    answer(422, { status: 422, code: 'invalid', detail: 'no', errors: [{ field: 'body.email', message: 'taken' }] });
    const problem = await api.post('/v1/setup', {}).catch((e: unknown) => e as Problem);
    expect(problem).toBeInstanceOf(Problem);
    expect((problem as Problem).about('email')).toBe('taken');
  });

  it('tells a network that does not answer, and the end of a session', async () => {
    vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('failed')));
    await expect(api.get('/v1/me')).rejects.toMatchObject({ status: 0, code: 'network' });
    const ended = vi.fn();
    hooks.unauthenticated = ended;
    answer(401, { status: 401, code: 'unauthorized' });
    await expect(api.get('/v1/numbers')).rejects.toMatchObject({ status: 401 });
    expect(ended).toHaveBeenCalledOnce();
  });

  it('is repeated by itself only when nobody decided', () => {
    expect(worthRetrying(0, new Problem({ status: 404, code: '', detail: '' }))).toBe(false);
    expect(worthRetrying(0, new Problem({ status: 0, code: 'network', detail: '' }))).toBe(true);
    expect(worthRetrying(0, new Problem({ status: 503, code: '', detail: '' }))).toBe(true);
    expect(worthRetrying(2, new Problem({ status: 503, code: '', detail: '' }))).toBe(false);
  });
});
