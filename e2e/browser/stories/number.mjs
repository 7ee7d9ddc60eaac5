import { at, gone, shows } from '../lib/browser.mjs';
import { ask, connectedNumber, house, owner } from '../lib/house.mjs';
import { until } from '../lib/program.mjs';
import { story } from '../lib/story.mjs';

const state = (page, value) => page.locator(`[data-testid=number-state][data-state=${value}]`).first().waitFor();

story('A number is disconnected, stays off, and is connected again', async ({ look }) => {
  const page = await owner();
  const number = await connectedNumber(page, 'Kedai Dinda');
  await page.goto(`/numbers/${number.id}`);
  await state(page, 'connected');
  await look(page, 'number');
  await at(page, 'number-disconnect').click();
  await at(page, 'number-connect').waitFor();
  await shows(page, 'number-state', 'off');
  await look(page, 'number-off');
  await at(page, 'number-connect').click();
  await state(page, 'connected');
  await at(page, 'number-disconnect').waitFor();
});

story('A number is restarted', async () => {
  const page = await owner();
  const number = await connectedNumber(page, 'Kedai Eka');
  await page.goto(`/numbers/${number.id}`);
  await state(page, 'connected');
  const { since } = await ask(page, 'GET', `/v1/numbers/${number.id}`);
  await at(page, 'number-restart').click();
  await until(async () => {
    const now = await ask(page, 'GET', `/v1/numbers/${number.id}`);
    return now.state === 'connected' && now.since > since;
  }, 'it is connected anew');
  await state(page, 'connected');
});

story('A number is renamed and made primary', async () => {
  const page = await owner();
  const number = await connectedNumber(page, 'Kedai Fajar');
  await page.goto(`/numbers/${number.id}`);
  await at(page, 'number-rename').fill('Kedai Fajar Baru');
  await at(page, 'number-save').click();
  await shows(page, 'number-title', 'Kedai Fajar Baru');
  await at(page, 'number-primary').click();
  await page.getByText('Primary', { exact: true }).waitFor();
  await gone(at(page, 'number-primary'));
});

story('A number is logged out, says so with its cause, and offers to pair again', async ({ look }) => {
  const page = await owner();
  const number = await connectedNumber(page, 'Kedai Gita');
  await page.goto(`/numbers/${number.id}`);
  await at(page, 'number-logout').click();
  await look(page, 'number-logout');
  await at(page, 'confirm-act').click();
  await state(page, 'logged_out');
  await at(page, 'number-pair').waitFor();
  await look(page, 'number-logged-out');
});

story('A number that its phone unlinked says so by itself', async () => {
  const page = await owner();
  const number = await connectedNumber(page, 'Kedai Hana');
  await page.goto(`/numbers/${number.id}`);
  await state(page, 'connected');
  const { companions } = await house.network.ask('GET', `/accounts/${number.phone}`);
  await house.network.ask('DELETE', `/accounts/${number.phone}/companions/${companions[0].device}`);
  await state(page, 'logged_out');
  await shows(page, 'number-state', /phone/i);
});

story('A number is deleted only by typing its name', async ({ look }) => {
  const page = await owner();
  const number = await connectedNumber(page, 'Kedai Indah');
  await page.goto(`/numbers/${number.id}`);
  await at(page, 'number-delete').click();
  await at(page, 'confirm-name').fill('kedai');
  await at(page, 'confirm-act').and(page.locator(':disabled')).waitFor();
  await look(page, 'number-delete');
  await at(page, 'confirm-name').fill('Kedai Indah');
  await at(page, 'confirm-act').click();
  await page.waitForURL('**/numbers');
  await gone(at(page, 'number-card').filter({ hasText: 'Kedai Indah' }));
});
