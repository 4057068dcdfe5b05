import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBuckets } from './buckets.ts';

const rule = { max: 5, refillPerSecond: 2 };

test('a bucket is full at first, empties and refills with time up to its size', () => {
  const buckets = createBuckets();
  const take = (now: number) => buckets.take('a', rule, 1, now);
  assert.deepEqual([0, 0, 0, 0, 0, 0].map(take), [true, true, true, true, true, false]);
  assert.equal(take(499), false);
  assert.equal(take(500), true);
  assert.equal(take(500), false);
  assert.deepEqual([60_000, 60_000, 60_000, 60_000, 60_000, 60_000].map(take).filter(Boolean).length, 5);
});

test('all tokens are taken or none, and every key has its own bucket', () => {
  const buckets = createBuckets();
  assert.equal(buckets.take('a', rule, 6, 0), false);
  assert.equal(buckets.take('a', rule, 5, 0), true);
  assert.equal(buckets.take('a', rule, 1, 0), false);
  assert.equal(buckets.take('b', rule, 1, 0), true);
});
