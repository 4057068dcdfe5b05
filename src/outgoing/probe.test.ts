import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startListener } from '../../test/support/listener.ts';
import { probe } from './probe.ts';

test('an answer larger than any credentials is not read', async () => {
  await using listener = await startListener((_request, response) => response.end('x'.repeat(100_000)));
  const probed = await probe(listener.url, { headers: {} });
  assert.ok(probed.answer === 'none');
  assert.match(probed.why, /expected at most 65536 bytes, got more/);
});
