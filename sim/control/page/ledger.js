import { get } from './api.js';
import { h } from './dom.js';

const columns = ['sent', 'received', 'missing', 'repeated', 'collapsed', 'duplicates', 'out_of_order', 'refused', 'lost'];
let body;

export const ledger = {
  async render(main) {
    body = h('tbody');
    main.append(
      h('h2', {}, 'Ledger'),
      h('p', { class: 'quiet' }, 'What the network itself saw of every message: accepted, confirmed by the receiver, repeated under the same id, out of order. A client under test is judged by this, not by its own word.'),
      h('div', { class: 'scroll later', tabindex: 0, role: 'region', 'aria-label': 'Sums' }, h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, 'Whose'), ...columns.map((c) => h('th', { class: 'n' }, c.replaceAll('_', ' '))))), body)));
  },
  async refresh() {
    const { total, accounts } = await get('/ledger');
    body.replaceChildren(line('Everything', total),
      ...accounts.flatMap((a) => [line(`From ${a.name} +${a.phone}`, a.from), line(`To ${a.name} +${a.phone}`, a.to)]));
  },
};

function line(title, sum) {
  return h('tr', {}, h('th', { scope: 'row' }, title), ...columns.map((c) => h('td', { class: 'n' }, String(sum[c]))));
}
