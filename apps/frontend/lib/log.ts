export type Level = 'INFO' | 'WARN' | 'ERROR';

/** One event as one line of JSON. */
export function logLine(level: Level, message: string, fields: Record<string, unknown> = {}, at = new Date()): string {
  const { trace_id, ...rest } = fields;
  return JSON.stringify({ timestamp: at.toISOString(), level, service: 'frontend', trace_id, message, ...rest });
}

export function log(level: Level, message: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(logLine(level, message, fields) + '\n');
}
