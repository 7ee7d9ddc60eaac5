import { flushPromises } from '@vue/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import { serve, show } from '@/test/show';
import NumberHistory from './NumberHistory.vue';

afterEach(() => vi.unstubAllGlobals());

const states = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => ({
    id: `e${from - i}`,
    seq: from - i,
    type: 'number.state',
    time: '2026-11-21T10:00:00Z',
    workspace: 'w1',
    data: { state: (from - i) % 2 ? 'connected' : 'degraded', enabled: true },
  }));

it('shows the newest first and loads older ones when asked, not the whole log', async () => {
  const calls = serve(({ query }) => {
    const before = Number(query.get('before') ?? 24);
    const items = states(before - 1, Math.min(10, before - 1));
    return { items, next_after: 0, next_before: items.at(-1)?.seq === 1 ? 0 : items.at(-1)?.seq };
  });
  const page = await show(NumberHistory, { id: 'n1' });
  await flushPromises();
  expect(page.findAll('li')).toHaveLength(10);
  expect(page.find('li').text()).toContain('Connected');
  expect(calls).toHaveLength(1);
  expect(Object.fromEntries(calls[0]?.query ?? [])).toEqual({
    number: 'n1',
    type: 'number.state',
    order: 'desc',
    limit: '10',
  });

  const older = () => page.find('[data-testid=history-older]');
  await older().trigger('click');
  await flushPromises();
  expect(calls[1]?.query.get('before')).toBe('14');
  await older().trigger('click');
  await flushPromises();
  expect(page.findAll('li')).toHaveLength(23);
  expect(older().exists()).toBe(false);
  page.unmount();
});
