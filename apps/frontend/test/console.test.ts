import assert from 'node:assert/strict';
import { test } from 'node:test';

test('what goes to the console is one line of JSON, whatever it looks like', () => {
  const { write } = process.stdout;
  const kept = { ...console };
  const lines: string[] = [];
  process.stdout.write = ((text: string) => lines.push(text) > 0) as typeof process.stdout.write;
  try {
    require('../../scripts/console.cjs');
    console.log('\u001b[1m ▲ Next.js %s\u001b[0m', '15');
    console.log();
    console.error(new Error('two\nlines'));
  } finally {
    process.stdout.write = write;
    Object.assign(console, kept);
  }
  assert.equal(lines.length, 2);
  const [said, failed] = lines.map((line) => JSON.parse(line));
  assert.equal(said.message, '▲ Next.js 15');
  assert.equal(said.level, 'INFO');
  assert.equal(said.service, 'frontend');
  assert.match(said.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.equal(failed.level, 'ERROR');
  assert.match(failed.message, /^Error: two\nlines/);
});
