import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lengthOf, writeCookie } from './cookie.ts';

test('the length of a cookie is that of name and value: browsers count both', () => {
  for (const kind of ['secure', 'plain'] as const) {
    const [pair = ''] = writeCookie(kind, 'value', 1_000).split(';');
    assert.equal(lengthOf(kind, 'value'), pair.length);
  }
});
