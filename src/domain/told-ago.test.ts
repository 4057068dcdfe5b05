import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellAgo } from './told-ago.ts';

test('tells how long ago a time was, with two units where the second one matters', () => {
  const now = Date.UTC(2026, 10, 22, 12);
  const told = (minutes: number) => tellAgo(now - minutes * 60_000, now);
  assert.deepEqual([0, 0.5, 1, 59, 60, 90, 181, 1_440, 1_500, 4_400, 200_000].map(told), [
    'just now',
    'just now',
    '1 min ago',
    '59 min ago',
    '1 h ago',
    '1 h 30 min ago',
    '3 h ago',
    '1 d ago',
    '1 d 1 h ago',
    '3 d ago',
    '',
  ]);
  assert.deepEqual([-0.5, -15, -150].map(told), ['in less than a minute', 'in 15 min', 'in 2 h 30 min']);
});
