// h makes an element. Text is always set as text, never as markup: names and messages come from anybody.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'disabled' || name === 'open') element[name] = value;
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat()) if (child !== undefined && child !== null && child !== false) element.append(child);
  return element;
}

// form calls do with the fields by name, and shows an error beside what was done.
export function form(attributes, do_, ...children) {
  return h('form', {
    ...attributes,
    onsubmit: async (event) => {
      event.preventDefault();
      const fields = Object.fromEntries(new FormData(event.target));
      for (const box of event.target.querySelectorAll('input[type=checkbox]')) fields[box.name] = box.checked;
      await attempt(() => do_(fields, event.target));
    },
  }, ...children);
}

export function button(text, do_, attributes = {}) {
  return h('button', { type: 'button', ...attributes, onclick: (event) => attempt(() => do_(event)) }, text);
}

export function field(label, name, attributes = {}) {
  return h('label', {}, label, h('input', { name, autocomplete: 'off', ...attributes }));
}

export function check(label, name, checked = false) {
  return h('label', { class: 'check' }, h('input', { type: 'checkbox', name, checked }), ' ', label);
}

let hide;
export function say(text, bad = false) {
  const status = document.getElementById('status');
  status.textContent = text;
  status.className = bad ? 'bad' : '';
  clearTimeout(hide);
  hide = setTimeout(() => { status.textContent = ''; }, bad ? 12000 : 4000);
}

export async function attempt(do_) {
  try {
    const said = await do_();
    if (typeof said === 'string') say(said);
  } catch (error) {
    say(error.message, true);
  }
}

export const time = (text) => (!text || text.startsWith('0001') ? '' : new Date(text).toLocaleTimeString());
export const happened = (text) => Boolean(text) && !text.startsWith('0001');
