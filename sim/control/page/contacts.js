import { get, post } from './api.js';
import { field, form, h } from './dom.js';

let body;
let total;
let wanted = '';

export const contacts = {
  async render(main) {
    body = h('tbody');
    total = h('small');
    main.append(
      h('div', { class: 'split' }, h('h2', {}, 'Contacts'), total),
      h('div', { class: 'cards' }, range(), h('div', { class: 'card' }, h('h3', {}, 'Find'),
        h('label', {}, 'Name or number', h('input', { type: 'search', value: wanted, oninput: (event) => { wanted = event.target.value; contacts.refresh(); } })))),
      h('div', { class: 'scroll later', tabindex: 0, role: 'region', 'aria-label': 'List of contacts' }, h('table', {}, h('thead', {}, h('tr', {}, ...['Name', 'Phone', 'Hidden id'].map((t) => h('th', {}, t)))), body)));
  },
  async refresh() {
    const answer = await get('/contacts?q=' + encodeURIComponent(wanted));
    total.textContent = `${answer.items.length} of ${answer.total} shown`;
    body.replaceChildren(...answer.items.map((c) => h('tr', {}, h('td', {}, c.name), h('td', {}, '+' + c.phone), h('td', {}, c.lid))));
  },
};

function range() {
  return form({ class: 'card', 'aria-label': 'Make contacts' }, async (fields) => {
    const behaviour = { none: {}, read: { read: true, read_after: '1s' }, echo: { echo: true, read: true, typing: true, reply_after: '1s' }, silent: { silent: true } }[fields.behaviour];
    const { count } = await post('/contacts', { from: fields.from, count: Number(fields.count), behaviour });
    return `${count} contacts are there.`;
  },
    h('h3', {}, 'Make a range of contacts'),
    h('div', { class: 'row' }, field('First number', 'from', { value: '6281300000001', inputmode: 'tel', required: true }), field('How many', 'count', { type: 'number', min: 1, max: 100000, value: '10' })),
    h('label', {}, 'They', h('select', { name: 'behaviour' },
      ...[['none', 'only receive'], ['read', 'read after a second'], ['echo', 'echo, typing for a second'], ['silent', 'are switched off']].map(([value, text]) => h('option', { value }, text)))),
    h('div', {}, h('button', {}, 'Make')));
}
