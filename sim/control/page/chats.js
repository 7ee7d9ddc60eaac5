import { get, patch, post } from './api.js';
import { button, check, field, form, h, happened, time } from './dom.js';

let account = '';
let contact = '';
let parts;
let shownList = '';
let shownThread = '';

export const chats = {
  async render(main) {
    [, account = ''] = location.hash.slice(1).split('/');
    shownList = shownThread = '';
    const { items } = await get('/accounts');
    if (items.length === 0) {
      parts = null;
      main.append(h('h2', {}, 'Chats'), h('p', { class: 'empty' }, 'No phone yet. Open Phones and scan a QR code.'));
      return;
    }
    account ||= items[0].phone;
    const choose = h('select', { 'aria-label': 'Account', onchange: (event) => { contact = ''; location.hash = 'chats/' + event.target.value; } },
      ...items.map((a) => h('option', { value: a.phone, selected: a.phone === account }, `${a.name} · +${a.phone}`)));
    parts = { list: h('section', { class: 'list', 'aria-label': 'Conversations', tabindex: 0 }), messages: h('div', { class: 'messages', tabindex: 0, 'aria-label': 'Messages' }), title: h('h3', {}), side: h('div', { class: 'side' }) };
    main.append(
      h('div', { class: 'split' }, h('h2', {}, 'Chats'), h('div', { class: 'row' }, choose, newChat())),
      h('div', { class: 'chats' }, parts.list, thread(), parts.side));
    side();
  },
  async refresh() {
    if (!parts) return;
    const { items } = await get(`/accounts/${account}/conversations`);
    if (!contact && items.length) open(items[0].contact);
    drawList(items);
    if (contact) drawThread(await get(`/accounts/${account}/conversations/${contact}?limit=300`));
  },
};

function newChat() {
  return form({ class: 'row' }, async (fields, element) => {
    open(fields.phone.replace(/\D/g, ''));
    element.reset();
    await chats.refresh();
  }, h('input', { name: 'phone', 'aria-label': 'Write as another contact', placeholder: 'Another contact: 62813…', inputmode: 'tel', required: true }), h('button', {}, 'Open'));
}

function open(phone) {
  contact = phone;
  shownThread = shownList = '';
  side();
}

function thread() {
  const line = h('input', { name: 'text', 'aria-label': 'Write as the contact', placeholder: 'Write as the contact…', autocomplete: 'off', required: true });
  return h('section', { class: 'thread', 'aria-label': 'Conversation' }, parts.messages,
    form({}, async (fields, element) => {
      if (!contact) throw new Error('Choose a conversation, or open another contact above.');
      await post(`/contacts/${contact}/messages`, { to: account, text: fields.text });
      element.reset();
    }, line, h('button', { class: 'main' }, 'Send')));
}

function drawList(items) {
  const now = JSON.stringify([items, contact]);
  if (now === shownList) return;
  shownList = now;
  parts.list.replaceChildren(...items.map((c) => h('button', { type: 'button', 'aria-current': String(c.contact === contact), onclick: () => { open(c.contact); chats.refresh(); } },
    h('div', { class: 'split' }, h('strong', {}, c.name || '+' + c.contact), h('small', {}, time(c.last.accepted))),
    h('div', { class: 'last' }, c.last.text || '…'))));
  if (items.length === 0) parts.list.append(h('p', { class: 'empty' }, 'Nothing yet. Let customers write (Phones), or open a contact.'));
}

function drawThread({ items, name }) {
  const now = JSON.stringify(items);
  if (now === shownThread) return;
  shownThread = now;
  parts.title.textContent = `${name} · +${contact}`;
  const { messages } = parts;
  const atEnd = messages.scrollTop + messages.clientHeight >= messages.scrollHeight - 40;
  messages.replaceChildren(...items.map(bubble));
  if (atEnd) messages.scrollTop = messages.scrollHeight;
}

function bubble(m) {
  const mine = m.from === account;
  const ticks = h('span', { class: happened(m.read) ? 'ticks read' : 'ticks' }, state(m));
  return h('div', { class: mine ? 'bubble mine' : 'bubble' }, m.text || '(not a text)', h('small', {}, `${time(m.accepted)} `, ticks, m.copies > 1 ? ` · sent ${m.copies} times` : ''));
}

function state(m) {
  if (m.refused && !happened(m.accepted)) return `refused ${m.error}`;
  if (m.lost) return 'lost';
  if (happened(m.read)) return '✓✓ read';
  return happened(m.delivered) ? '✓✓ delivered' : '✓ sent';
}

function side() {
  const base = `/contacts/${contact}`;
  if (!contact) { parts.side.replaceChildren(h('p', { class: 'quiet' }, 'The contact’s own acts appear here.')); return; }
  const act = (text, path, body, done) => button(text, async () => { await post(base + path, body); return done; });
  parts.side.replaceChildren(parts.title,
    h('div', { class: 'row' },
      act('Read all', '/read', { from: account }, 'Blue ticks sent.'),
      act('Typing', '/typing', { to: account, on: true }, 'Typing is shown.'), act('Stop typing', '/typing', { to: account, on: false }, 'Stopped.'),
      act('Block', '/block', { account, on: true }, 'Blocked: messages are dropped.'), act('Unblock', '/block', { account, on: false }, 'Unblocked.'),
      act('Report', '/report', { account }, 'Reported.')),
    form({}, async (fields) => {
      await patch(base, { behaviour: { silent: fields.silent, read: fields.read, read_after: fields.read_after || '0s', echo: fields.echo, auto_reply: fields.auto_reply, reply_after: fields.reply_after || '0s', typing: fields.typing } });
      return 'From the next message on.';
    },
      h('h3', {}, 'By itself'), check('Silent (no receipts)', 'silent'), check('Reads', 'read', true), field('Reads after', 'read_after', { placeholder: '1s' }),
      check('Echoes', 'echo'), field('Answers with', 'auto_reply'), field('Answers after', 'reply_after', { placeholder: '2s' }), check('Shows typing meanwhile', 'typing'),
      h('p', {}, h('button', {}, 'Set'))));
}
