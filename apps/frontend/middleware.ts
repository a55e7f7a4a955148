import { NextResponse, type NextRequest } from 'next/server';
import { acceptTrace, traceHeader } from './lib/trace';

/** The first to see a request: gives it its trace id, for the pages, the backend and the answer. */
export function middleware(request: NextRequest) {
  const trace = acceptTrace(request.headers.get(traceHeader));
  const headers = new Headers(request.headers);
  headers.set(traceHeader, trace);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set(traceHeader, trace);
  return response;
}

export const config = { matcher: '/((?!_next/).*)' };
