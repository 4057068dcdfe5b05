import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noticeDelayMs, retryDelayMs, verifyDelayMs } from './backoff.ts';

const attempts = fc.integer({ min: 1, max: 10_000 });
const floors = fc.integer({ min: 0, max: 600_000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('a retry comes no sooner than the floor, and within a minute of it', () => {
  fc.assert(
    fc.property(attempts, floors, random, (attempt, floorMs, chance) => {
      const delay = retryDelayMs(attempt, floorMs, chance);
      assert.ok(delay >= floorMs && delay <= floorMs + 60_000);
    }),
  );
});

test('the room for chance doubles with every try, up to a minute', () => {
  const almostOne = 1 - Number.EPSILON;
  assert.deepEqual(
    [1, 2, 3, 5, 6, 7, 1_000].map((attempt) => retryDelayMs(attempt, 0, almostOne)),
    [2_000, 4_000, 8_000, 32_000, 60_000, 60_000, 60_000],
  );
  assert.equal(retryDelayMs(5, 0, 0), 0, 'full jitter begins at nothing');
});

test('looks come every second at first, then every third of the time that has passed, up to 15 seconds', () => {
  assert.deepEqual(
    [0, 1_000, 3_000, 9_000, 30_000, 45_000, 3_600_000].map(verifyDelayMs),
    [1_000, 1_000, 1_000, 3_000, 10_000, 15_000, 15_000],
  );
});

test('a notice is sent again after 5 seconds, and at last once an hour; a warning at least once a minute', () => {
  const delays = (isUrgent: boolean): readonly number[] =>
    [1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => noticeDelayMs(attempt, isUrgent, 0.5));
  assert.deepEqual(delays(false), [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 3_600_000, 3_600_000]);
  assert.deepEqual(delays(true), [5_000, 30_000, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000]);
});

test('notices that failed together come back up to a fifth earlier or later', () => {
  fc.assert(
    fc.property(attempts, fc.boolean(), random, (attempt, isUrgent, chance) => {
      const delay = noticeDelayMs(attempt, isUrgent, chance);
      const middle = noticeDelayMs(attempt, false, 0.5);
      assert.ok(delay >= Math.min(middle * 0.8, 60_000) && delay <= middle * 1.2);
      if (isUrgent) assert.ok(delay <= 60_000);
    }),
  );
  assert.notEqual(noticeDelayMs(1, false, 0), noticeDelayMs(1, false, 0.9));
});
