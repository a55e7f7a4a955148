import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { backendHealth } from '../lib/backend';
import { changed } from '../lib/changes';

/** The messages that are logged meanwhile; what others write goes on. */
async function told(use: () => Promise<unknown>): Promise<string[]> {
  const write = process.stdout.write.bind(process.stdout);
  const lines: string[] = [];
  process.stdout.write = ((text: string | Uint8Array) =>
    typeof text === 'string' && text.startsWith('{"timestamp"') ? lines.push(text) > 0 : write(text)) as typeof write;
  try {
    await use();
  } finally {
    process.stdout.write = write;
  }
  return lines.map((line) => JSON.parse(line).message as string);
}

test('an answer is news when it is another than the last one of its subject', () => {
  assert.deepEqual(['a', 'a', 'b', 'a'].map((answer) => changed('x', answer)), [true, false, true, true]);
  assert.equal(changed('y', 'a'), true);
});

test('however often the backend is asked, it is told once that it is away, and once that it is ready', async () => {
  process.env.BACKEND_URL = 'http://127.0.0.1:1';
  const ask = async () => { for (let i = 0; i < 3; ++i) await backendHealth('t-1'); };
  assert.deepEqual(await told(ask), ['The backend does not answer.']);
  const server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  process.env.BACKEND_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.deepEqual(await told(ask), ['The backend is ready.']);
  server.closeAllConnections();
  server.close();
  process.env.BACKEND_URL = 'http://127.0.0.1:1';
  assert.deepEqual(await told(ask), ['The backend does not answer.']);
});
