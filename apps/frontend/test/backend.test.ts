import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { backendHealth, create, explain, read, report } from '../lib/backend';

/** A backend that gives these answers, one after the other, and shows what it was asked. */
async function withBackend(answers: [number, unknown][], use: (asked: IncomingMessage[]) => Promise<void>) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    const [status, body] = answers[Math.min(asked.length, answers.length) - 1];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  process.env.BACKEND_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    await use(asked);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

test('a read carries the trace id', () =>
  withBackend([[200, { items: [] }]], async (asked) => {
    assert.deepEqual(await read('/api/students', 't-1'), { ok: true, value: { items: [] } });
    assert.equal(asked[0].headers['x-trace-id'], 't-1');
    assert.equal(asked[0].url, '/api/students');
  }));

test('a create that meets a failover is sent again under the same key', () =>
  withBackend([[503, null], [503, null], [201, { id: 7 }]], async (asked) => {
    assert.deepEqual(await create('/api/students', 't-2', { name: 'N' }), { ok: true, value: { id: 7 } });
    assert.equal(asked.length, 3);
    assert.equal(new Set(asked.map((r) => r.headers['idempotency-key'])).size, 1);
  }));

test('what cannot succeed is not sent again, and says why', () =>
  withBackend([[409, { detail: 'A student with this email exists.' }]], async (asked) => {
    assert.deepEqual(await create('/api/students', 't-3', {}), { ok: false, why: 'A student with this email exists.' });
    assert.equal(asked.length, 1);
  }));

test('a backend that is away is said, not thrown', async () => {
  process.env.BACKEND_URL = 'http://127.0.0.1:1';
  assert.deepEqual(await read('/api/students', 't-4'), { ok: false, why: 'The backend does not answer.' });
  assert.equal((await backendHealth('t-4')).status, 'DOWN');
});

test('problem bodies name the fields', () => {
  assert.equal(explain(400, { detail: 'd', errors: [{ field: 'email', message: 'must be valid' }] }), 'email must be valid');
  assert.equal(explain(500, null), 'The backend answers HTTP 500.');
});

test('a report is down when a dependency is', () => {
  const at = new Date('2025-11-27T14:32:15.123Z');
  assert.equal(report('1.0.0').status, 'UP');
  const seen = report('1.0.0', { backend: { status: 'DOWN', response_time_ms: 3 } }, at);
  assert.equal(seen.status, 'DOWN');
  assert.equal(seen.timestamp, '2025-11-27T14:32:15Z');
});
