import { strict as assert } from 'node:assert';
import { at, gone, shows, visitor } from '../lib/browser.mjs';
import { ask, connectedNumber, house, login, newContact, owner, OWNER } from '../lib/house.mjs';
import { story } from '../lib/story.mjs';

story('A second person joins by link as an agent, answers, and finds no settings that are not theirs', async ({ look }) => {
  const page = await owner();
  await page.goto('/settings/people');
  await at(page, 'invite').click();
  await at(page, 'invite-email').fill('budi@melati.example');
  await look(page, 'invite');
  await at(page, 'invite-create').click();
  const link = await page.getByRole('textbox', { name: /link/i }).inputValue();
  await look(page, 'invite-link');

  const budi = await visitor(house.url);
  await budi.goto(link);
  await at(budi, 'invitation-name').fill('Budi Santoso');
  await at(budi, 'invitation-password').fill('short');
  await at(budi, 'invitation-submit').click();
  await budi.getByRole('alert').waitFor();
  await look(budi, 'invitation');
  await at(budi, 'invitation-password').fill('nasi uduk pagi 3');
  await at(budi, 'invitation-submit').click();
  await at(budi, 'health').or(budi.getByText('Connect your first number')).first().waitFor();
  await budi.goto('/settings');
  await at(budi, 'settings-profile').waitFor();
  for (const hidden of ['api-keys', 'developers', 'installation']) {
    assert.equal(await at(budi, `settings-${hidden}`).count(), 0, `an agent sees settings ${hidden}`);
  }
  await budi.goto('/settings/people');
  await shows(budi, 'people', OWNER.name);
  assert.equal(await at(budi, 'invite').count(), 0);
  await budi.goto('/settings/workspace');
  await budi.getByRole('heading', { level: 1 }).or(budi.getByRole('heading', { level: 2 })).first().waitFor();
  assert.equal(await budi.getByRole('button', { name: 'Save' }).count(), 0, 'an agent can save the workspace');
  await budi.goto('/numbers');
  assert.equal(await at(budi, 'add-number').count(), 0);

  const late = await visitor(house.url);
  await late.goto(link);
  await late.getByRole('heading').first().waitFor();
  assert.equal(await at(late, 'invitation-form').count(), 0, 'an invitation works once');
  await late.context().close();
  await budi.context().close();
  await page.reload();
  await shows(page, 'people', 'Budi Santoso');
});

story('Two workspaces are apart: what is in one is not seen from the other', async ({ look }) => {
  const page = await owner();
  const number = await connectedNumber(page, 'Salon Joko');
  const contact = await newContact('Joko Susilo');
  await house.network.write(contact, number.phone, 'Rahasia Toko Melati');
  await page.goto('/conversations');
  await at(page, 'conversation').filter({ hasText: 'Joko Susilo' }).click();
  await at(page, 'thread-contact').waitFor();
  const inside = page.url();

  await page.goto('/settings/installation');
  await at(page, 'new-workspace-name').fill('Kopi Kenangan Lama');
  await at(page, 'new-workspace').click();
  await at(page, 'workspace-switcher').filter({ hasText: 'Kopi Kenangan Lama' }).waitFor();
  await page.goto('/conversations');
  await page.getByText('No conversation yet').waitFor();
  await page.goto(inside);
  await page.getByRole('alert').or(page.getByText(/does not exist any more/)).first().waitFor();
  assert.equal(await page.getByText('Rahasia Toko Melati').count(), 0);
  await page.goto('/numbers');
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  assert.equal(await at(page, 'number-card').count(), 0);
  await look(page, 'numbers-empty');

  await at(page, 'workspace-switcher').click();
  await page.getByRole('menuitem', { name: /Toko Melati/ }).or(page.getByRole('menuitemradio', { name: /Toko Melati/ })).or(page.getByRole('menuitemcheckbox', { name: /Toko Melati/ })).first().click();
  await page.goto(inside);
  await page.getByText('Rahasia Toko Melati').first().waitFor();
});

story('An API key is shown once and works', async ({ look }) => {
  const page = await owner();
  await page.goto('/settings/api-keys');
  await at(page, 'create-key').first().click();
  await at(page, 'key-name').fill('Shop system');
  await look(page, 'key-create');
  await at(page, 'key-create').click();
  await at(page, 'new-key').waitFor();
  const key = await at(page, 'new-key').locator('input').or(at(page, 'new-key').and(page.locator('input'))).first().inputValue();
  assert.match(key, /^sapa_/);
  await look(page, 'key-new');
  const answer = await fetch(`${house.url}/v1/conversations`, { headers: { Authorization: `Bearer ${key}` } });
  assert.equal(answer.status, 200);
  await page.reload();
  await shows(page, 'api-keys', 'Shop system');
  assert.equal(await page.getByText(key).count(), 0, 'the key is shown again');
});

story('Language and theme change at once and stay', async () => {
  const page = await owner();
  await page.goto('/settings/profile');
  await page.getByTestId('language').getByText('Bahasa Indonesia').click();
  await page.getByRole('heading', { name: 'Profil' }).waitFor();
  await page.getByTestId('theme').getByText('Gelap').click();
  await page.locator('html[data-theme=dark]').waitFor();
  await page.reload();
  await page.locator('html[data-theme=dark][lang=id]').waitFor();
  const elsewhere = await visitor(house.url);
  await login(elsewhere, OWNER);
  await elsewhere.locator('html[data-theme=dark][lang=id]').waitFor();
  await elsewhere.context().close();
  await ask(page, 'PATCH', '/v1/me', { language: 'en', theme: 'system' });
  await page.evaluate(() => localStorage.removeItem('sapa.theme'));
  await page.reload();
  await page.locator('html[lang=en]').waitFor();
});

story('A page that is not there says so and leads home', async ({ look }) => {
  const page = await owner();
  await page.goto('/no/such/page');
  await at(page, 'lost').waitFor();
  await look(page, 'lost');
  await at(page, 'lost').getByRole('link').click();
  await page.waitForURL(`${house.url}/`);
});

story('Logging out ends the session in every tab', async () => {
  const page = await visitor(house.url);
  await login(page, OWNER);
  await at(page, 'account-menu').click();
  await page.getByTestId('menu-logout').click();
  await at(page, 'login-form').waitFor();
  await page.goto('/conversations');
  await page.waitForURL('**/login?next=/conversations');
  await gone(at(page, 'account-menu'));
  await page.context().close();
});
