// What the mock server answers: one workspace with three numbers in different states and a few dozen conversations.

const iso = (minutesAgo) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
let counter = 0;
export function id() {
  counter += 1;
  return `01MOCK${String(counter).padStart(20, '0')}`;
}

export const workspaces = [
  { id: '01WORKSPACEMELATI', name: 'Toko Melati', country: 'ID', timezone: 'Asia/Jakarta' },
  { id: '01WORKSPACEKENANGA', name: 'Klinik Kenanga', country: 'ID', timezone: 'Asia/Makassar' },
];

const number = (over) => ({
  provider: 'web',
  cause: '',
  cause_code: '',
  cause_text: '',
  primary: false,
  enabled: true,
  last_activity: iso(3),
  proxy_set: false,
  metadata: {},
  push_name: '',
  created_at: iso(60 * 24 * 40),
  ...over,
});

export const numbers = [
  number({
    id: '01NUMBERSALES',
    name: 'Penjualan',
    phone: '+6281234567890',
    state: 'connected',
    cause: 'paired',
    since: iso(60 * 26),
    primary: true,
    push_name: 'Toko Melati',
  }),
  number({
    id: '01NUMBERBANDUNG',
    name: 'Cabang Bandung',
    phone: '+6285711223344',
    state: 'paused',
    cause: 'temporary_ban',
    cause_code: '463',
    since: iso(42),
    until: iso(-95),
    push_name: 'Melati Bandung',
    last_activity: iso(44),
    proxy_set: true,
  }),
  number({
    id: '01NUMBERSERVICE',
    name: 'Layanan pelanggan',
    phone: '+6281399887766',
    state: 'logged_out',
    cause: 'device_removed',
    cause_code: '401',
    since: iso(12),
    last_activity: iso(14),
  }),
  number({
    id: '01NUMBERNEW',
    name: 'Gudang',
    phone: '',
    state: 'created',
    since: iso(5),
    last_activity: null,
    created_at: iso(5),
  }),
];

const people = [
  ['Siti Rahmawati', '+6281287654321', 'Kak, gamis yang warna sage masih ada ukuran L?'],
  ['Budi Santoso', '+6281311112222', 'Baik, terima kasih banyak 🙏'],
  ['Dewi Lestari', '+6282198765432', 'Paket saya sudah sampai mana ya? Resinya JP3920018827'],
  ['Agus Wijaya', '+6285255556666', 'Bisa COD ke daerah Cimahi?'],
  ['', '+6287812345678', 'Halo'],
  ['Rina Marlina', '+6281377778888', 'Saya mau tukar ukuran, kemarin kebesaran'],
  ['Anna Schmidt', '+4915123456789', 'Hi! Do you ship to Germany? How long does it take?'],
  ['Joko Prasetyo', '', 'Sudah saya transfer ya, mohon dicek'],
  ['Maya Anggraini', '+6281299990000', 'Ada promo bulan ini?'],
  ['Toko Berkah Jaya Abadi Sentosa Makmur', '+6281255554444', 'Untuk grosir minimal berapa pcs?'],
];

const quote = (m) => ({ message: m.id, text: m.text, author: m.author });

function message(conversation, numberId, over) {
  return {
    id: id(),
    conversation,
    number: numberId,
    wa_id: '3EB0MOCK',
    direction: 'in',
    author: { kind: 'contact' },
    kind: 'text',
    quoted: null,
    status: 'received',
    failure: null,
    metadata: {},
    ...over,
  };
}

const me = { kind: 'person', id: '01PERSONANI', name: 'Ani Wulandari' };
const out = (text, minutes, over = {}) => ({
  direction: 'out',
  author: me,
  status: 'read',
  text,
  time: iso(minutes),
  ...over,
});

export const messages = new Map();
export const conversations = [];

