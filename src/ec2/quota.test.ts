import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQuota, UNLIMITED } from './quota.ts';

test('the instances of a call come out of the bucket, and the next call may name what is left', async () => {
  const quota = createQuota(1, () => 0);
  assert.equal(await quota.admit({}, 'start', 900), 900);
  assert.equal(await quota.admit({}, 'start', 900), 100);
});

test('without rate limits every call names as many as it likes', async () => {
  for (let call = 0; call < 100; call += 1) assert.equal(await UNLIMITED.admit({}, 'start', 1_000), 1_000);
  UNLIMITED.throttled({}, 'start');
  assert.equal(await UNLIMITED.admit({}, 'start', 1_000), 1_000);
});
