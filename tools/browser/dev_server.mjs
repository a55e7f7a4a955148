// A development server of the frontend for one measurement: own port on loopback, own build directory, no backend.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from './chromium.mjs';

const linesKept = 30;
const graceMs = 5_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const held = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = held.address();
      held.close(() => resolve(port));
    });
  });
}

export class DevServer {
  static async start(app, buildDirectory) {
    if (!existsSync(join(app, 'node_modules/next')))
      throw new Refusal(`${app}/node_modules is not there`, `run: (cd ${app} && npm ci)`);
    return new DevServer(app, buildDirectory, await freePort());
  }

  constructor(app, buildDirectory, port) {
    this.url = `http://127.0.0.1:${port}/`;
    this.said = [];
    // A session of its own, so that all of it can be ended at once; it ends as well when this program is killed.
    this.process = spawn('setpriv', ['--pdeathsig', 'TERM', process.execPath, 'scripts/serve.mjs', 'dev'], {
      cwd: app, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ADDRESS: '127.0.0.1', PORT: String(port), DIST_DIR: buildDirectory,
        BACKEND_URL: 'http://127.0.0.1:9', NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1' },
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.said = [...this.said, ...text.split('\n').filter((line) => line.trim())].slice(-linesKept);
      });
    this.ended = new Promise((resolve) => {
      this.process.once('error', resolve);
      this.process.once('close', resolve);
    });
  }

  /** Until its page is answered. */
  async ready(signal) {
    const died = this.ended.then(() => { throw new Error(`the development server has ended:\n${this.said.join('\n')}`); });
    const answers = async () => {
      for (;;) {
        signal.throwIfAborted();
        const answer = await fetch(this.url, { signal }).catch(() => null);
        await answer?.arrayBuffer();
        if (answer?.ok) return;
        if (answer) throw new Error(`the page answers HTTP ${answer.status}:\n${this.said.join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    died.catch(() => {});
    await Promise.race([answers(), died]);
  }

  /** All that it started, and nothing else. */
  async end() {
    const group = this.process.pid;
    if (!group) return;
    const tell = (signal) => { try { process.kill(-group, signal); } catch { /* it has gone */ } };
    tell('SIGTERM');
    const stubborn = setTimeout(() => tell('SIGKILL'), graceMs);
    await this.ended; // its output is closed: nobody is left
    clearTimeout(stubborn);
  }
}
