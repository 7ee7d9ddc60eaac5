import { flushPromises } from '@vue/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import { Refusal, serve, show } from '@/test/show';
import AddressAdvice from './AddressAdvice.vue';
import { type Advice, useAddressCheck } from './useAddressCheck';

afterEach(() => vi.unstubAllGlobals());

const found = (reason: string) => ({ public_url: '', reached: reason === '', reason, detail: '' });
const using = (server: Parameters<typeof serve>[0]) => ({
  calls: serve(server),
  ...useAddressCheck('/v1/setup/address', () => ({ token: 'abc' })),
});

it('the server is asked about an address that is not the one on the screen', async () => {
  const { calls, advice, check } = using(() => found('silent'));
  await check(' https://chat.example.com/ ');
  expect(calls.map((c) => [c.path, c.body])).toEqual([
    ['/v1/setup/address', { token: 'abc', public_url: 'https://chat.example.com' }],
  ]);
  expect(advice.value).toBe('silent');
  await check(' https://chat.example.com/ ');
  expect(calls).toHaveLength(1);
});

it('the browser itself asks about the one on the screen', async () => {
  const { calls, advice, check } = using(() => ({ status: 'ok' }));
  await check(location.origin);
  expect(calls.map((c) => c.path)).toEqual(['/healthz']);
  expect(advice.value).toBe('yes');
});

it.each([
  '',
  'chat.example.com',
  'javascript:alert(1)',
  'https://a.example/path',
  'http://127.0.0.1:9',
])('nobody is asked about %s', async (text) => {
  const { calls, advice, check } = using(() => found(''));
  await check(text);
  expect(calls).toEqual([]);
  expect(advice.value).toBe('unknown');
});

it('a server that refuses to check is no verdict, and it may be asked again', async () => {
  let refuse = true;
  const { advice, check } = using(() => (refuse ? new Refusal(429, { status: 429 }) : found('')));
  await check('https://chat.example.com');
  expect(advice.value).toBe('unasked');
  refuse = false;
  await check('https://chat.example.com');
  expect(advice.value).toBe('yes');
});

it('an answer about an address that was typed before is not shown', async () => {
  const waiting: ((v: unknown) => void)[] = [];
  const slow = new Promise((done) => {
    waiting.push(done);
  });
  const { advice, check } = using(({ body }) => {
    const url = (body as { public_url: string }).public_url;
    return url.includes('slow') ? slow : found('');
  });
  const first = check('https://slow.example.com');
  await flushPromises();
  await check('https://chat.example.com');
  waiting[0]?.(found('name_unknown'));
  await first;
  expect(advice.value).toBe('yes');
});

it.each<[Advice, string]>([
  ['silent', 'It could not be reached from here: nothing answers there. You can continue'],
  ['not_public', 'it is not on the public internet'],
  ['certificate', 'its certificate is not valid'],
  ['redirect', 'enter that one'],
  ['elsewhere', 'something else answers'],
  ['name_unknown', 'its name is not known'],
  ['yes', 'This address answers'],
  ['unasked', 'could not be checked'],
])('%s is told in words', async (advice, words) => {
  const page = await show(AddressAdvice, { url: 'https://chat.example.com', advice });
  expect(page.text()).toContain(words);
  page.unmount();
});
