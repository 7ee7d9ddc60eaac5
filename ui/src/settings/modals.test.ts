import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { h, nextTick } from 'vue';
import { Refusal, serve, show } from '@/test/show';
import CreateModal from './CreateModal.vue';
import RemoveModal from './RemoveModal.vue';

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.innerHTML = '';
});

// Dialogs are shown beside the page.
const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);
const press = async (testid: string) => {
  const button = at(testid) as HTMLButtonElement;
  button.form?.dispatchEvent(new Event('submit', { cancelable: true }));
  await flushPromises();
};
const refused = new Refusal(409, { status: 409, code: 'conflict', detail: 'the last owner stays' });

describe('removing one of a list', () => {
  const words = {
    list: '/v1/people',
    cached: ['people'],
    title: (name: string) => `Remove ${name}?`,
    text: () => '',
    action: 'Remove',
    done: (name: string) => `${name} is gone`,
  };
  const open = (props: object) =>
    show(RemoveModal, {
      ...words,
      ...props,
      'onUpdate:modelValue': (v: unknown) => closed(v),
    });
  const closed = vi.fn();

  it('deletes the one that is meant and closes', async () => {
    closed.mockClear();
    const calls = serve(() => undefined);
    const page = await open({ modelValue: { id: 'p1', name: 'Budi' } });
    await flushPromises();
    expect(document.body.textContent).toContain('Remove Budi?');
    await press('confirm-act');
    expect(calls.map((c) => `${c.method} ${c.path}`)).toEqual(['DELETE /v1/people/p1']);
    expect(closed).toHaveBeenCalledWith(undefined);
    page.unmount();
  });

  it('says why it did not work and stays open; the next one begins without that', async () => {
    closed.mockClear();
    serve(() => refused);
    const page = await open({ modelValue: { id: 'p1', name: 'Budi' } });
    await flushPromises();
    await press('confirm-act');
    expect(closed).not.toHaveBeenCalled();
    expect(document.body.textContent).toContain('the last owner stays');
    await page.setProps({ modelValue: undefined } as never);
    await page.setProps({ modelValue: { id: 'p2', name: 'Citra' } } as never);
    await flushPromises();
    expect(document.body.textContent).toContain('Remove Citra?');
    expect(document.body.textContent).not.toContain('the last owner stays');
    page.unmount();
  });

  it('asks for the name where that is wanted', async () => {
    const calls = serve(() => undefined);
    const page = await open({ modelValue: { id: 'k1', name: 'Shop' }, typed: true });
    await flushPromises();
    expect((at('confirm-act') as HTMLButtonElement).disabled).toBe(true);
    await press('confirm-act');
    expect(calls).toEqual([]);
    page.unmount();
  });
});

describe('making something that is shown once', () => {
  const modal = (props: object) =>
    show(
      CreateModal,
      {
        open: true,
        cached: ['api-keys'],
        title: 'New key',
        madeTitle: 'Your key',
        madeText: (made: { key: string }) => `ends in ${made.key.slice(-2)}`,
        action: 'Create',
        testid: 'key-create',
        ...props,
      },
      { default: () => h('p', 'the form'), made: ({ made }: { made: { key: string } }) => h('code', made.key) },
    );

  it('shows what was made in place of the form, and forgets it when it is closed', async () => {
    const page = await modal({ create: async () => ({ key: 'sapa_secret' }) });
    await flushPromises();
    expect(document.body.textContent).toContain('the form');
    await press('key-create');
    expect(document.body.textContent).toContain('sapa_secret');
    expect(document.body.textContent).toContain('ends in et');
    expect(document.body.textContent).not.toContain('the form');
    await page.setProps({ open: false } as never);
    await page.setProps({ open: true } as never);
    await flushPromises();
    expect(document.body.textContent).not.toContain('sapa_secret');
    expect(page.emitted('reset')).toHaveLength(2);
    page.unmount();
  });

  it('sends nothing while the form is not complete, and says why the server refused', async () => {
    const create = vi.fn<() => Promise<unknown> | undefined>(() => undefined);
    const page = await modal({ create });
    await nextTick();
    await press('key-create');
    expect(document.body.textContent).toContain('the form');
    create.mockImplementation(() => Promise.reject(new Error('no room for another key')));
    await press('key-create');
    expect(document.body.textContent).toContain('the form');
    expect(at('key-create-dialog')?.querySelector('[role=alert], [role=status]')?.textContent).toBeTruthy();
    page.unmount();
  });
});
