// serve.mjs dev|start: Next.js on every address of ADDRESS (separated by commas) at PORT. Next.js itself listens on one, and
// takes it from HOSTNAME, which a container sets to something else.
import { createServer, connect } from 'node:net';
import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const mode = process.argv[2];
const port = Number(process.env.PORT ?? 3000);
const [address, ...more] = (process.env.ADDRESS ?? '127.0.0.1').split(',').map((text) => text.trim());
process.env.NEXT_TELEMETRY_DISABLED = '1';
process.env.PORT = String(port);
process.env.HOSTNAME = address;

for (const other of more)
  createServer((client) => {
    const server = connect(port, address);
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  }).listen(port, other);

if (mode === 'dev') {
  process.env.DIST_DIR ||= '.next-dev';
  const headers = fileURLToPath(new URL('headers.cjs', import.meta.url));
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --require "${headers}"`; // Next.js starts processes of its own
  const next = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'dev', '--turbopack', '-H', address, '-p', String(port)],
    { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => next.kill(signal));
  next.on('exit', (code, signal) => process.exit(code ?? (signal ? 143 : 1)));
} else if (mode === 'start') {
  const places = ['../.next/standalone/server.js', '../server.js'].map((path) => new URL(path, import.meta.url));
  const server = places.find((path) => existsSync(path));
  if (!server) {
    console.error('nothing is built: npm run build');
    process.exit(2);
  }
  process.env.NODE_ENV = 'production';
  await import('./headers.cjs');
  await import('./close.cjs');
  await import('./console.cjs');
  await import(server.href);
} else {
  console.error('serve.mjs dev|start');
  process.exit(2);
}
