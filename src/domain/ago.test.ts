import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellAgo, tellSpan } from './ago.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('a stretch of time is told in one unit', () => {
  const told = [0, 59_999, MINUTE, 59 * MINUTE, HOUR, 47 * HOUR, 48 * HOUR].map(tellSpan);
  assert.deepEqual(told, ['moments', 'moments', '1 min', '59 min', '1 h', '47 h', '2 d']);
});

test('a time is told from now, before and after it', () => {
  const told = [-2 * HOUR, -MINUTE, -1, 0, 59_000, MINUTE, 3 * HOUR].map((ms) => tellAgo(ms, 0));
  assert.deepEqual(told, ['2 h ago', '1 min ago', 'just now', 'just now', 'in moments', 'in 1 min', 'in 3 h']);
});
