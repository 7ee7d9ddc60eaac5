import { afterEach, expect, it, vi } from 'vitest';
import type { WaNumber } from '@/api/types';
import { setLanguage } from '@/i18n';
import { show } from '@/test/show';
import { session } from '@/workspace/session';
import NumberCard from './NumberCard.vue';

vi.mock('vue-router', () => ({ useRouter: () => ({ push: () => undefined }), useRoute: () => ({ query: {} }) }));
afterEach(() => setLanguage('en'));

const limited: WaNumber = {
  id: 'n1',
  name: 'Kasir',
  phone: '+6281200000001',
  provider: 'web',
  state: 'degraded',
  cause: 'reachout_timelock',
  cause_code: '463',
  cause_text: 'from the server',
  since: '2026-11-21T10:00:00Z',
  until: '2999-01-01T07:20:00Z',
  primary: true,
  enabled: true,
  last_activity: null,
  proxy_set: false,
  metadata: {},
  push_name: '',
  created_at: '2026-11-21T10:00:00Z',
};

it('says of a lock on new chats what it means, until when, and offers nothing that would not help', async () => {
  vi.spyOn(session.manages, 'value', 'get').mockReturnValue(true);
  const card = await show(NumberCard, { number: limited });
  expect(card.text()).toContain('No new chats until 1 Jan 2999');
  expect(card.text()).toContain('WhatsApp lets it write only to people who wrote to it');
  expect(card.text()).toContain('are answered as ever');
  expect(card.text()).toContain('Show the raw code');
  expect(card.find('[data-testid=number-restart]').exists()).toBe(false);
  await setLanguage('id');
  await card.vm.$nextTick();
  expect(card.text()).toContain('Tanpa percakapan baru sampai');
  expect(card.text()).toContain('tetap dijawab');
  await card.setProps({ number: { ...limited, cause: 'no_life', until: undefined } });
  expect(card.find('[data-testid=number-restart]').exists()).toBe(true);
  card.unmount();
});
