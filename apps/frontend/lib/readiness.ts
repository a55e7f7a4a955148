import { backendHealth, report } from './backend';
import { acceptTrace, traceHeader } from './trace';
import { version } from './version';

export async function readiness(request: Request): Promise<Response> {
  const trace = acceptTrace(request.headers.get(traceHeader));
  const seen = report(version, { backend: await backendHealth(trace) });
  return Response.json(seen, { status: seen.status === 'UP' ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
