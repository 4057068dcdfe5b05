import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago } from './when.ts';

test('a time has its seconds, from which the script counts', async () => {
  const at = Date.parse('2026-11-27T07:31:59.500Z');
  const told = String(await ago(at, { now: at + 20_000, zone: 'UTC' }));
  assert.equal(told, '<time datetime="2026-11-27T07:31:59Z">just now</time>');
});
