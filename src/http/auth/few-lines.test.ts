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

test('a flood of one kind hides no other, and what senders write makes no kinds', () => {
  const written: string[] = [];
  const warn = createFewLines({ warn: (_: unknown, message?: string) => written.push(message ?? '') }, () => 0);
  for (let turn = 0; turn < 100; turn += 1) warn({}, `a delivery was refused: expected JSON, got ${turn}: odd`);
  assert.equal(written.length, 10);
  warn({}, 'a request came with wrong credentials');
  assert.equal(written.at(-1), 'a request came with wrong credentials');
});
