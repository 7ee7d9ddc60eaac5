// Starts the real program and the simulated WhatsApp as processes of their own, on free ports and throw-away data.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BINARY = process.env.SAPA_BINARY ?? join(ROOT, 'bin/sapa');

/** One process of the program; what it prints can be waited for. */
export class Program {
  /** args are the command and its flags; dir holds what it writes. */
  constructor(args, dir, name) {
    this.args = args;
    this.dir = dir;
    this.name = name;
    this.printed = '';
  }

  /** Starts the process and resolves with the match as soon as its terminal shows pattern. */
  start(pattern) {
    const log = createWriteStream(join(this.dir, `${this.name}.log`), { flags: 'a' });
    this.printed = '';
    this.process = spawn(BINARY, this.args, { cwd: this.dir, env: { PATH: process.env.PATH, HOME: this.dir } });
    this.process.stderr.pipe(log);
    this.ended = new Promise((resolve) => this.process.once('close', resolve));
    return new Promise((resolve, reject) => {
      this.process.stdout.on('data', (data) => {
        this.printed += data;
        const found = this.printed.match(pattern);
        if (found) resolve(found);
      });
      this.process.once('error', reject);
      this.process.once('close', (code) => reject(new Error(`${this.name} ended with ${code}; its log is in ${this.dir}`)));
    });
  }

  /** Ends the process and waits until it is gone. */
  async stop(signal = 'SIGTERM') {
    if (this.process?.exitCode === null) this.process.kill(signal);
    await this.ended;
  }
}

/** A port on which nobody listens, below those that the kernel gives to whoever asks for any: it is still free when a program comes back to it. */
export function freePort() {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(freePort()));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}

/** Sapa pointed at a simulator of its own. settings are more flags. */
export async function launch(...settings) {
  const dir = mkdtempSync(join(tmpdir(), 'sapa-stories-'));
  const sim = new Program(['sim', '--listen=127.0.0.1:0'], dir, 'sim');
  await sim.start(/url:\s*(http:\S+)[\s\S]*root:\s*(\S+)/);
  const [, network, root] = sim.printed.match(/url:\s*(http:\S+)[\s\S]*root:\s*(\S+)/);
  const port = await freePort();
  const sapa = new Program(
    [
      'serve',
      `--http.listen=127.0.0.1:${port}`,
      `--data.dir=${join(dir, 'data')}`,
      `--secret.key_file=${join(dir, 'master.key')}`,
      `--whatsapp.simulator.url=${network}`,
      `--whatsapp.simulator.root=${root}`,
      '--number.pairings_per_hour=100',
      '--send.gap=50ms',
      '--send.jitter=0s',
      ...settings,
    ],
    dir,
    'sapa',
  );
  const start = async () => {
    const [, url] = await sapa.start(/Sapa answers on (\S+)/);
    await until(() => fetch(`${url}/readyz`).then((r) => r.ok, () => false), 'the program is ready');
    return url;
  };
  const url = await start();
  return {
    url,
    network,
    setupLink: () => sapa.printed.match(/http\S+\/setup\?token=\S+/)?.[0],
    /** Kills the program as a power cut would. */
    kill: () => sapa.stop('SIGKILL'),
    /** Starts it again on the same data and address. */
    start,
    async end() {
      await Promise.all([sapa.stop(), sim.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer is truthy, and returns it. */
export async function until(ask, what, timeout = 120_000) {
  const deadline = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
