import { h, time } from './dom.js';

let box;
let wanted = '';
const kept = [];

export const log = {
  async render(main) {
    box = h('div', { class: 'log', tabindex: 0, role: 'log', 'aria-label': 'Log' });
    main.append(
      h('div', { class: 'split' }, h('h2', {}, 'Log'), h('input', { type: 'search', value: wanted, 'aria-label': 'Only lines with', placeholder: 'Only lines with…', oninput: (event) => { wanted = event.target.value; draw(); } })),
      h('p', { class: 'quiet' }, 'Stanzas by name and id, never their content.'), box);
    draw();
  },
  async refresh() {},
  add(lines) {
    kept.push(...lines);
    kept.splice(0, kept.length - 1000);
    if (box?.isConnected && lines.length) draw();
  },
};

function draw() {
  const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 40;
  const lines = kept.filter((l) => !wanted || `${l.phone ?? ''} ${l.text}`.includes(wanted));
  box.replaceChildren(...lines.map((l) => h('div', { class: l.kind }, `${time(l.time)} ${l.phone ?? ''} ${l.text}`)));
  if (atEnd) box.scrollTop = box.scrollHeight;
}
