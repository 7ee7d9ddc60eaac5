import { strict as assert } from 'node:assert';
import { story } from '../lib/story.mjs';
import { at, gone, shows, visitor } from '../lib/browser.mjs';
import { house, OWNER } from '../lib/house.mjs';

async function fillSetup(page, atAddress = async () => {}) {
  await at(page, 'setup-name').fill(OWNER.name);
  await at(page, 'setup-email').fill(OWNER.email);
  await at(page, 'setup-password').fill(OWNER.password);
  await at(page, 'setup-next').click();
  await at(page, 'setup-workspace').fill('Toko Melati');
  await at(page, 'setup-next').click();
  await at(page, 'setup-url').waitFor();
  await atAddress();
  await at(page, 'setup-next').click();
}

story('Setup: without the link of the terminal nobody gets in, with it they do, and it works once', async ({ look }) => {
  const page = await visitor(house.url);
  await page.goto('/');
  await page.waitForURL('**/setup');
  await page.getByRole('heading', { name: 'Open the setup link' }).waitFor();
  await look(page, 'setup-no-link');

  await page.goto('/setup?token=guessed');
  await at(page, 'setup-next').click();
  await page.getByText('Please fill this in').first().waitFor();
  await fillSetup(page);
  await shows(page, 'setup-failure', /link/);

  await page.goto(house.program.setupLink());
  await at(page, 'setup-form').waitFor();
  await look(page, 'setup');
  await fillSetup(page, async () => {
    const own = await at(page, 'setup-url').inputValue();
    await at(page, 'setup-url').fill('http://192.168.77.1'); // a neighbour: the server does not look, and says so
    await at(page, 'setup-url').blur();
    await at(page, 'address-advice').getByText('not on the public internet').waitFor();
    await look(page, 'setup-address');
    await at(page, 'setup-url').fill(own);
    await at(page, 'setup-url').blur();
    await at(page, 'address-advice').getByText('Only this machine').waitFor();
  });
  await at(page, 'overview-add').waitFor();
  assert.equal(new URL(page.url()).pathname, '/');
  await look(page, 'overview-empty');

  const late = await visitor(house.url);
  await late.goto(house.program.setupLink());
  await late.getByRole('link', { name: 'Log in' }).click();
  await at(late, 'login-form').waitFor();
  await late.context().close();
  house.owner = page;
});

story('Login: a wrong password is told without saying which part was wrong; ten of them lock the account for a while', async ({ look }) => {
  const page = await visitor(house.url);
  await page.goto('/numbers');
  await page.waitForURL('**/login?next=/numbers');
  await look(page, 'login');
  await at(page, 'login-email').fill('nobody@melati.example');
  for (let tries = 1; tries <= 10; tries++) {
    await at(page, 'login-password').fill(`wrong ${tries}`);
    await Promise.all([page.waitForResponse('**/v1/login'), at(page, 'login-submit').click()]);
    await shows(page, 'login-failure', /wrong/);
  }
  await at(page, 'login-password').fill('wrong once more');
  await at(page, 'login-submit').click();
  await shows(page, 'lockout', /1[45]:\d\d/);
  assert(await at(page, 'login-submit').isDisabled());
  await look(page, 'login-locked');

  await page.reload();
  await at(page, 'login-email').fill(OWNER.email);
  await at(page, 'login-password').fill(OWNER.password);
  await at(page, 'login-submit').click();
  await page.waitForURL('**/numbers');
  await gone(at(page, 'login-form'));
  await page.context().close();
});
