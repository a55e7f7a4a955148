// What ten measured times say, as numbers and as text. Nothing here touches the world.

export const percentiles = [50, 95, 99];

/** The smallest of `values` that at least `percent` of 100 of them do not exceed (nearest rank). */
export function percentile(values, percent) {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1];
}

/** edits: [{ latency_ms, kind: 'hot'|'full' }], in order. */
export function summary(edits, targetMs) {
  const latencies = edits.map((edit) => edit.latency_ms);
  const found = Object.fromEntries(percentiles.map((p) => [`p${p}_ms`, percentile(latencies, p)]));
  return {
    iterations: edits.length,
    ...found,
    target_ms: targetMs,
    within_target: percentiles.every((p) => found[`p${p}_ms`] <= targetMs),
    hot: edits.filter((edit) => edit.kind === 'hot').length,
    full_reloads: edits.filter((edit) => edit.kind === 'full').length,
    edits,
  };
}

export function text(result, symbols) {
  const [good, bad] = symbols ? ['✓', '✗'] : ['ok', 'OVER'];
  const lines = [`Hot-reload latency (${result.iterations} iterations):`];
  const over = [];
  for (const p of percentiles) {
    const value = result[`p${p}_ms`];
    if (value > result.target_ms) over.push(`p${p}`);
    lines.push(`p${p}: ${value}ms ${value <= result.target_ms ? good : bad}`);
  }
  lines.push(over.length === 0 ? `All within ${result.target_ms}ms target` : `Over the ${result.target_ms}ms target: ${over.join(', ')}`);
  lines.push(result.full_reloads === 0 ? 'Every edit was hot: the page kept its state'
    : `${result.full_reloads} of ${result.iterations} edits reloaded the whole page, whose state was lost`);
  return lines.join('\n');
}
