import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { test } from 'node:test';

test('a server that is closed does not wait for connections that nobody uses', { timeout: 30_000 }, async () => {
  Server.prototype.close = net.Server.prototype.close as typeof Server.prototype.close; // as Node.js 18 does
  require('../../scripts/close.cjs');
  const server = new Server((_, answer) => answer.end('well'));
  server.keepAliveTimeout = 0; // for ever
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new Agent({ keepAlive: true });
  try {
    const unused = once(agent, 'free');
    const [answer] = await once(get({ agent, port: (server.address() as AddressInfo).port, host: '127.0.0.1' }), 'response');
    answer.resume();
    await unused;
    await new Promise((done) => server.close(done));
  } finally {
    agent.destroy();
  }
});
