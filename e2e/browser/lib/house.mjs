// The house that the stories share: one program, one simulator, one owner who is logged in.
import { strict as assert } from 'node:assert';
import { Network } from './network.mjs';
import { launch, until } from './program.mjs';
import { at, visitor } from './browser.mjs';

export const OWNER = { name: 'Ayu Pertiwi', email: 'ayu@melati.example', password: 'pisang goreng 7' };

/** Filled by begin(); stories read it. */
export const house = { program: undefined, network: undefined, url: '', owner: undefined };

export async function begin() {
  house.program = await launch();
  house.url = house.program.url;
  house.network = new Network(house.program.network);
}

export async function end() {
  await house.program?.end();
}

/** Logs in through the page. */
export async function login(page, { email, password }) {
  await page.goto('/login');
  await at(page, 'login-email').fill(email);
  await at(page, 'login-password').fill(password);
  await at(page, 'login-submit').click();
  await at(page, 'account-menu').waitFor();
}

/** The owner's page, logged in once and used by every story that does not say otherwise. */
export async function owner() {
  if (!house.owner) {
    house.owner = await visitor(house.url);
    await login(house.owner, OWNER);
  }
  return house.owner;
}

/** Asks the API from within the page, with the page's own session; for what a story needs but is not about. */
export async function ask(page, method, path, body) {
  const answer = await page.evaluate(
    async ({ method, path, body }) => {
      const me = await (await fetch('/v1/me')).json();
      const workspace = sessionStorage.getItem('sapa.workspace') ?? me.memberships[0].workspace.id;
      const headers = { 'Sapa-CSRF': me.csrf, 'Sapa-Workspace': workspace, 'Idempotency-Key': crypto.randomUUID() };
      if (body) headers['Content-Type'] = 'application/json';
      const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      return { ok: response.ok, status: response.status, text: await response.text() };
    },
    { method, path, body },
  );
  assert(answer.ok, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text ? JSON.parse(answer.text) : undefined;
}

let lastPhone = 6281250000000; // apart from those that the simulator gives by itself
/** A phone number that no other story uses. */
export const newPhone = () => String(++lastPhone);

let lastContact = 6281300000000;
/** A contact that no other story uses and that acts only when told to. */
export async function newContact(name, behaviour) {
  const phone = String(++lastContact);
  await house.network.contact(phone, name, behaviour);
  return phone;
}

/** A connected number, paired through the API. */
export async function connectedNumber(page, name) {
  const phone = newPhone();
  await house.network.phone(phone, name);
  const number = await ask(page, 'POST', '/v1/numbers', { name, provider: 'web' });
  await ask(page, 'POST', `/v1/numbers/${number.id}/pair`, { method: 'qr' });
  const shown = await until(async () => (await ask(page, 'GET', `/v1/numbers/${number.id}/pairing`)).qr, 'a QR code');
  await house.network.scan(phone, shown.text);
  await until(async () => (await ask(page, 'GET', `/v1/numbers/${number.id}`)).state === 'connected', `${name} is connected`);
  return { id: number.id, name, phone };
}
