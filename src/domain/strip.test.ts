import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, NOON } from '../../test/support/operation.ts';
import type { Interval } from './machine.ts';
import { STRIP_MS, stretchesOf, tellStretches } from './strip.ts';

function interval(state: Interval['state'], fromHours: number, toHours?: number): Interval {
  const until = toHours === undefined ? {} : { until: NOON + toHours * HOUR };
  return { instance: 'i-00000000000000001', state, since: NOON + fromHours * HOUR, ...until, why: { by: 'before' } };
}

test('the day is cut into stretches, of which the last goes on until now', () => {
  const stretches = stretchesOf([interval('running', -30, -12), interval('stopped', -12)], NOON);
  assert.deepEqual(stretches, [
    { tone: 'on', from: 0, to: 0.5 },
    { tone: 'off', from: 0.5, to: 1 },
  ]);
  assert.equal(tellStretches(stretches), 'ran 12 h of 24 h');
});

test('states that look the same are one stretch, and what was before the day is none', () => {
  const stretches = stretchesOf(
    [interval('stopped', -40, -25), interval('pending', -6, -3), interval('stopping', -3, 0)],
    NOON,
  );
  assert.deepEqual(stretches, [{ tone: 'moving', from: 0.75, to: 1 }]);
  assert.equal(tellStretches(stretches), 'ran 0 h of 6 h, starting or stopping 6 h');
});

test('an interval in the future, or with its ends swapped by a clock, draws nothing', () => {
  assert.deepEqual(stretchesOf([interval('running', 1), interval('running', -1, -2)], NOON), []);
  assert.equal(tellStretches([]), '');
});

test('a machine that was seen long ago is not known since then', () => {
  const stretches = stretchesOf([interval('running', -30)], NOON, STRIP_MS, NOON - 6 * HOUR);
  assert.deepEqual(stretches, [{ tone: 'on', from: 0, to: 0.75 }]);
  assert.equal(tellStretches(stretches), 'ran 18 h of 18 h');
});

test('minutes are told where hours would be none', () => {
  assert.equal(tellStretches(stretchesOf([interval('running', -0.2)], NOON)), 'ran 12 min of 12 min');
});
