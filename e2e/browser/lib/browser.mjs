// Debian's Chromium, and what every story does with a page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** How long a story waits for what it expects before it fails. */
export const PATIENCE = 120_000;

let browser;

async function opened() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Chromium refuses its sandbox to root, which containers are.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** A person at their own computer: a page with a session of its own. Errors of the page fail the story. */
export async function visitor(baseURL, options = {}) {
  const context = await (await opened()).newContext({
    baseURL,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Asia/Jakarta',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  return open(context);
}

/** Another tab of the same person. */
export const secondTab = (page) => open(page.context());

async function open(context) {
  const page = await context.newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.message));
  page.on('console', (line) => {
    if (/Content Security Policy|\[Vue warn\]/.test(line.text())) page.errors.push(line.text());
  });
  return page;
}

/** The one element with this test id. */
export const at = (page, id) => page.getByTestId(id);

/** Waits until the element with this test id shows the text. */
export function shows(page, id, text) {
  return page.getByTestId(id).filter({ hasText: text }).first().waitFor();
}

/** Waits until the element is not there. */
export const gone = (locator) => locator.waitFor({ state: 'hidden' });

/** Waits until the page itself finds the condition true. */
export function holds(page, condition, argument) {
  return page.waitForFunction(condition, argument, { polling: 'raf', timeout: PATIENCE });
}

/** What axe finds that keeps people out, as lines to read. Nothing found is an empty list. */
export async function barriers(page) {
  // Evaluated, not added as a script: the page's own policy allows no foreign script.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  return found.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
}
