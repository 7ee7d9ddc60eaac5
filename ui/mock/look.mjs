// Looks at every page of the UI in a real browser: takes a screenshot, runs axe, and tells what scrolls sideways or logs an error.
// `npm run build && npm run mock &`, then `npm run look -- [pages] [widths] [light,dark] [en,id]`. Screenshots land in $OUT.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const base = process.env.BASE ?? 'http://localhost:8090';
const out = process.env.OUT ?? '/tmp/sapa-look';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const [names = '', widths = '360,768,1440', schemes = 'light', languages = 'en'] = process.argv.slice(2);
const id = (name) => `[data-testid=${name}]`;
const outside = { loggedIn: false };
const openPairing = async (p) => {
  await p.locator(id('number-pair')).first().click();
  await p.waitForSelector(id('pairing-qr'));
};

const pages = {
  overview: { path: '/' },
  overviewEmpty: { path: '/', state: { empty: true } },
  numbers: { path: '/numbers' },
  numbersEmpty: { path: '/numbers', state: { empty: true } },
  number: { path: '/numbers/01NUMBERBANDUNG' },
  add: { path: '/numbers', act: (p) => p.click(id('add-number')) },
  pair: { path: '/numbers', act: openPairing },
  code: {
    path: '/numbers',
    act: async (p) => {
      await openPairing(p);
      await p.click(id('use-code'));
      await p.fill(id('pairing-phone'), '+62 812 3456 7890');
      await p.click(id('pairing-get-code'));
      await p.waitForSelector(id('pairing-code'));
    },
  },
  passkey: {
    path: '/numbers',
    state: { passkeyNext: true },
    act: async (p) => {
      await openPairing(p);
      await p.click(id('simulated-scan'));
      await p.waitForSelector(id('passkey'));
    },
  },
  remove: { path: '/numbers/01NUMBERSALES', act: (p) => p.click(id('number-delete')) },
  list: { path: '/conversations' },
  listEmpty: { path: '/conversations', state: { empty: true } },
  thread: { path: '/conversations/01CONVERSATION0000' },
  login: { path: '/login', state: outside },
  setup: { path: '/setup?token=x', state: { ...outside, needsSetup: true } },
  invitation: { path: '/invitation/abc', state: outside },
  forgot: { path: '/forgot', state: outside },
  profile: { path: '/settings/profile' },
  people: { path: '/settings/people' },
  invite: { path: '/settings/people', act: (p) => p.click(id('invite')) },
  keys: { path: '/settings/api-keys' },
  createKey: { path: '/settings/api-keys', act: (p) => p.click(id('create-key')) },
  developers: { path: '/settings/developers' },
  workspace: { path: '/settings/workspace' },
  installation: { path: '/settings/installation' },
  lost: { path: '/nowhere/at/all' },
  palette: { path: '/', act: (p) => p.keyboard.press('Control+k') },
  help: { path: '/', act: (p) => p.keyboard.press('?') },
};

const rest = { loggedIn: true, needsSetup: false, empty: false, passkeyNext: false, pairing: null, attempts: 0 };
const put = (state) => fetch(`${base}/v1/mock`, { method: 'POST', body: JSON.stringify(state) });
const sideways = () =>
  [document.documentElement, document.querySelector('main')].reduce(
    (worst, el) => Math.max(worst, el ? el.scrollWidth - el.clientWidth : 0),
    0,
  );
const audit = async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await window.axe.run(document, { runOnly: tags });
  return violations.map(
    (v) =>
      `${v.impact} ${v.id}: ${v.nodes
        .slice(0, 2)
        .map((n) => `${n.html.slice(0, 140)} (${(n.any[0]?.message ?? n.failureSummary).slice(0, 120)})`)
        .join(' | ')}`,
  );
};

async function look(browser, name, width, scheme, language) {
  const page = pages[name];
  await put({ ...rest, language, ...page.state });
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 740 : 900 },
    colorScheme: scheme,
    locale: language === 'id' ? 'id-ID' : 'en-GB',
    timezoneId: 'Asia/Jakarta',
    hasTouch: width < 500,
    reducedMotion: 'reduce',
  });
  const tab = await context.newPage();
  const found = [];
  tab.on('pageerror', (e) => found.push(`error ${e.message}`));
  tab.on('console', (m) => m.type() === 'error' && !m.text().includes('401') && found.push(`console ${m.text()}`));
  await tab.goto(base + page.path, { waitUntil: 'networkidle' });
  await page.act?.(tab).catch((e) => found.push(`act ${e.message.split('\n')[0]}`));
  await tab.waitForTimeout(400);
  await tab.screenshot({ path: `${out}/${name}-${width}-${scheme}-${language}.png` });
  const over = await tab.evaluate(sideways);
  if (over > 0) found.push(`scrolls ${over} px sideways`);
  await tab.evaluate(axe);
  found.push(...(await tab.evaluate(audit)));
  await context.close();
  for (const line of found) console.log(`${name} ${width} ${scheme} ${language}: ${line}`);
  return found.length;
}

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});
let findings = 0;
for (const name of names ? names.split(',') : Object.keys(pages))
  for (const width of widths.split(','))
    for (const scheme of schemes.split(','))
      for (const language of languages.split(','))
        findings += await look(browser, name, Number(width), scheme, language);
await browser.close();
console.log(`${findings} findings`);
process.exitCode = findings ? 1 : 0;
