// A Baileys client against the simulated network, driven through its control API:
//
//	sapa sim &
//	npm ci --ignore-scripts && node run.mjs http://127.0.0.1:7600
//
// It pairs by QR, receives and answers texts, sees both kinds of receipts, and gets what was written while it was away.
// Each line it prints is one step; it ends with 0 when all were seen, with 1 and the reason otherwise.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import makeWASocket, { DisconnectReason, WA_CERT_DETAILS, useMultiFileAuthState } from '@whiskeysockets/baileys';

const base = process.argv[2] ?? 'http://127.0.0.1:7600';
const contact = '6281377770001';

async function control(method, path, body) {
  const response = await fetch(base + '/control/v1' + path, {
    method, headers: body && { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${answer.error.message}`);
  return answer;
}

// The library takes the address from its configuration and the root of the Noise certificate from an exported object;
// media go to a fixed host, which only fetch can redirect.
const { root } = await control('GET', '/network');
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(root, 'base64');
const fetchReal = globalThis.fetch;
globalThis.fetch = (url, options) => fetchReal(String(url).replace(/^https:\/\/mmg\.whatsapp\.net/, base), options);

const folder = await mkdtemp(join(tmpdir(), 'baileys-'));
const { state, saveCreds } = await useMultiFileAuthState(folder);
const seen = { texts: [], statuses: new Map(), phone: '' };
let socket;
console.info = () => {}; // libsignal prints whole sessions with it

function connect() {
  socket = makeWASocket({
    auth: state, version: [2, 3000, 1029000000], logger: pino({ level: process.env.LOG ?? 'silent' }),
    waWebSocketUrl: base.replace('http', 'ws') + '/ws/chat', syncFullHistory: false,
  });
  socket.ev.on('creds.update', saveCreds);
  socket.ev.on('connection.update', update);
  socket.ev.on('messages.upsert', ({ messages }) => {
    for (const m of messages) {
      status(m.key, m.status); // the library folds a receipt into the message when both come at once
      if (!m.key.fromMe) seen.texts.push({ text: m.message?.conversation ?? m.message?.extendedTextMessage?.text, jid: m.key.remoteJid });
    }
  });
  socket.ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) status(key, update.status);
  });
}

function status(key, value) {
  if (value && key.fromMe) seen.statuses.set(key.id, Math.max(value, seen.statuses.get(key.id) ?? 0));
}

async function update({ connection, qr, lastDisconnect }) {
  if (qr && !seen.phone) seen.phone = (await control('POST', '/scan', { qr, name: 'Toko Baileys' })).phone;
  if (connection === 'open') seen.open = true;
  if (connection === 'close') {
    seen.open = false;
    if (lastDisconnect?.error?.output?.statusCode === DisconnectReason.restartRequired) connect();
  }
}

async function until(what, check) {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    const found = await check();
    if (found) {
      console.log('ok', what);
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('not seen within two minutes: ' + what);
}

try {
  connect();
  await until('paired by QR and connected', () => seen.open);
  const write = (text) => control('POST', `/contacts/${contact}/messages`, { to: seen.phone, text });
  await write('halo dari kontak');
  const got = await until('a text is received', () => seen.texts.find((m) => m.text === 'halo dari kontak'));
  const { key } = await socket.sendMessage(got.jid, { text: 'halo juga' });
  await until('an answer is received and decrypted by the contact', async () => (await control('GET', `/contacts/${contact}/inbox`)).items.find((m) => m.text === 'halo juga' && m.id === key.id));
  await until('the delivery receipt arrives', () => seen.statuses.get(key.id) >= 3);
  await control('POST', `/contacts/${contact}/read`, { from: seen.phone, ids: [key.id] });
  await until('the read receipt arrives', () => seen.statuses.get(key.id) >= 4);
  await socket.end(undefined);
  await until('disconnected', () => !seen.open);
  for (let i = 0; i < 5; i++) await write(`antre ${i}`);
  connect();
  await until('what was written meanwhile arrives once and in order', () =>
    seen.texts.filter((m) => m.text?.startsWith('antre')).map((m) => m.text).join() === 'antre 0,antre 1,antre 2,antre 3,antre 4');
  const { items } = await control('GET', `/ledger?a=${contact}&b=${seen.phone}`);
  await until('the ledger agrees: 6 received, none lost', () => items.filter((m) => m.from === contact).length === 6 && items.every((m) => !m.lost));
} catch (error) {
  console.log('not ok', error.message);
  process.exitCode = 1;
} finally {
  socket?.end(undefined);
  await rm(folder, { recursive: true, force: true });
  setTimeout(() => process.exit(), 200).unref();
}
