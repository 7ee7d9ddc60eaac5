import { strict as assert } from 'node:assert';
import { at, gone, holds, secondTab, shows } from '../lib/browser.mjs';
import { ask, connectedNumber, house, newContact, owner } from '../lib/house.mjs';
import { until } from '../lib/program.mjs';
import { story } from '../lib/story.mjs';

const row = (page, name) => at(page, 'conversation').filter({ hasText: name });
const bubble = (page, text) => page.locator('[data-testid^=message-]').filter({ hasText: text });
const status = (page, text, value) => bubble(page, text).locator(`[data-testid=status][data-status=${value}]`).waitFor();

/** What a contact has received, as texts. */
const received = async (contact) => JSON.stringify(await house.network.ask('GET', `/contacts/${contact}/inbox`));

async function say(page, text) {
  await at(page, 'composer').fill(text);
  await page.keyboard.press('Enter');
}

/** A conversation that a new contact has opened, on the screen. */
async function conversation(page, { shop, name, text }) {
  const number = await connectedNumber(page, shop);
  const contact = await newContact(name);
  await page.goto('/conversations');
  await house.network.write(contact, number.phone, text);
  await row(page, name).click();
  await bubble(page, text).waitFor();
  return { number, contact };
}

story('Receive: a message is there without reloading, with an unread count that ends when it is read', async ({ look }) => {
  const page = await owner();
  const number = await connectedNumber(page, 'Warung Rina');
  const contact = await newContact('Rina Wijaya');
  await page.goto('/conversations');
  await at(page, 'conversations').waitFor();
  await page.evaluate(() => {
    window.notReloaded = true;
  });
  await house.network.write(contact, number.phone, 'Halo kak, masih buka?');
  await row(page, 'Rina Wijaya').getByTestId('unread').filter({ hasText: '1' }).waitFor();
  await house.network.write(contact, number.phone, 'Mau pesan dua ya');
  await row(page, 'Rina Wijaya').getByTestId('unread').filter({ hasText: '2' }).waitFor();
  await look(page, 'conversations');
  await row(page, 'Rina Wijaya').click();
  await bubble(page, 'Mau pesan dua ya').waitFor();
  await gone(row(page, 'Rina Wijaya').getByTestId('unread'));
  assert(await page.evaluate(() => window.notReloaded), 'the page was reloaded');
  await look(page, 'conversation');
});

story('Reply: it is on the screen at once, and its ticks go from sent over delivered to read', async ({ look }) => {
  const page = await owner();
  const { number, contact } = await conversation(page, { shop: 'Warung Sari', name: 'Sari Dewi', text: 'Ada ukuran M?' });
  await bubble(page, 'Ada ukuran M?').hover();
  await bubble(page, 'Ada ukuran M?').getByTestId('reply').click();
  await shows(page, 'composer-quote', 'Ada ukuran M?');
  await page.route('**/messages', async (route) => {
    await bubble(page, 'Ada kak, stoknya lima').waitFor(); // it is shown before the server has even heard of it
    await route.continue();
  });
  await say(page, 'Ada kak, stoknya lima');
  await status(page, 'Ada kak, stoknya lima', 'delivered');
  await page.unroute('**/messages');
  assert.match(await received(contact), /Ada kak, stoknya lima/);
  assert.equal(await bubble(page, 'Ada kak, stoknya lima').locator('blockquote').count(), 1);
  await house.network.read(contact, number.phone);
  await status(page, 'Ada kak, stoknya lima', 'read');
  assert.equal(await bubble(page, 'Ada kak, stoknya lima').count(), 1, 'the optimistic bubble and the real one are one');
  await look(page, 'conversation-read');
});

story('A message that cannot leave yet says why, and leaves by itself when it can', async ({ look }) => {
  const page = await owner();
  const { number, contact } = await conversation(page, { shop: 'Warung Tari', name: 'Tari Puspita', text: 'Halo, ready?' });
  await ask(page, 'POST', `/v1/numbers/${number.id}/disconnect`);
  await say(page, 'Ready kak');
  await say(page, 'Mau berapa?');
  await bubble(page, 'Mau berapa?').getByTestId('waiting').filter({ hasText: 'Warung Tari is not connected' }).waitFor();
  await look(page, 'conversation-waiting');
  await ask(page, 'POST', `/v1/numbers/${number.id}/connect`);
  await status(page, 'Mau berapa?', 'delivered');
  await gone(bubble(page, 'Mau berapa?').getByTestId('waiting'));
  assert.match(await received(contact), /Ready kak.*Mau berapa/s);
});

story('Typing is seen in both directions', async () => {
  const page = await owner();
  const { number, contact } = await conversation(page, { shop: 'Warung Tono', name: 'Tono Setiawan', text: 'Selamat pagi' });
  await house.network.typing(contact, number.phone, true);
  await at(page, 'typing').filter({ hasText: 'typing' }).waitFor();
  await house.network.typing(contact, number.phone, false);
  await gone(at(page, 'typing').filter({ hasText: 'typing' }));

  const before = (await house.network.log()).items.at(-1).seq;
  await at(page, 'composer').pressSequentially('Pagi');
  await until(async () => (await house.network.log(before)).items.some((l) => /<chatstate/.test(l.text)), 'the contact sees typing');
});

