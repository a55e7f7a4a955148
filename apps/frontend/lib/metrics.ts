/** Requests counted for /metrics, in Prometheus' text format. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

interface Duration {
  buckets: number[];
  sum: number;
  count: number;
}

export class Metrics {
  private readonly requests = new Map<string, number>();
  private readonly durations = new Map<string, Duration>();

  record(method: string, status: number, endpoint: string, seconds: number): void {
    const labels = `method="${method}",status="${status}",endpoint="${endpoint}"`;
    this.requests.set(labels, (this.requests.get(labels) ?? 0) + 1);
    const key = `method="${method}",endpoint="${endpoint}"`;
    const known = this.durations.get(key) ?? { buckets: bounds.map(() => 0), sum: 0, count: 0 };
    bounds.forEach((bound, i) => (known.buckets[i] += seconds <= bound ? 1 : 0));
    known.sum += seconds;
    known.count += 1;
    this.durations.set(key, known);
  }

  text(): string {
    const lines = ['# TYPE http_requests_total counter'];
    for (const [labels, count] of this.requests) lines.push(`http_requests_total{${labels}} ${count}`);
    lines.push('# TYPE http_request_duration_seconds histogram');
    for (const [key, seen] of this.durations) {
      bounds.forEach((bound, i) => lines.push(`http_request_duration_seconds_bucket{${key},le="${bound}"} ${seen.buckets[i]}`));
      lines.push(`http_request_duration_seconds_bucket{${key},le="+Inf"} ${seen.count}`);
      lines.push(`http_request_duration_seconds_sum{${key}} ${seen.sum}`, `http_request_duration_seconds_count{${key}} ${seen.count}`);
    }
    lines.push('# TYPE process_uptime_seconds gauge', `process_uptime_seconds ${process.uptime()}`);
    lines.push('# TYPE process_resident_memory_bytes gauge', `process_resident_memory_bytes ${process.memoryUsage.rss()}`);
    return lines.join('\n') + '\n';
  }
}

const endpoints = new Set(['/', '/api/health', '/health/live', '/health/ready', '/metrics']);
const methods = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** A label that no client can multiply. */
export function endpointOf(path: string): string {
  return path.startsWith('/_next/') ? '/_next' : endpoints.has(path) ? path : 'unmatched';
}

export function methodOf(method: string | undefined): string {
  return method && methods.has(method) ? method : 'OTHER';
}

// The server's parts are bundled apart from each other; what they share hangs on the process.
const shared = globalThis as typeof globalThis & { pawsMetrics?: Metrics };
export const metrics = (shared.pawsMetrics ??= new Metrics());
