import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFewLines } from './few-lines.ts';

test('ten lines a minute are written, and then how many were left out', () => {
  let now = 0;
  const written: unknown[] = [];
  const warn = createFewLines({ warn: (fields: unknown) => written.push(fields) }, () => now);
  for (let turn = 0; turn < 25; turn += 1) warn({ turn }, 'x');
  assert.equal(written.length, 10);
  now = 60_000;
  warn({ turn: 25 }, 'x');
  warn({ turn: 26 }, 'x');
  assert.deepEqual(written.slice(10), [{ turn: 25, leftOut: 15 }, { turn: 26 }]);
});
