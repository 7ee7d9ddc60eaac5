// Photographs a page in every size, theme and language, and judges it with axe.
import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { barriers } from './browser.mjs';
import { ROOT } from './program.mjs';

const FOLDER = join(ROOT, 'e2e/screenshots');
const WIDTHS = [360, 768, 1440];
/** How axe fared, for the summary. */
export const judged = { pages: 0, barriers: 0 };

mkdirSync(FOLDER, { recursive: true });

/** Takes the photographs of a page as it stands and leaves it as it was; the person's theme is the system's. SAPA_PHOTOS=no skips it, while a story is being written. */
export async function look(page, name) {
  if (process.env.SAPA_PHOTOS === 'no') return;
  const before = page.viewportSize();
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width === 360 ? 720 : 900 });
      await page.screenshot({ path: join(FOLDER, `${name}-${width}-${theme}.png`), animations: 'disabled' });
      await narrowEnough(page, name, width);
    }
    const found = await barriers(page);
    judged.pages += 1;
    judged.barriers += found.length;
    assert.deepEqual(found, [], `${name}, ${theme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}

/** Nothing may stick out at the side. */
async function narrowEnough(page, name, width) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert(wide <= width, `${name} is ${wide} px wide at ${width}`);
}
