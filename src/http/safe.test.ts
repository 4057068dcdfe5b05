import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protect, safeResponse } from './safe.ts';

const TYPE = { 'content-type': 'text/html' };
const SAFE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' };

test('an answer has the headers of all answers, whether it was made with them or gets them in the end', () => {
  for (const response of [safeResponse('text', 200, TYPE), new Response('text', { headers: TYPE })])
    assert.deepEqual(Object.fromEntries(protect(response).headers), { ...TYPE, ...SAFE });
});

test('how long an answer may be kept is as the route says', () => {
  const headers = { 'cache-control': 'public, max-age=60' };
  for (const response of [safeResponse(null, 304, headers), new Response(null, { status: 304, headers })])
    assert.equal(protect(response).headers.get('cache-control'), 'public, max-age=60');
});
