import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf, methodOf, Metrics } from '../lib/metrics';

test('requests are counted by method, status and endpoint, and their times in buckets', () => {
  const metrics = new Metrics();
  metrics.record('GET', 200, '/', 0.02);
  metrics.record('GET', 200, '/', 3);
  const text = metrics.text();
  assert.match(text, /^http_requests_total\{method="GET",status="200",endpoint="\/"\} 2$/m);
  assert.match(text, /^http_request_duration_seconds_bucket\{method="GET",endpoint="\/",le="0.01"\} 0$/m);
  assert.match(text, /^http_request_duration_seconds_bucket\{method="GET",endpoint="\/",le="0.025"\} 1$/m);
  assert.match(text, /^http_request_duration_seconds_bucket\{method="GET",endpoint="\/",le="\+Inf"\} 2$/m);
  assert.match(text, /^http_request_duration_seconds_sum\{method="GET",endpoint="\/"\} 3.02$/m);
});

test('no client can make new labels', () => {
  assert.equal(endpointOf('/api/health'), '/api/health');
  assert.equal(endpointOf('/_next/static/x.js'), '/_next');
  assert.equal(endpointOf('/wp-login.php'), 'unmatched');
  assert.equal(methodOf('BREW'), 'OTHER');
});
