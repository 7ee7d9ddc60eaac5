import { get } from './api.js';
import { h, attempt } from './dom.js';
import { phones } from './phones.js';
import { chats } from './chats.js';
import { contacts } from './contacts.js';
import { faults } from './faults.js';
import { ledger } from './ledger.js';
import { log } from './log.js';

// Each section has render(main), which builds it, and refresh(), which brings what has changed.
const sections = { phones, chats, contacts, faults, ledger, log };
const titles = { phones: 'Phones', chats: 'Chats', contacts: 'Contacts', faults: 'Faults', ledger: 'Ledger', log: 'Log' };
const tabs = document.getElementById('tabs');
const main = document.getElementById('main');
let current;

const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

for (const name of Object.keys(sections)) {
  tabs.append(h('button', { type: 'button', role: 'tab', id: 'tab-' + name, 'aria-controls': 'main', onclick: () => { location.hash = name; } }, titles[name]));
}
tabs.addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = [...tabs.children];
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  next.focus();
  next.click();
});

function show() {
  const name = location.hash.slice(1).split('/')[0];
  current = sections[name] ? name : 'phones';
  for (const tab of tabs.children) {
    const selected = tab.id === 'tab-' + current;
    tab.setAttribute('aria-selected', String(selected));
    tab.tabIndex = selected ? 0 : -1;
  }
  main.setAttribute('aria-labelledby', 'tab-' + current);
  main.replaceChildren();
  attempt(async () => {
    await sections[current].render(main);
    await refresh();
  });
}

async function refresh() {
  const network = await get('/network');
  document.getElementById('network').textContent =
    `${count(network.accounts, 'phone')} · ${count(network.contacts, 'contact')} · ${count(network.total.sent, 'message')} · root ${network.root.slice(0, 8)}…`;
  await sections[current].refresh();
}

// What happens in the network is seen within half a second; a page in the background waits.
let seen = 0;
let busy = false;
setInterval(async () => {
  if (document.hidden || busy) return;
  busy = true;
  try {
    const { items, next_after } = await get('/log?after=' + seen);
    seen = next_after;
    log.add(items);
    if (items.length > 0) await refresh();
  } catch (error) {
    document.getElementById('network').textContent = error.message;
  } finally {
    busy = false;
  }
}, 500);

addEventListener('hashchange', show);
show();
