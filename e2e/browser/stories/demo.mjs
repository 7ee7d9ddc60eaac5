import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, visitor } from '../lib/browser.mjs';
import { login } from '../lib/house.mjs';
import { freePort, Program } from '../lib/program.mjs';
import { measure, story } from '../lib/story.mjs';

story('The demo: from the command to the first customer on the screen, all of it in the browser', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sapa-demo-story-'));
  const begun = Date.now();
  const demo = new Program(['demo', `--http.listen=127.0.0.1:${await freePort()}`], dir, 'demo');
  try {
    const [, url, email, password] = await demo.start(/Open\s+(\S+)\s+E-mail\s+(\S+)\s+Password\s+(\S+)/);
    const page = await visitor(url);
    await login(page, { email, password });
    await at(page, 'simulator-banner').waitFor();
    await at(page, 'overview-add').click();
    await at(page, 'number-name').fill('Toko Melati');
    await at(page, 'number-create').click();
    await at(page, 'simulated-scan').click();
    await at(page, 'pairing-connected').waitFor();
    await page.getByTestId('pairing-connected').getByRole('link').click();
    await at(page, 'conversation').first().click();
    await at(page, 'message-in').first().waitFor();
    measure('Demo: from the command to the first message on the screen', Date.now() - begun, 'ms');
    await page.context().close();
  } finally {
    await demo.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
