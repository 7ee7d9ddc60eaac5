import { flushPromises } from '@vue/test-utils';
import { expect, it, vi } from 'vitest';
import { Problem } from '@/api/problem';
import { show } from '@/test/show';
import PasswordForm from './PasswordForm.vue';

const form = async (props: object) => {
  const send = vi.fn((_password: string) => Promise.resolve());
  const page = await show(PasswordForm, {
    email: 'budi@example.com',
    label: 'Password',
    action: 'Join',
    send,
    testid: 'invitation',
    ...props,
  });
  const type = (text: string) => page.find('[data-testid=invitation-password]').setValue(text);
  const submit = async () => {
    await page.find('form').trigger('submit');
    await flushPromises();
  };
  return { page, send, type, submit };
};

it('a new password that is too short is told and not sent, until it is long enough', async () => {
  const { page, send, type, submit } = await form({});
  expect(page.find('[data-testid=invitation-password]').attributes('autocomplete')).toBe('new-password');
  await type('short');
  expect(page.find('[role=alert]').exists()).toBe(false); // nobody is scolded while typing
  await submit();
  expect(page.find('[role=alert]').exists()).toBe(true);
  expect(send).not.toHaveBeenCalled();
  await type('nasi uduk pagi 3');
  expect(page.find('[role=alert]').exists()).toBe(false);
  await submit();
  expect(send).toHaveBeenCalledExactlyOnceWith('nasi uduk pagi 3');
  page.unmount();
});

it('a known password is sent as it is', async () => {
  const { page, send, type, submit } = await form({ known: true });
  expect(page.find('[data-testid=invitation-password]').attributes('autocomplete')).toBe('current-password');
  await type('short');
  await submit();
  expect(send).toHaveBeenCalledExactlyOnceWith('short');
  page.unmount();
});

it('what the server says is shown, and what was typed is kept', async () => {
  const { page, send, type, submit } = await form({});
  send.mockRejectedValueOnce(new Problem({ status: 410, code: 'gone', detail: 'this link was used' }));
  await type('nasi uduk pagi 3');
  await submit();
  expect(page.text()).toContain('this link was used');
  expect((page.find('[data-testid=invitation-password]').element as HTMLInputElement).value).toBe('nasi uduk pagi 3');
  await submit();
  expect(page.text()).not.toContain('this link was used');
  page.unmount();
});
