// A server for working on the UI without the program: it answers /v1 from memory and serves the built app.
// `npm run build && npm run mock`, then http://localhost:8090. Not part of the product.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as data from './data.mjs';

const PORT = Number(process.env.PORT ?? 8090);
const SIMULATOR = process.env.MOCK_SIMULATOR !== '0';
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
  '.json': 'application/json',
};

const state = { loggedIn: true, needsSetup: false, language: 'en', pairing: undefined, attempts: 0, empty: false };
const sockets = new Set();
const list = (items) => ({ items, next: '' });

class Refusal extends Error {
  constructor(status, detail, more = {}) {
    super(detail);
    this.body = { type: 'about:blank', title: detail, status, detail, code: '', ...more };
  }
}

const me = () => ({
  person: {
    id: '01PERSONANI',
    name: 'Ani Wulandari',
    email: 'ani@toko-melati.example',
    language: state.language,
    theme: 'system',
    administrator: true,
  },
  memberships: data.workspaces.map((workspace, i) => ({ workspace, role: i ? 'agent' : 'owner' })),
  csrf: 'csrf',
  simulator: SIMULATOR,
  version: 'mock',
  public_url: '',
});

// A 29 by 29 picture in the look of a QR code, as a BMP that browsers show under any image type.
function fakeQr() {
  const n = 29;
  const row = Math.ceil((n * 3) / 4) * 4;
  const body = Buffer.alloc(row * n);
  const finder = (x, y) =>
    [
      [0, 0],
      [n - 7, 0],
      [0, n - 7],
    ]
      .map(([a, b]) => Math.max(Math.abs(x - a - 3), Math.abs(y - b - 3)))
      .filter((d) => d <= 4)
      .map((d) => d !== 2 && d !== 4)[0];
  for (let y = 0; y < n; y += 1)
    for (let x = 0; x < n; x += 1) {
      const dark = finder(x, y) ?? Math.random() > 0.5;
      body.fill(dark ? 20 : 255, (n - 1 - y) * row + x * 3, (n - 1 - y) * row + x * 3 + 3);
    }
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(54 + body.length, 2);
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(n, 18);
  head.writeInt32LE(n, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  return Buffer.concat([head, body]).toString('base64');
}

const limit = () => ({ allowed: 5, remaining: 4, resets_at: new Date(Date.now() + 2_400_000).toISOString() });
const noPairing = () => ({
  open: false,
  method: 'qr',
  step: 'waiting',
  qr: null,
  code: '',
  code_expires_at: null,
  passkey: null,
  failure: null,
  limit: limit(),
});
function pairing() {
  const p = state.pairing;
  if (!p) return noPairing();
  if (p.qr && Date.parse(p.qr.expires_at) < Date.now())
    p.qr = { png_base64: fakeQr(), text: '2@mock', expires_at: new Date(Date.now() + 20_000).toISOString() };
  return { ...p, limit: limit() };
}
function startPairing(body) {
  const code = body.method === 'code';
  state.pairing = {
    ...noPairing(),
    open: true,
    method: body.method,
    step: 'shown',
    qr: code ? null : { png_base64: fakeQr(), text: '2@mock', expires_at: new Date(Date.now() + 60_000).toISOString() },
    code: code ? 'K7WX-29QM' : '',
  };
  return pairing();
}
function scan(n) {
  const steps = state.passkeyNext ? ['scanned', 'passkey'] : ['scanned', 'linking', 'syncing', 'connected'];
  for (const [i, step] of steps.entries())
    setTimeout(
      () => {
        if (!state.pairing) return;
        Object.assign(state.pairing, { step, qr: null, code: '', open: step !== 'connected' });
        if (step === 'passkey')
          state.pairing.passkey = { stage: 'request', public_key: { challenge: 'bW9jaw', rpId: 'web.whatsapp.com' } };
        if (step === 'connected')
          Object.assign(n, {
            state: 'connected',
            phone: n.phone || '+6281200001111',
            since: new Date().toISOString(),
            cause: 'paired',
            cause_code: '',
            enabled: true,
          });
        emit('number.pairing', { number: n.id, data: { step } });
        emit('number.state', { number: n.id, data: { state: n.state } });
      },
      700 * (i + 1),
    );
}

function overview() {
  const by = {};
  for (const n of data.numbers) by[n.state] = (by[n.state] ?? 0) + 1;
  const sum = (k) => data.hours.reduce((s, h) => s + h[k], 0);
  return {
    numbers: {
      total: state.empty ? 0 : data.numbers.length,
      by_state: by,
      attention: data.numbers.filter((n) =>
        ['paused', 'logged_out', 'banned', 'replaced', 'degraded'].includes(n.state),
      ),
    },
    messages: { in_24h: sum('in'), out_24h: sum('out'), hours: data.hours },
    queue: { waiting: 3, oldest_seconds: 2500, failed_24h: 1 },
    conversations: {
      unread: data.conversations.filter((c) => c.unread).length,
      waiting: data.conversations.filter((c) => c.last_message.direction === 'in').slice(0, 5),
    },
    pairing_limit: limit(),
  };
}

function page(items, query, size) {
  const at = Number(query.get('cursor') || 0);
  return { items: items.slice(at, at + size), next: at + size < items.length ? String(at + size) : '' };
}
const find = (items, id) => items.find((x) => x.id === id) ?? refuse(404, 'not found');
const refuse = (...args) => {
  throw new Refusal(...args);
};

function sent(c, body) {
  const m = {
    id: data.id(),
    conversation: c.id,
    number: c.number,
    wa_id: '',
    direction: 'out',
    author: { kind: 'person', id: '01PERSONANI', name: 'Ani Wulandari' },
    kind: 'text',
    text: body.text,
    quoted: null,
    status: 'queued',
    failure: null,
    time: new Date().toISOString(),
    metadata: {},
    client_ref: body.client_ref,
  };
  const q = data.messages.get(c.id).find((x) => x.id === body.quoted);
  if (q) m.quoted = { message: q.id, text: q.text, author: q.author };
  data.messages.get(c.id).push(m);
  Object.assign(c, { last_message: m, last_activity: m.time });
  for (const [i, status] of ['sent', 'delivered', 'read'].entries()) {
    const arrive = () => {
      m.status = status;
      emit(`message.${status}`, { number: c.number, conversation: c.id, data: {} });
    };
    setTimeout(arrive, 900 * (i + 1));
  }
  return m;
}

// Method and path, colon parameters as in `/v1/numbers/:id`.
const routes = {
  'GET /v1/setup': () => ({ needed: state.needsSetup, simulator: SIMULATOR }),
  'POST /v1/setup': () => {
    Object.assign(state, { needsSetup: false, loggedIn: true });
    return me();
  },
  'POST /v1/login': ({ body }) => {
    if (body.password !== 'correct horse') {
      state.attempts += 1;
      if (state.attempts > 4)
        refuse(429, 'too many attempts', { code: 'limited', reason: 'login_locked', retry_after: 300 });
      refuse(401, 'email or password is wrong', { code: 'unauthorized' });
    }
    Object.assign(state, { loggedIn: true, attempts: 0 });
    return me();
  },
  'POST /v1/logout': () => {
    state.loggedIn = false;
  },
  'GET /v1/me': () => (state.loggedIn ? me() : refuse(401, 'log in first', { code: 'unauthorized' })),
  'PATCH /v1/me': ({ body }) => {
    if (body.language) state.language = body.language;
    return me();
  },
  'GET /v1/invitations/:id': () => ({
    workspace_name: 'Toko Melati',
    email: 'citra@toko-melati.example',
    role: 'agent',
    existing_person: false,
  }),
  'GET /v1/password-reset/:id': () => ({ email: 'ani@toko-melati.example' }),
  'GET /v1/overview': overview,
  'GET /v1/workspace': () => ({
    ...data.workspaces[0],
    origins: ['https://toko-melati.example'],
    max_numbers: 5,
    broadcast_qr: false,
    created_at: new Date().toISOString(),
  }),
  'GET /v1/people': () => list(data.members),
  'GET /v1/invitations': () =>
    list([
      {
        id: '01INV',
        email: 'dodi@toko-melati.example',
        role: 'agent',
        mailed: false,
        created_at: new Date().toISOString(),
        expires_at: new Date(Date.now() + 6e8).toISOString(),
      },
    ]),
  'POST /v1/invitations': ({ body }) => ({
    id: data.id(),
    ...body,
    mailed: false,
    link: '/invitation/mock',
    expires_at: new Date(Date.now() + 6e8).toISOString(),
    created_at: new Date().toISOString(),
  }),
  'GET /v1/api-keys': () =>
    list(
      state.empty
        ? []
        : [
            {
              id: '01KEY',
              name: 'Toko web',
              prefix: 'sapa_7Fq2',
              scopes: ['messages:send', 'contacts:read'],
              created_at: new Date(Date.now() - 3e9).toISOString(),
              last_used_at: new Date(Date.now() - 6e5).toISOString(),
            },
          ],
    ),
  'POST /v1/api-keys': ({ body }) => ({
    id: data.id(),
    prefix: 'sapa_9Kz1',
    key: 'sapa_9Kz1mockmockmockmockmockmock',
    created_at: new Date().toISOString(),
    last_used_at: null,
    ...body,
  }),
  'POST /v1/settings/address': ({ body }) => ({
    public_url: body.public_url,
    reached: false,
    reason: 'silent',
    detail: '',
  }),
  'POST /v1/setup/address': ({ body }) => ({ public_url: body.public_url, reached: true, reason: '', detail: '' }),
  'GET /v1/settings': () => ({ public_url: 'http://localhost:8080', public_url_fixed: false }),
  'GET /v1/realtime/app': () => ({
    app_id: '01WORKSPACEMELATI',
    key: '278d425bdf160c739803',
    secret: '7ad3773142a6692b25b8',
    origins: [],
  }),
  'GET /v1/realtime': () => ({
    key: 'mock',
    path: '/app',
    channel: 'private-workspace.01WORKSPACEMELATI',
    presence: 'presence-workspace.01WORKSPACEMELATI',
    auth_endpoint: '/v1/realtime/auth',
  }),
  'POST /v1/realtime/auth': ({ body }) => ({
    auth: 'mock:mock',
    ...(body.channel_name?.startsWith('private-encrypted')
      ? { shared_secret: Buffer.alloc(32).toString('base64') }
      : {}),
  }),
  'GET /v1/events': ({ query }) => ({
    items: data.history(query.get('number')).reverse(),
    next_after: 6,
    next_before: 0,
  }),
  'GET /v1/numbers': () => list(state.empty ? [] : data.numbers),
  'POST /v1/numbers': ({ body }) => {
    const n = {
      ...data.numbers.at(-1),
      id: data.id(),
      name: body.name,
      phone: '',
      state: 'created',
      primary: false,
      created_at: new Date().toISOString(),
    };
    data.numbers.push(n);
    return n;
  },
  'GET /v1/numbers/:id': ({ id }) => find(data.numbers, id),
  'PATCH /v1/numbers/:id': ({ id, body }) =>
    Object.assign(find(data.numbers, id), body.name ? { name: body.name } : {}),
  'DELETE /v1/numbers/:id': ({ id }) => {
    data.numbers.splice(data.numbers.indexOf(find(data.numbers, id)), 1);
  },
  'GET /v1/numbers/:id/pairing': pairing,
  'POST /v1/numbers/:id/pair': ({ body }) => startPairing(body),
  'DELETE /v1/numbers/:id/pairing': () => {
    state.pairing = undefined;
  },
  'POST /v1/numbers/:id/simulated-scan': ({ id }) => scan(find(data.numbers, id)),
  'POST /v1/numbers/:id/pairing/passkey': ({ body }) => {
    if (body.response) state.pairing.passkey = { stage: 'confirm', confirmation_code: '4821' };
    else Object.assign(state.pairing, { step: 'connected', open: false, passkey: null });
    return pairing();
  },
  'POST /v1/numbers/:id/connect': ({ id }) =>
    Object.assign(find(data.numbers, id), {
      state: 'connected',
      enabled: true,
      cause: 'start',
      since: new Date().toISOString(),
    }),
  'POST /v1/numbers/:id/disconnect': ({ id }) =>
    Object.assign(find(data.numbers, id), {
      state: 'paused',
      enabled: false,
      cause: 'person',
      cause_code: '',
      until: undefined,
      since: new Date().toISOString(),
    }),
  'POST /v1/numbers/:id/restart': ({ id }) => find(data.numbers, id),
  'POST /v1/numbers/:id/logout': ({ id }) =>
    Object.assign(find(data.numbers, id), { state: 'logged_out', cause: 'person', since: new Date().toISOString() }),
  'POST /v1/numbers/:id/primary': ({ id }) => {
    for (const n of data.numbers) n.primary = n.id === id;
    return find(data.numbers, id);
  },
  'GET /v1/conversations': ({ query }) => {
    const q = (query.get('q') ?? '').toLowerCase();
    const hits = state.empty
      ? []
      : data.conversations
          .filter(
            (c) =>
              (!query.get('number') || c.number === query.get('number')) &&
              (!query.get('unread') || c.unread) &&
              (!q || `${c.contact.name} ${c.contact.phone} ${c.last_message.text}`.toLowerCase().includes(q)),
          )
          .sort((a, b) => b.last_activity.localeCompare(a.last_activity));
    return page(hits, query, Number(query.get('limit') ?? 50));
  },
  'GET /v1/conversations/:id': ({ id }) => find(data.conversations, id),
  'GET /v1/conversations/:id/messages': ({ id, query }) => page([...data.messages.get(id)].reverse(), query, 50),
  'POST /v1/conversations/:id/messages': ({ id, body }) =>
    body.text.includes('FAIL') ? refuse(503, 'the database is busy') : sent(find(data.conversations, id), body),
  'POST /v1/conversations/:id/read': ({ id }) => Object.assign(find(data.conversations, id), { unread: 0 }),
  'POST /v1/conversations/:id/typing': () => undefined,
  'PATCH /v1/contacts/:id': ({ id, body }) =>
    Object.assign(data.conversations.find((c) => c.contact.id === id).contact, body),
  // Only the mock: put it into a state for a screenshot.
  'POST /v1/mock': ({ body }) => Object.assign(state, body),
  'POST /v1/mock/event': ({ body }) => emit(body.type, body),
};

function match(method, path) {
  for (const [key, handler] of Object.entries(routes)) {
    const [m, pattern] = key.split(' ');
    const a = pattern.split('/');
    const b = path.split('/');
    if (m === method && a.length === b.length && a.every((part, i) => part.startsWith(':') || part === b[i]))
      return { handler, id: b[3] };
  }
}

const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://mock');
  if (!url.pathname.startsWith('/v1/')) return serveFile(url.pathname, res);
  const hit = match(req.method, url.pathname);
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  try {
    if (!hit) refuse(404, 'no such route');
    const body = text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
    const answer = hit.handler({ body, query: url.searchParams, id: hit.id });
    res.writeHead(answer === undefined ? 204 : 200, { 'Content-Type': 'application/json' });
    res.end(answer === undefined ? undefined : JSON.stringify(answer));
  } catch (e) {
    const body = e instanceof Refusal ? e.body : { status: 500, detail: String(e), code: 'internal' };
    res.writeHead(body.status, { 'Content-Type': 'application/problem+json' });
    res.end(JSON.stringify(body));
  }
});

