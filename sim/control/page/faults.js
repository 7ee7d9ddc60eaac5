import { get, put, remove } from './api.js';
import { attempt, button, h, say } from './dom.js';

let body;
let where = '';
let shown = '';

export const faults = {
  async render(main) {
    shown = '';
    const { items } = await get('/accounts');
    body = h('tbody');
    const choose = h('select', { 'aria-label': 'Where', onchange: (event) => { where = event.target.value; shown = ''; attempt(faults.refresh); } },
      h('option', { value: '' }, 'The whole network'),
      ...items.map((a) => h('option', { value: `/accounts/${a.phone}`, selected: where === `/accounts/${a.phone}` }, `Only ${a.name} · +${a.phone}`)));
    main.append(
      h('div', { class: 'split' }, h('h2', {}, 'Faults'), h('div', { class: 'row' }, choose, button('Clear all', async () => { await remove(where + '/faults'); return 'Healthy again.'; }))),
      h('div', { class: 'scroll faults', tabindex: 0, role: 'region', 'aria-label': 'Knobs' }, h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, 'Knob'), h('th', {}, 'Value'), h('th', {}, 'Turn'))), body)));
  },
  async refresh() {
    const { items } = await get(where + '/faults');
    const now = JSON.stringify(items);
    if (now === shown) return;
    if (body.contains(document.activeElement) && shown) { mark(items); return; }
    shown = now;
    body.replaceChildren(...items.map(row));
  },
};

function mark(items) {
  for (const f of items) body.querySelector(`[data-name="${f.name}"]`)?.classList.toggle('on', f.set);
}

function row(fault) {
  const path = `${where}/faults/${fault.name}`;
  const input = control(fault);
  const set = () => attempt(async () => {
    await put(path, read(fault, input));
    say(`${fault.name} is set.`);
    await faults.refresh();
  });
  if (fault.type === 'switch') input.addEventListener('change', set);
  else input.addEventListener('keydown', (event) => { if (event.key === 'Enter') set(); });
  const clear = button('Clear', async () => { await remove(path); shown = ''; document.activeElement.blur(); await faults.refresh(); }, { 'aria-label': `Clear ${fault.name}` });
  return h('tr', { class: fault.set ? 'on' : '', 'data-name': fault.name },
    h('td', {}, h('strong', {}, fault.name), h('br'), h('small', {}, fault.doc)),
    h('td', {}, input), h('td', {}, h('div', { class: 'row' }, fault.type !== 'switch' && button('Set', set, { 'aria-label': `Set ${fault.name}` }), clear)));
}

const hints = { number: '0', duration: '2s', text: '', list: '6281…, 6281…', ban: '101 1h' };

function control(fault) {
  if (fault.type === 'switch') return h('input', { type: 'checkbox', checked: fault.value, 'aria-label': fault.name });
  let value = fault.set ? String(fault.value) : '';
  if (fault.type === 'list') value = fault.value.join(', ');
  if (fault.type === 'ban') value = fault.value ? `${fault.value.code} ${fault.value.expire}` : '';
  return h('input', { value, placeholder: hints[fault.type], 'aria-label': fault.name, size: 14 });
}

function read(fault, input) {
  const text = input.value.trim();
  switch (fault.type) {
    case 'switch': return input.checked;
    case 'number': return Number(text);
    case 'list': return text.split(/[\s,]+/).filter(Boolean);
    case 'ban': { const [code, expire = '1h'] = text.split(/\s+/); return { code: Number(code), expire }; }
    default: return text;
  }
}
