import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lastWeek, nextDigestAt, type DigestTime } from './digest-time.ts';

const MONDAY: DigestTime = { day: 1, minutes: 9 * 60, zone: 'Europe/Berlin' };

function week(now: string, time = MONDAY): readonly string[] {
  const { since, until } = lastWeek(time, Date.parse(now));
  return [since, until].map((at) => new Date(at).toISOString().slice(0, 16));
}

test('a week ends on its day, at its time', () => {
  assert.deepEqual(week('2026-11-27T12:00:00Z'), ['2026-11-16T08:00', '2026-11-23T08:00']);
  assert.deepEqual(week('2026-11-23T08:00:00Z'), ['2026-11-16T08:00', '2026-11-23T08:00']);
  assert.deepEqual(week('2026-11-23T07:59:59.999Z'), ['2026-11-09T08:00', '2026-11-16T08:00']);
});

test('the time of day stays where clocks are changed', () => {
  assert.deepEqual(week('2026-10-26T12:00:00Z'), ['2026-10-19T07:00', '2026-10-26T08:00']);
  assert.deepEqual(week('2026-03-30T12:00:00Z'), ['2026-03-23T08:00', '2026-03-30T07:00']);
});

test('a time that the clock skips or shows twice comes once', () => {
  const sunday = { day: 7, minutes: 150, zone: 'Europe/Berlin' };
  assert.deepEqual(week('2026-03-29T12:00:00Z', sunday), ['2026-03-22T01:30', '2026-03-29T01:30']);
  assert.deepEqual(week('2026-10-25T12:00:00Z', sunday), ['2026-10-18T00:30', '2026-10-25T00:30']);
  assert.deepEqual(week('2026-10-25T01:45:00Z', sunday), ['2026-10-18T00:30', '2026-10-25T00:30']);
});

test('weeks follow each other without a gap, in every zone and at every moment', () => {
  const time = fc.record({
    day: fc.integer({ min: 1, max: 7 }),
    minutes: fc.integer({ min: 0, max: 1_439 }),
    zone: fc.constantFrom(
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Asia/Tokyo',
      'Pacific/Apia',
      'UTC',
    ),
  });
  const moment = fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2030, 0) });
  fc.assert(
    fc.property(time, moment, (given, now) => {
      const { since, until } = lastWeek(given, now);
      const next = nextDigestAt(given, now);
      assert.ok(since < until && until <= now && now < next);
      assert.deepEqual(lastWeek(given, next), { since: until, until: next });
      assert.deepEqual(lastWeek(given, next - 1), { since, until });
    }),
  );
});
