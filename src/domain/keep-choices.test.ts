import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptUntil, offeredKeeps } from './keep-choices.ts';

const at = (text: string): number => Date.parse(text);
const DAY_MS = 86_400_000;

test('one hour, four hours, or until tomorrow at nine on the clock of the zone', () => {
  const now = at('2026-11-27T20:00:00Z');
  const offered = offeredKeeps({ now, zone: 'Europe/Berlin' }, DAY_MS);
  assert.deepEqual(
    offered.map(({ label, until }) => `${label}: ${new Date(until).toISOString()}`),
    [
      'Keep 1 h: 2026-11-27T21:00:00.000Z',
      'Keep 4 h: 2026-11-28T00:00:00.000Z',
      'Until tomorrow 9:00: 2026-11-28T08:00:00.000Z',
    ],
  );
});

test('what goes beyond the longest hold is not offered', () => {
  const choices = (now: string, longestMs: number): readonly string[] =>
    offeredKeeps({ now: at(now), zone: 'UTC' }, longestMs).map(({ choice }) => choice);
  assert.deepEqual(choices('2026-11-27T08:00:00Z', DAY_MS), ['1h', '4h']);
  assert.deepEqual(choices('2026-11-27T09:00:00Z', DAY_MS), ['1h', '4h', 'morning']);
  assert.deepEqual(choices('2026-11-27T09:00:00Z', 3_600_000), ['1h']);
  assert.deepEqual(choices('2026-11-27T09:00:00Z', 0), []);
});

test('nine is nine when the clocks are changed in the night', () => {
  const zone = 'Europe/Berlin';
  assert.equal(keptUntil('morning', { now: at('2026-10-24T20:00:00Z'), zone }), at('2026-10-25T08:00:00Z'));
  assert.equal(keptUntil('morning', { now: at('2026-03-28T20:00:00Z'), zone }), at('2026-03-29T07:00:00Z'));
});