function serveFile(path, res) {
  const file = path !== '/' && existsSync(dist + path) ? path : '/index.html';
  res.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
  res.end(readFileSync(dist + file));
}

// Just enough of the Pusher protocol for the UI to be live: text frames under 64 kB, one workspace.
function frame(text) {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, body.length])
      : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}
const say = (socket, event, payload, channel) =>
  socket.write(frame(JSON.stringify({ event, channel, data: JSON.stringify(payload) })));
function emit(type, e) {
  const envelope = { id: data.id(), time: new Date().toISOString(), workspace: '01WORKSPACEMELATI', ...e, type };
  for (const s of sockets) say(s, type, envelope, 'private-workspace.01WORKSPACEMELATI');
}
server.on('upgrade', (req, socket) => {
  const accept = createHash('sha1')
    .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket)).on('error', () => sockets.delete(socket));
  say(socket, 'pusher:connection_established', { socket_id: '1.1', activity_timeout: 120 });
  socket.on('data', (buffer) => {
    if ((buffer[0] & 15) === 8) return socket.end();
    const long = (buffer[1] & 127) === 126;
    const at = long ? 4 : 2;
    const mask = buffer.subarray(at, at + 4);
    const text = Buffer.from(buffer.subarray(at + 4).map((b, i) => b ^ mask[i % 4])).toString();
    try {
      const m = JSON.parse(text);
      if (m.event === 'pusher:subscribe') say(socket, 'pusher_internal:subscription_succeeded', {}, m.data.channel);
      if (m.event === 'pusher:ping') say(socket, 'pusher:pong', {});
    } catch {
      // Two frames in one packet: the mock does not care.
    }
  });
});
server.listen(PORT, '127.0.0.1', () => console.log(`mock on http://localhost:${PORT}`));
