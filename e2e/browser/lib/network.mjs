// The simulated WhatsApp through its control API: phones, contacts, faults.
export class Network {
  constructor(url) {
    this.base = `${url}/control/v1`;
  }

  async ask(method, path, body) {
    const answer = await fetch(this.base + path, {
      method,
      signal: AbortSignal.timeout(300_000),
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** A phone that can link companions. */
  phone(phone, name) {
    return this.ask('POST', '/accounts', { phone, name });
  }

  /** Types the 8-character code on a phone. */
  enterCode(phone, code) {
    return this.ask('POST', `/accounts/${phone}/code`, { code });
  }

  passkey(phone, rules) {
    return this.ask('PUT', `/accounts/${phone}/passkey`, rules);
  }

  scan(phone, qr) {
    return this.ask('POST', '/scan', { phone, qr });
  }

  /** A contact that confirms what arrives and does nothing else by itself, unless told to. */
  contact(phone, name, behaviour = {}) {
    return this.ask('POST', '/contacts', { from: phone, name, behaviour });
  }

  write(from, to, text) {
    return this.ask('POST', `/contacts/${from}/messages`, { to, text });
  }

  read(contact, account) {
    return this.ask('POST', `/contacts/${contact}/read`, { from: account });
  }

  typing(contact, to, on) {
    return this.ask('POST', `/contacts/${contact}/typing`, { to, on });
  }

  fault(phone, name, value) {
    return this.ask('PUT', `/accounts/${phone}/faults/${name}`, value);
  }

  clearFaults(phone) {
    return this.ask('DELETE', `/accounts/${phone}/faults`);
  }

  fromPhone(phone, to, text) {
    return this.ask('POST', `/accounts/${phone}/messages`, { to, text });
  }

  log(after = 0) {
    return this.ask('GET', `/log?after=${after}`);
  }
}