function addConversation(i, [name, phone, last]) {
  const cid = `01CONVERSATION${String(i).padStart(4, '0')}`;
  const numberId = numbers[i % 3].id;
  const start = i * 37 + 2;
  const list = [
    message(cid, numberId, { text: 'Selamat siang, apakah tokonya buka?', time: iso(start + 1600) }),
    message(
      cid,
      numberId,
      out(
        'Siang kak! Buka setiap hari pukul 09.00–20.00. Katalog lengkap ada di https://toko-melati.example/katalog.',
        start + 1590,
      ),
    ),
    message(cid, numberId, { text: 'Oke siap', time: iso(start + 1580) }),
    message(
      cid,
      numberId,
      out('Pesanan kakak sudah kami kirim hari ini 📦', start + 60, {
        author: { kind: 'api_key', id: '01KEY', name: 'Toko web' },
        status: 'delivered',
      }),
    ),
  ];
  list.push(message(cid, numberId, { text: last, time: iso(start), quoted: i % 2 ? quote(list[3]) : null }));
  if (i === 1)
    list.push(
      message(
        cid,
        numberId,
        out('Sama-sama kak 🙏 Kalau ada yang kurang pas, kabari ya.', start - 1, { status: 'sent' }),
      ),
    );
  if (i === 0) {
    list.splice(
      4,
      0,
      message(
        cid,
        numberId,
        out('Untuk warna lain bisa cek di katalog ya kak.', start + 12, {
          status: 'failed',
          failure: { code: 'expired', message: 'it could not be sent in time' },
        }),
      ),
    );
    list.splice(
      5,
      0,
      message(
        cid,
        numberId,
        out('Maaf kak, tadi jaringan kami terganggu.', start + 8, { author: { kind: 'phone' }, status: 'delivered' }),
      ),
    );
  }
  messages.set(cid, list);
  const newest = list.at(-1);
  conversations.push({
    id: cid,
    number: numberId,
    contact: {
      id: `01CONTACT${i}`,
      name,
      phone,
      lid: `12093847561${i}`,
      metadata: i === 0 ? { customer: 'C-10428', tier: 'gold' } : {},
    },
    last_message: newest,
    last_activity: newest.time,
    unread: newest.direction === 'in' && i % 3 !== 2 ? (i % 4) + 1 : 0,
    owner: 'human',
    metadata: i === 0 ? { order: 'JP3920018827' } : {},
  });
}
for (const [i, p] of people.entries()) addConversation(i, p);
for (let i = people.length; i < 240; i += 1)
  addConversation(i, [`Pelanggan ${i}`, `+62812000${String(10_000 + i)}`, 'Terima kasih kak']);

export const hours = Array.from({ length: 24 }, (_, i) => {
  const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - (23 - i) * 3_600_000);
  const local = (hour.getUTCHours() + 7) % 24;
  const wave = local < 6 ? 1 : Math.round(14 + 12 * Math.sin(((local - 6) / 15) * Math.PI));
  return { hour: hour.toISOString(), in: wave + (i % 3), out: Math.round(wave * 0.8) };
});

export const members = [
  { id: '01PERSONANI', name: 'Ani Wulandari', email: 'ani@toko-melati.example', role: 'owner', last_seen: iso(1) },
  { id: '01PERSONBAYU', name: 'Bayu Nugroho', email: 'bayu@toko-melati.example', role: 'admin', last_seen: iso(95) },
  { id: '01PERSONCITRA', name: 'Citra Dewi', email: 'citra@toko-melati.example', role: 'agent', last_seen: null },
];

export const history = (numberId) =>
  [
    ['pairing', '', '', 3000],
    ['connecting', 'paired', '', 2999],
    ['connected', 'start', '', 2998],
    ['degraded', 'no_life', '', 400],
    ['connected', 'start', '', 396],
    ['paused', 'temporary_ban', '463', 42],
  ].map(([state, cause, code, minutes], i) => ({
    id: id(),
    seq: i + 1,
    type: 'number.state',
    time: iso(minutes),
    workspace: workspaces[0].id,
    number: numberId,
    data: { state, previous: '', cause, cause_code: code, enabled: true },
  }));
