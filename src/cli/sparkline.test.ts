import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparkline } from './sparkline.ts';

for (const [numbers, bars] of [
  [[], ''],
  [[0, 0], '▁▁'],
  [[0, 1, 7], '▁▂█'],
  [[24, 12, 23.9], '█▄▇'],
] as const) {
  test(`${JSON.stringify(numbers)} is ${bars}`, () => {
    assert.equal(sparkline(numbers), bars);
  });
}
