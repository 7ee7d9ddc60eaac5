// Every page once more, in Indonesian, where texts are longer, and filled the way a shop's day fills it.
import { at } from '../lib/browser.mjs';
import { ask, connectedNumber, house, owner } from '../lib/house.mjs';
import { until } from '../lib/program.mjs';
import { story } from '../lib/story.mjs';

const PAGES = {
  overview: '/',
  numbers: '/numbers',
  conversations: '/conversations',
  'settings-profile': '/settings/profile',
  'settings-workspace': '/settings/workspace',
  'settings-people': '/settings/people',
  'settings-api-keys': '/settings/api-keys',
  'settings-developers': '/settings/developers',
  'settings-installation': '/settings/installation',
};

for (const language of ['en', 'id']) {
  story(`Every page, filled, in ${language}`, async ({ look }) => {
    const page = await owner();
    await fill(page);
    await ask(page, 'PATCH', '/v1/me', { language });
    for (const [name, path] of Object.entries(PAGES)) {
      await page.goto(path);
      await page.locator(`html[lang=${language}]`).waitFor();
      await page.getByRole('heading').first().waitFor();
      await page.waitForLoadState('networkidle');
      await look(page, `${name}-${language}`);
    }
    const wide = page.viewportSize();
    await page.setViewportSize({ width: 360, height: 720 }); // still on the last of the settings: its tab is in sight
    await until(async () => {
      const tab = await at(page, 'settings-installation').boundingBox();
      return tab.x >= 0 && tab.x + tab.width <= 360;
    }, 'the open page of the settings is in sight');
    await page.setViewportSize(wide);
    await page.goto('/conversations');
    await at(page, 'conversation').first().click();
    await at(page, 'composer').waitFor();
    await page.waitForLoadState('networkidle');
    await look(page, `conversation-${language}`);
    await page.goto(`/numbers/${filled}`);
    await at(page, 'number-history').waitFor();
    await page.waitForLoadState('networkidle');
    await look(page, `number-${language}`);
    await ask(page, 'PATCH', '/v1/me', { language: 'en' });
    await page.reload();
  });
}

let filled = '';
/** Lets the simulator's customers write to a number, until there is something to see. */
async function fill(page) {
  if (filled) return;
  const number = await connectedNumber(page, 'Toko Melati Pusat');
  filled = number.id;
  await house.network.ask('POST', `/accounts/${number.phone}/script`, { people: 8, pace: 'lively', speed: 4, seed: 1 });
  await until(
    async () => (await ask(page, 'GET', `/v1/conversations?number=${number.id}`)).items.length >= 6,
    'six customers have written',
  );
}
