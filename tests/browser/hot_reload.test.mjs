// Percentiles, wording and restoring of the hot-reload measurement; no browser, no server.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { percentile, summary, text } from '../../tools/browser/latency.mjs';
import { PageEdit } from '../../tools/browser/page_edit.mjs';

const edits = (...latencies) => latencies.map((latency_ms) => ({ latency_ms, kind: 'hot' }));

test('percentiles are values that were measured, by nearest rank', () => {
  const ten = [1000, 100, 200, 300, 400, 500, 600, 700, 800, 900];
  assert.deepEqual([50, 95, 99].map((p) => percentile(ten, p)), [500, 1000, 1000]);
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  assert.deepEqual([50, 95, 99, 100].map((p) => percentile(hundred, p)), [50, 95, 99, 100]);
  assert.equal(percentile([7], 50), 7);
  assert.equal(percentile([7], 99), 7);
  assert.throws(() => percentile([], 50), RangeError);
  assert.deepEqual(ten.slice(0, 2), [1000, 100]); // as it was given
});

test('within the target means all three percentiles, the target itself included', () => {
  assert.equal(summary(edits(3000, 2000), 3000).within_target, true);
  assert.equal(summary(edits(3001, 2000), 3000).within_target, false);
  const mixed = summary([{ latency_ms: 5, kind: 'hot' }, { latency_ms: 6, kind: 'full' }], 3000);
  assert.equal(mixed.hot, 1);
  assert.equal(mixed.full_reloads, 1);
});

test('the text says what it was, with and without symbols', () => {
  const good = summary([...edits(1850, 1850, 1850, 1850, 1850, 1900, 1900, 1900, 1900, 2950)], 3000);
  assert.equal(text(good, true), ['Hot-reload latency (10 iterations):', 'p50: 1850ms ✓', 'p95: 2950ms ✓', 'p99: 2950ms ✓',
    'All within 3000ms target', 'Every edit was hot: the page kept its state'].join('\n'));
  const slow = summary([{ latency_ms: 100, kind: 'hot' }, { latency_ms: 4000, kind: 'full' }], 3000);
  assert.equal(text(slow, false), ['Hot-reload latency (2 iterations):', 'p50: 100ms ok', 'p95: 4000ms OVER', 'p99: 4000ms OVER',
    'Over the 3000ms target: p95, p99', '1 of 2 edits reloaded the whole page, whose state was lost'].join('\n'));
});

function withPage(content, use) {
  const directory = mkdtempSync(join(tmpdir(), 'paws-page-'));
  const path = join(directory, 'page.tsx');
  try {
    writeFileSync(path, content);
    use(path, () => readFileSync(path, 'utf8'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const page = 'export default () => <main>\n  <h1>Café & $1</h1>\n  <p>rest</p>\n</main>;\n';

test('an edit marks the heading and nothing else, each differently', () => withPage(page, (path, now) => {
  const edit = new PageEdit(path, '0123abcd');
  edit.apply(1);
  assert.equal(now(), page.split('$1').join('$1 (hot-reload 0123abcd 0001)'));
  edit.apply(2);
  assert.match(now(), /<h1>Café & \$1 \(hot-reload 0123abcd 0002\)<\/h1>/);
  assert.equal(edit.wording(2), 'Café & $1 (hot-reload 0123abcd 0002)');
  edit.restore();
  assert.equal(now(), page);
  edit.restore();
  assert.equal(now(), page);
}));

test("somebody else's edit meanwhile stays, without the mark", () => withPage(page, (path, now) => {
  const edit = new PageEdit(path, '0123abcd');
  edit.apply(1);
  writeFileSync(path, now().replace('rest', 'theirs'));
  edit.restore();
  assert.equal(now(), page.replace('rest', 'theirs'));
}));

test('what a killed run has left is taken out by the next one', () => withPage(page, (path, now) => {
  new PageEdit(path, '0123abcd').apply(3);
  const next = new PageEdit(path, '89abcdef');
  assert.equal(next.wasLeft, true);
  assert.equal(now(), page);
}));

test('a page without a heading is refused and left alone', () => withPage('nothing\n', (path, now) => {
  assert.throws(() => new PageEdit(path, '0123abcd'), /has no <h1>/);
  assert.equal(now(), 'nothing\n');
}));
