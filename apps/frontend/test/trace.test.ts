import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptTrace } from '../lib/trace';

test('a trace id that came with the request is kept', () => {
  assert.equal(acceptTrace('550e8400-e29b-41d4-a716-446655440000'), '550e8400-e29b-41d4-a716-446655440000');
});

test('what would not fit everywhere is replaced by a new id', () => {
  for (const sent of [null, undefined, '', 'with space', 'line\nbreak', 'x'.repeat(64)])
    assert.match(acceptTrace(sent), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
