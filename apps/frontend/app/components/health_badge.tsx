'use client';

import { useEffect, useState } from 'react';
import type { Health } from '../../lib/backend';

const everyMs = 5000;

/** The server and the first paint in the browser say the same, "checking": what is true is asked afterwards. */
export function HealthBadge() {
  const [health, setHealth] = useState<'checking' | 'UP' | 'DOWN'>('checking');
  useEffect(() => {
    const stop = new AbortController();
    const look = () =>
      fetch('/api/health', { cache: 'no-store', signal: stop.signal })
        .then((answer) => answer.json() as Promise<Health>)
        .then((seen) => setHealth(seen.status))
        .catch(() => stop.signal.aborted || setHealth('DOWN'));
    look();
    const timer = setInterval(look, everyMs);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, []);
  const words = { checking: '… Backend: checking', UP: '✓ Backend: up', DOWN: '✗ Backend: down' }[health];
  return <p role="status" className={`badge ${health}`}>{words}</p>;
}
