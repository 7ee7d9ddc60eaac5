// Takes the README's picture: the inbox of a shop in the middle of its day.
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { at, closeBrowser } from './lib/browser.mjs';
import { ask, begin, connectedNumber, end, house, newContact, owner, OWNER } from './lib/house.mjs';
import { ROOT, until } from './lib/program.mjs';

const PICTURE = join(ROOT, 'docs/images/inbox.png');
const LIMIT_BYTES = 200_000;

async function setUp() {
  const token = new URL(house.program.setupLink()).searchParams.get('token');
  const answer = await fetch(`${house.url}/v1/setup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...OWNER, token, language: 'en', workspace: { name: 'Toko Melati', country: 'ID', timezone: 'Asia/Jakarta' } }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

const CUSTOMERS = [
  ['Olivia Baker', 'Hello, do you have Toraja beans at the moment?'],
  ['Budi Hartono', 'Permisi, madu hutan yang botol besar masih ada?'],
  ['James Foster', 'Hi! What time do you close today?'],
  ['Dewi Lestari', 'Halo, paket saya belum datang juga ya?'],
  ['Pak Hendra (RT 05)', 'Assalamualaikum, hari Sabtu tokonya buka?'],
  ['Putri Maulana', 'Kak, barang yang saya terima pecah satu'],
  ['Emma Clarke', 'Thanks, it arrived this morning. Lovely!'],
];
const TALK = [
  ['in', 'Halo kak, kopi Gayo 250 gram harganya berapa ya?'],
  ['out', 'Halo Bu Siti, selamat siang! Kopi Gayo 250 gram 85 ribu, siap kirim hari ini.'],
  ['in', 'Kalau ambil tiga bisa gratis ongkir ke Bandung?'],
  ['out', 'Bisa kak. Tiga bungkus ke Bandung gratis ongkir, sampai besok sore.'],
  ['in', 'Wah pas. Saya ambil tiga ya, digiling halus.'],
  ['out', 'Siap, saya siapkan. Alamatnya masih yang di Dago?'],
  ['in', 'Masih kak, terima kasih'],
];

const textsOf = async (page, talk) => (await ask(page, 'GET', `/v1/conversations/${talk.id}/messages`)).items.map((m) => m.text);

/** A day's worth of customers, and one of them in the middle of an order. */
async function busyDay(page) {
  const number = await connectedNumber(page, 'Toko Melati');
  const conversations = async () => (await ask(page, 'GET', '/v1/conversations')).items;
  for (const [name, text] of CUSTOMERS) {
    const count = (await conversations()).length;
    await house.network.write(await newContact(name), number.phone, text);
    await until(async () => (await conversations()).length > count, `${name} has written`);
  }
  for (const c of (await conversations()).slice(-3)) await ask(page, 'POST', `/v1/conversations/${c.id}/read`, {});
  const siti = await newContact('Bu Siti Rahayu');
  for (const [direction, text] of TALK) await speak(page, { number, siti, direction, text });
  return (await conversations()).find((c) => c.contact.name === 'Bu Siti Rahayu');
}

async function speak(page, { number, siti, direction, text }) {
  const talk = async () => (await ask(page, 'GET', '/v1/conversations')).items.find((c) => c.contact.name === 'Bu Siti Rahayu');
  if (direction === 'in') {
    await house.network.write(siti, number.phone, text);
    await until(async () => (await talk()) && (await textsOf(page, await talk())).includes(text), text);
    return;
  }
  const sent = await ask(page, 'POST', `/v1/conversations/${(await talk()).id}/messages`, { text });
  const status = async () => (await ask(page, 'GET', `/v1/messages/${sent.id}`)).status;
  await until(async () => (await status()) === 'delivered', 'it arrives');
  await house.network.read(siti, number.phone);
  await until(async () => (await status()) === 'read', 'it is read');
}

try {
  await begin();
  await setUp();
  const page = await owner();
  const talk = await busyDay(page);
  await page.goto(`/conversations/${talk.id}`);
  await at(page, 'composer').waitFor();
  await at(page, 'conversation').first().waitFor();
  await page.waitForLoadState('networkidle');
  mkdirSync(join(ROOT, 'docs/images'), { recursive: true });
  await page.screenshot({ path: PICTURE, animations: 'disabled' });
  const { size } = statSync(PICTURE);
  if (size > LIMIT_BYTES) throw new Error(`${PICTURE} has ${size} bytes; at most ${LIMIT_BYTES} are wanted`);
  console.log(`docs/images/inbox.png: ${size} bytes`);
} finally {
  await closeBrowser();
  await end();
}
