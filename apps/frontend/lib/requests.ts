/** One line and one count for each request that this server answers, from Node's own channels: Next.js tells its code no status. */
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { changed } from './changes';
import { log } from './log';
import { endpointOf, methodOf, metrics } from './metrics';
import { traceHeader } from './trace';

const begun = new WeakMap<object, number>();
const shared = globalThis as typeof globalThis & { pawsWatches?: boolean };

export function watchRequests(): void {
  if (shared.pawsWatches) return; // reloaded in development
  shared.pawsWatches = true;
  subscribe('http.server.request.start', (message) => {
    begun.set((message as { request: IncomingMessage }).request, performance.now());
  });
  subscribe('http.server.response.finish', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const path = (request.url ?? '').split('?')[0];
    const took = performance.now() - (begun.get(request) ?? performance.now());
    const endpoint = endpointOf(path);
    metrics.record(methodOf(request.method), response.statusCode, endpoint, took / 1000);
    // Files are told when something is wrong, probes and scrapes when that begins or ends.
    const probed = path.startsWith('/health/') || path === '/metrics' || path === '/api/health';
    const wrong = response.statusCode >= 400;
    if (endpoint === '/_next' && !wrong) return;
    if (probed && !changed(endpoint, wrong ? String(response.statusCode) : 'good')) return;
    log('INFO', 'request', {
      trace_id: response.getHeader(traceHeader),
      method: request.method,
      path,
      status: response.statusCode,
      duration_ms: Math.round(took),
    });
  });
}
