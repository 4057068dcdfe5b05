import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookUpName } from './dns.ts';

test('all addresses of a name', async () => {
  const found = await lookUpName('localhost');
  assert.equal(found.answer, 'addresses');
  assert.ok(found.addresses.every((address) => ['127.0.0.1', '::1'].includes(address)));
});

test('a name that cannot be is unknown, or the resolver could not say: never an address', async () => {
  const { answer } = await lookUpName('no-such-name.invalid');
  assert.ok(answer === 'unknown' || answer === 'failed', answer);
});
