import { call, get, patch, post, put, remove } from './api.js';
import { button, check, field, form, h, say, time } from './dom.js';

let list;
let shown = '';

export const phones = {
  async render(main) {
    shown = '';
    list = h('div', { class: 'cards' });
    const point = await pointCard();
    main.append(h('h2', {}, 'Phones'), list, h('h2', { class: 'later' }, 'Link and add'), h('div', { class: 'cards' }, scanCard(), addCard(), point));
  },
  async refresh() {
    const { items } = await get('/accounts');
    const now = JSON.stringify(items);
    if (now === shown || list.contains(document.activeElement)) return; // nothing new, or somebody types in it
    shown = now;
    list.replaceChildren(...(items.length ? items.map(card) : [h('p', { class: 'empty' }, 'No phone yet. Scan a QR code below: a phone is made for it.')]));
  },
};

const linked = (account) => `${account.name} (${account.phone}) has scanned the code.`;

function scanCard() {
  const drop = h('div', { class: 'drop' }, 'Drop, paste or choose a screenshot of the code: ',
    h('input', { type: 'file', accept: 'image/*', 'aria-label': 'Picture of a QR code', onchange: (event) => picture(event.target.files[0]) }));
  const phone = field('Phone number (empty: a new phone)', 'phone', { inputmode: 'tel', placeholder: '62812…' });
  const picture = async (file) => {
    if (!file) return;
    try {
      const query = new URLSearchParams({ phone: phone.querySelector('input').value });
      say(linked(await call('POST', '/scan/picture?' + query, file, file.type || 'application/octet-stream')));
    } catch (error) { say(error.message, true); }
  };
  drop.addEventListener('dragover', (event) => { event.preventDefault(); drop.classList.add('over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => { event.preventDefault(); drop.classList.remove('over'); picture(event.dataTransfer.files[0]); });
  const made = form({ class: 'card', 'aria-label': 'Scan a QR code' }, async (fields, element) => {
    const account = await post('/scan', { qr: fields.qr.trim(), phone: fields.phone });
    element.reset();
    return linked(account);
  },
    h('h3', {}, 'Scan a QR code'), phone,
    h('label', {}, 'Text of the code', h('textarea', { name: 'qr', rows: 3, placeholder: 'https://wa.me/settings/linked_devices#2@…' })),
    drop, h('div', {}, h('button', { class: 'main' }, 'Scan')));
  made.addEventListener('paste', (event) => picture([...event.clipboardData.files].find((file) => file.type.startsWith('image/'))));
  return made;
}

function addCard() {
  return form({ class: 'card', 'aria-label': 'Add a phone' }, async (fields, element) => {
    const account = await post('/accounts', fields);
    element.reset();
    return `${account.name} (${account.phone}) is ready to scan or to take a code.`;
  },
    h('h3', {}, 'Add a phone'),
    field('Phone number (empty: the next free one)', 'phone', { inputmode: 'tel', placeholder: '6281200000001' }),
    field('Name', 'name', { placeholder: 'Toko Melati' }),
    h('div', {}, h('button', {}, 'Add')));
}

async function pointCard() {
  const { pointing } = await get('/network');
  return h('div', { class: 'card' }, h('h3', {}, 'Point Sapa here'), h('pre', { tabindex: 0 }, pointing),
    h('div', {}, button('Copy', async () => { await navigator.clipboard.writeText(pointing); return 'Copied.'; })));
}

function card(account) {
  const base = `/accounts/${account.phone}`;
  return h('section', { class: 'card', 'aria-label': account.name },
    h('div', { class: 'split' },
      h('div', {}, h('h3', {}, account.name), h('small', {}, `+${account.phone} · hidden id ${account.lid}`)),
      account.reports > 0 && h('span', { class: 'chip bad' }, `${account.reports} reports`)),
    companions(account, base),
    h('div', { class: 'row' },
      button('Open chats', () => { location.hash = 'chats/' + account.phone; }),
      button('Let customers write', async () => { await post(base + '/script'); return 'Customers begin to write.'; }),
      button('End customers', async () => { await remove(base + '/script'); return 'They stop.'; })),
    codeForm(base), passkeyForm(base), trouble(base), rename(account, base));
}

function companions(account, base) {
  if (account.companions.length === 0) return h('p', { class: 'quiet' }, 'No companion is linked.');
  return h('div', {}, ...account.companions.map((c) => h('div', { class: 'split' },
    h('span', {}, `Device ${c.device} · ${c.platform || 'unknown'} `,
      h('span', { class: c.online ? 'chip good' : 'chip' }, c.online ? 'online' : 'offline'), ' ',
      h('small', {}, `${c.queued} queued · ${c.prekeys} prekeys · since ${time(c.paired_at)}`)),
    button('Unlink', async () => { await remove(`${base}/companions/${c.device}`); return 'Unlinked.'; }, { class: 'danger' }))));
}

function codeForm(base) {
  return h('details', {}, h('summary', {}, 'Enter a pairing code'),
    form({ class: 'row' }, async (fields) => { await post(base + '/code', fields); return 'The code was right.'; },
      field('Eight characters', 'code', { placeholder: 'ABCD-EFGH', required: true }), h('button', {}, 'Enter')));
}

function passkeyForm(base) {
  return h('details', {}, h('summary', {}, 'Passkey'),
    form({}, async (fields) => { await put(base + '/passkey', fields); return 'From the next scan on.'; },
      check('Ask for a passkey after a scan', 'required'), check('Refuse the answer', 'refuse_response'), check('Refuse the confirmation', 'refuse_confirm'),
      h('button', {}, 'Set')));
}

function trouble(base) {
  const box = h('div', { class: 'row' });
  return h('details', { ontoggle: async () => {
    const { items } = await get(base + '/actions');
    box.replaceChildren(...items.map((a) => button(a.name, async () => { await post(`${base}/actions/${a.name}`, a.body ?? {}); return a.doc; }, { title: a.doc })));
  } }, h('summary', {}, 'Trouble with the connection'), box);
}

function rename(account, base) {
  return h('details', {}, h('summary', {}, 'Rename'),
    form({ class: 'row' }, async (fields) => { await patch(base, fields); return 'Renamed.'; },
      field('Name', 'name', { value: account.name, required: true }), h('button', {}, 'Rename')));
}
