import assert from 'node:assert/strict';
import { test } from 'node:test';

test('set-cookie is taken apart where the platform cannot', () => {
  const own = Object.getOwnPropertyDescriptor(Headers.prototype, 'getSetCookie');
  delete (Headers.prototype as Partial<Headers>).getSetCookie;
  try {
    require('../../scripts/headers.cjs');
    const headers = new Headers({ 'set-cookie': 'a=1; Expires=Sun, 29 Nov 2026 11:56:03 GMT, b=2; Path=/' });
    assert.deepEqual(headers.getSetCookie(), ['a=1; Expires=Sun, 29 Nov 2026 11:56:03 GMT', 'b=2; Path=/']);
    assert.deepEqual(new Headers().getSetCookie(), []);
  } finally {
    if (own) Object.defineProperty(Headers.prototype, 'getSetCookie', own);
  }
});
