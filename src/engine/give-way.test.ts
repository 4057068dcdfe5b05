import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON, queuedWith } from '../../test/support/operation.ts';
import { giveWay } from './give-way.ts';

/** In milliseconds from the look: when the operation looks again. */
function nextLook(ageMs: number, isUnresolved: boolean): number {
  const at = NOON + ageMs;
  const obstacle = {
    outcome: 'rival',
    rival: 'other',
    yields: false,
    ...(isUnresolved ? { isUnresolved } : {}),
  } as const;
  const parts = { clock: () => at, onJudged: () => undefined };
  const step = giveWay(parts, queuedWith(), obstacle, undefined);
  assert.ok('event' in step && step.event.type === 'wait');
  return step.event.until - at;
}

test('a rival that has not found its machine yet is looked at soon, and then at growing distances', () => {
  assert.deepEqual(
    [0, 200, 1_000, 3_000, 60_000].map((age) => nextLook(age, true)),
    [250, 250, 1_000, 3_000, 5_000],
  );
});

test('a rival whose machine is known is looked at every five seconds', () => {
  assert.deepEqual(
    [0, 60_000].map((age) => nextLook(age, false)),
    [5_000, 5_000],
  );
});
