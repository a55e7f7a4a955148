/** The id of a request, the same in the log of every layer. The backend takes the same shape. */
export const traceHeader = 'x-trace-id';

const valid = /^[A-Za-z0-9._-]{1,63}$/;

/** What came with the request when it is one, else a new one. */
export function acceptTrace(sent: string | null | undefined): string {
  return sent && valid.test(sent) ? sent : crypto.randomUUID();
}
