import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLine } from '../lib/log';

test('an event is one line with the fields of the platform first', () => {
  const line = logLine('INFO', 'two\nlines', { trace_id: 't-1', status: 200 }, new Date('2025-11-27T14:32:15.123Z'));
  assert.equal(line, '{"timestamp":"2025-11-27T14:32:15.123Z","level":"INFO","service":"frontend","trace_id":"t-1",' +
    '"message":"two\\nlines","status":200}');
});
