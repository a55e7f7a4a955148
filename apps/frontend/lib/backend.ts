/** The backend as this application uses it. */
import { changed } from './changes';
import { log } from './log';
import { traceHeader } from './trace';

export interface Student { id: number; email: string; name: string }
export interface Course { id: number; code: string; title: string; capacity: number; enrolled: number }
export interface Enrolment { id: number; student_id: number; student_name: string; course_id: number; course_code: string; status: string }
export interface Page<T> { items: T[]; page: number; size: number; total: number }

export type Answer<T> = { ok: true; value: T } | { ok: false; why: string };

/** For each attempt: two of them leave a page its two seconds. */
const readTimeoutMs = 900;
const writeTimeoutMs = 6000;
const writeAttempts = 4;

export function backendUrl(): string {
  return (process.env.BACKEND_URL ?? 'http://127.0.0.1:8080').replace(/\/+$/, '');
}

/** What a problem body says to a person. */
export function explain(status: number, body: unknown): string {
  const problem = (body ?? {}) as { detail?: string; errors?: { field: string; message: string }[] };
  const fields = (problem.errors ?? []).map((e) => `${e.field} ${e.message}`).join('; ');
  return fields || problem.detail || `The backend answers HTTP ${status}.`;
}

/** Whether the same request may succeed a moment later. */
export function retryable(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}

function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

const away = 'The backend does not answer.';
type Tell = (fields: Record<string, unknown>) => void;
const tellAway: Tell = (fields) => log('WARN', away, fields);

async function send<T>(path: string, trace: string, init: RequestInit, attempts: number, timeoutMs: number,
  tell: Tell = tellAway): Promise<Answer<T>> {
  let why = '';
  for (let i = 0; i < attempts; ++i) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, 100 * i));
    try {
      const answer = await fetch(backendUrl() + path, {
        ...init,
        cache: 'no-store',
        headers: { ...init.headers, [traceHeader]: trace },
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body: unknown = await answer.json().catch(() => null);
      if (answer.ok) return { ok: true, value: body as T };
      why = explain(answer.status, body);
      if (!retryable(answer.status)) break;
    } catch (error) {
      why = away;
      tell({ trace_id: trace, path, error: reason(error) });
    }
  }
  return { ok: false, why };
}

export function read<T>(path: string, trace: string): Promise<Answer<T>> {
  return send<T>(path, trace, {}, 2, readTimeoutMs);
}

/** Sent again under one key, so that it happens once. */
export function create<T>(path: string, trace: string, body: unknown): Promise<Answer<T>> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
  return send<T>(path, trace, { method: 'POST', headers, body: JSON.stringify(body) }, writeAttempts, writeTimeoutMs);
}

export interface Dependency { status: 'UP' | 'DOWN'; response_time_ms: number }
export interface Health {
  status: 'UP' | 'DOWN';
  service: string;
  version: string;
  uptime_seconds: number;
  dependencies?: Record<string, Dependency>;
  timestamp: string;
}

/** A report about this process; without dependencies: about itself alone. */
export function report(version: string, dependencies?: Record<string, Dependency>, now = new Date()): Health {
  const up = Object.values(dependencies ?? {}).every((d) => d.status === 'UP');
  return {
    status: up ? 'UP' : 'DOWN',
    service: 'frontend',
    version,
    uptime_seconds: Math.floor(process.uptime()),
    dependencies,
    timestamp: now.toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

export async function backendHealth(trace: string): Promise<Dependency> {
  const begun = performance.now();
  let seen = 'not ready';
  const answer = await send<Health>('/health/ready', trace, {}, 1, 3000, (fields) => {
    seen = 'away';
    if (changed('backend', seen)) tellAway(fields);
  });
  if (answer.ok) seen = 'ready';
  if (changed('backend', seen)) log('INFO', `The backend is ${seen}.`, { trace_id: trace });
  return { status: answer.ok ? 'UP' : 'DOWN', response_time_ms: Math.round(performance.now() - begun) };
}