story('What the owner writes on the phone itself is shown as the phone’s', async () => {
  const page = await owner();
  const { number, contact } = await conversation(page, { shop: 'Warung Umar', name: 'Umar Hadi', text: 'Bisa kirim hari ini?' });
  await house.network.fromPhone(number.phone, contact, 'Bisa, sore ya');
  await bubble(page, 'Bisa, sore ya').waitFor();
  await bubble(page, 'Bisa, sore ya').getByText(/phone/i).first().waitFor();
});

story('A message that WhatsApp refuses says why and can be tried again', async ({ look }) => {
  const page = await owner();
  const { number, contact } = await conversation(page, { shop: 'Warung Vina', name: 'Vina Lestari', text: 'Berapa harganya?' });
  await house.network.fault(number.phone, 'send_error', 406);
  await say(page, 'Harganya 85 ribu');
  await status(page, 'Harganya 85 ribu', 'failed');
  await bubble(page, 'Harganya 85 ribu').getByRole('alert').waitFor();
  await look(page, 'conversation-failed');
  await house.network.clearFaults(number.phone);
  await bubble(page, 'Harganya 85 ribu').getByTestId('retry').click();
  await status(page, 'Harganya 85 ribu', 'delivered');
  assert.match(await received(contact), /Harganya 85 ribu/);
});

story('A draft waits in its conversation, through a reload', async () => {
  const page = await owner();
  await conversation(page, { shop: 'Warung Wati', name: 'Wati Kusuma', text: 'Permisi' });
  await at(page, 'composer').fill('Selamat datang, ada yang bisa');
  await page.goto('/numbers');
  await page.goBack();
  await holds(page, () => document.querySelector('[data-testid=composer]')?.value === 'Selamat datang, ada yang bisa');
  await page.reload();
  await holds(page, () => document.querySelector('[data-testid=composer]')?.value === 'Selamat datang, ada yang bisa');
  await at(page, 'composer').fill('');
});

story('Keyboard: / searches, j and k move, r replies, Ctrl+K jumps, ? explains', async ({ look }) => {
  const page = await owner();
  const { number } = await conversation(page, { shop: 'Warung Yanti', name: 'Yanti Permata', text: 'Assalamualaikum' });
  const second = await newContact('Zaki Rahman');
  await house.network.write(second, number.phone, 'Halo');
  await row(page, 'Zaki Rahman').waitFor();
  await page.goto(`/conversations?number=${number.id}`);
  await row(page, 'Zaki Rahman').waitFor();

  await page.keyboard.press('j');
  await shows(page, 'thread-contact', 'Zaki Rahman');
  await page.keyboard.press('j');
  await shows(page, 'thread-contact', 'Yanti Permata');
  await page.keyboard.press('k');
  await shows(page, 'thread-contact', 'Zaki Rahman');
  await page.keyboard.press('r');
  await holds(page, () => document.activeElement?.dataset.testid === 'composer');
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await holds(page, () => document.activeElement?.dataset.testid === 'search');
  await page.keyboard.type('yanti');
  await gone(row(page, 'Zaki Rahman'));
  await row(page, 'Yanti Permata').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await at(page, 'palette').waitFor();
  await look(page, 'palette');
  await page.keyboard.type('warung yanti');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/numbers/${number.id}`);
  await page.keyboard.press('?');
  await at(page, 'keys-help').waitFor();
  await look(page, 'keys');
  await page.keyboard.press('Escape');
  await gone(at(page, 'keys-help'));
});

story('A second tab follows the first, and the back button leads back', async () => {
  const page = await owner();
  const { number, contact } = await conversation(page, { shop: 'Warung Agus', name: 'Agus Salim', text: 'Sudah dikirim?' });
  const other = await secondTab(page);
  await other.goto(page.url());
  await bubble(other, 'Sudah dikirim?').waitFor();
  await say(page, 'Sudah kak, pagi tadi');
  await status(other, 'Sudah kak, pagi tadi', 'delivered');
  await other.close();

  await page.getByTestId('nav-numbers').click();
  await page.waitForURL('**/numbers');
  await page.goBack();
  await bubble(page, 'Sudah kak, pagi tadi').waitFor();
  await house.network.read(contact, number.phone);
});

story('On a phone the list and the thread take turns', async () => {
  const page = await owner();
  await conversation(page, { shop: 'Warung Bagas', name: 'Bagas Nugroho', text: 'Hari Minggu buka?' });
  await page.setViewportSize({ width: 360, height: 720 });
  await gone(at(page, 'conversations'));
  await at(page, 'back').click();
  await row(page, 'Bagas Nugroho').waitFor();
  await gone(at(page, 'composer'));
  await page.setViewportSize({ width: 1440, height: 900 });
});

story('A lost connection is told quietly; on its return the page fetches what it missed', async ({ look }) => {
  const page = await owner();
  const { number, contact } = await conversation(page, { shop: 'Warung Citra', name: 'Citra Ayu', text: 'Halo' });
  await at(page, 'composer').fill('Sebentar ya');
  await house.program.kill();
  await at(page, 'realtime-banner').waitFor();
  await look(page, 'connection-lost');
  await house.network.write(contact, number.phone, 'Saya tunggu');
  await house.program.start();
  await bubble(page, 'Saya tunggu').waitFor();
  await gone(at(page, 'realtime-banner'));
  assert.equal(await at(page, 'composer').inputValue(), 'Sebentar ya', 'nothing typed is lost');
  await page.keyboard.press('Escape');
  await at(page, 'composer').fill('');
});
