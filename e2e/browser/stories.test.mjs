// All stories in one process: one Chromium, one program, one simulator. They are played in this order; each but the
// first, which sets the house up, makes what it needs by itself.
import { after, before } from 'node:test';
import { closeBrowser } from './lib/browser.mjs';
import { begin, end } from './lib/house.mjs';
import { judged } from './lib/look.mjs';
import { measure, report } from './lib/story.mjs';

before(begin);
after(async () => {
  await closeBrowser();
  await end();
  measure('Pages judged by axe', judged.pages, `(serious or critical findings: ${judged.barriers})`);
  console.log(report());
});

const ROOMS = ['pairing', 'number', 'inbox', 'people', 'gallery', 'demo'];
const chosen = process.env.SAPA_STORIES?.split(',') ?? ROOMS;
for (const room of ['setup', ...chosen]) {
  await import(`./stories/${room}.mjs`);
}
