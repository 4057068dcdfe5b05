import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback } from './loopback.ts';

test('names and addresses of the machine itself, and those that only look like them', () => {
  for (const host of ['localhost', 'LOCALHOST.', 'sso.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])
    assert.ok(isLoopback(host), host);
  for (const host of ['', '127.evil.example', 'localhost.example', 'notlocalhost', '10.0.0.1', '[::2]', '0.0.0.0'])
    assert.ok(!isLoopback(host), host);
});
