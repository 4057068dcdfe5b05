import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextFree, type Window } from './window.ts';

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const WEEKDAYS = [1, 2, 3, 4, 5];
const BERLIN = 'Europe/Berlin';

/** `at('Sun 2026-11-22 12:00')` in UTC; the weekday is there for the reader, and checked. */
function at(text: string): number {
  const [weekday = '', date = '', time = ''] = text.split(' ');
  const ms = Date.parse(`${date}T${time}Z`);
  assert.equal(new Date(ms).toUTCString().slice(0, 3), weekday, text);
  return ms;
}

function shown(ms: number | undefined): string {
  if (ms === undefined) return 'never';
  const date = new Date(ms);
  return `${date.toUTCString().slice(0, 3)} ${date.toISOString().slice(0, 16).replace('T', ' ')}`;
}

function window(kind: Window['kind'], range: string, change: Partial<Window> = {}): Window {
  const [from = 0, to = 0] = range.split('-').map((time) => {
    const [hours = 0, minutes = 0] = time.split(':').map(Number);
    return hours * 60 + minutes;
  });
  return { kind, verbs: ['stop'], from, to, days: EVERY_DAY, zone: 'UTC', ...change };
}

function free(windows: readonly Window[], now: string): string {
  return shown(nextFree(windows, at(now)));
}

describe('what is allowed', () => {
  test('from its first minute up to its last, and not a millisecond longer', () => {
    const windows = [window('allow', '09:00-17:30')];
    assert.equal(free(windows, 'Mon 2026-11-23 09:00'), 'Mon 2026-11-23 09:00');
    assert.equal(free(windows, 'Mon 2026-11-23 17:29'), 'Mon 2026-11-23 17:29');
    assert.equal(free(windows, 'Mon 2026-11-23 17:30'), 'Tue 2026-11-24 09:00');
    const opens = at('Mon 2026-11-23 09:00');
    assert.equal(nextFree(windows, opens - 1), opens);
    const closes = at('Mon 2026-11-23 17:30');
    assert.equal(nextFree(windows, closes - 1), closes - 1);
  });

  test('overnight belongs to the day on which it begins', () => {
    const windows = [window('allow', '22:00-06:00', { days: [5] })];
    assert.equal(free(windows, 'Fri 2026-11-20 05:00'), 'Fri 2026-11-20 22:00');
    assert.equal(free(windows, 'Sat 2026-11-21 05:59'), 'Sat 2026-11-21 05:59');
    assert.equal(free(windows, 'Sat 2026-11-21 06:00'), 'Fri 2026-11-27 22:00');
    assert.equal(free(windows, 'Sun 2026-11-22 02:00'), 'Fri 2026-11-27 22:00');
  });

  test('a range that ends where it begins is a whole day, and midnight can be written either way', () => {
    assert.equal(free([window('allow', '09:00-09:00', { days: [1] })], 'Tue 2026-11-24 08:59'), 'Tue 2026-11-24 08:59');
    for (const range of ['18:00-24:00', '18:00-00:00']) {
      const windows = [window('allow', range, { days: [1] })];
      assert.equal(free(windows, 'Mon 2026-11-23 23:59'), 'Mon 2026-11-23 23:59', range);
      assert.equal(free(windows, 'Tue 2026-11-24 00:00'), 'Mon 2026-11-30 18:00', range);
    }
    assert.equal(free([window('allow', '00:00-24:00', { days: [1] })], 'Mon 2026-11-23 00:00'), 'Mon 2026-11-23 00:00');
  });

  test('a week from now at the latest', () => {
    const windows = [window('allow', '09:00-10:00', { days: [1] })];
    assert.equal(free(windows, 'Mon 2026-11-23 10:00'), 'Mon 2026-11-30 09:00');
  });

  test('of several, any will do', () => {
    const windows = [window('allow', '09:00-10:00', { days: [3] }), window('allow', '20:00-21:00', { days: [2] })];
    assert.equal(free(windows, 'Mon 2026-11-23 09:30'), 'Tue 2026-11-24 20:00');
    assert.equal(free(windows, 'Wed 2026-11-25 09:30'), 'Wed 2026-11-25 09:30');
  });
});

describe('what is forbidden', () => {
  test('is everything within, and the rest is free', () => {
    const windows = [window('forbid', '08:00-18:00', { days: WEEKDAYS })];
    assert.equal(free(windows, 'Fri 2026-11-27 07:59'), 'Fri 2026-11-27 07:59');
    assert.equal(free(windows, 'Fri 2026-11-27 08:00'), 'Fri 2026-11-27 18:00');
    assert.equal(free(windows, 'Sat 2026-11-28 12:00'), 'Sat 2026-11-28 12:00');
  });

  test('beats what is allowed', () => {
    const windows = [window('allow', '00:00-24:00'), window('forbid', '08:00-18:00')];
    assert.equal(free(windows, 'Mon 2026-11-23 12:00'), 'Mon 2026-11-23 18:00');
    const covered = [window('allow', '10:00-12:00'), window('forbid', '09:00-11:00')];
    assert.equal(free(covered, 'Mon 2026-11-23 08:00'), 'Mon 2026-11-23 11:00');
  });

  test('one after the other is waited for to the end of the last', () => {
    const windows = [window('forbid', '08:00-12:00'), window('forbid', '12:00-14:00'), window('forbid', '13:00-20:00')];
    assert.equal(free(windows, 'Mon 2026-11-23 09:00'), 'Mon 2026-11-23 20:00');
  });

  test('at all times leaves no moment, however long it is looked for', () => {
    assert.equal(free([window('forbid', '00:00-24:00')], 'Sun 2026-11-22 12:00'), 'never');
    assert.equal(free([window('forbid', '00:00-24:00', { zone: BERLIN })], 'Sun 2026-10-25 00:30'), 'never');
    const never = [window('allow', '09:00-10:00'), window('forbid', '08:00-11:00')];
    assert.equal(free(never, 'Mon 2026-11-23 12:00'), 'never');
    const sundays = [window('forbid', '00:00-24:00', { days: [1, 2, 3, 4, 5, 6] })];
    assert.equal(free(sundays, 'Mon 2026-11-23 00:00'), 'Sun 2026-11-29 00:00');
  });
});

describe('time zones', () => {
  test("the hours and the days are the zone's", () => {
    const windows = [window('allow', '22:00-06:00', { days: [5], zone: 'America/New_York' })];
    assert.equal(free(windows, 'Fri 2026-11-20 22:00'), 'Sat 2026-11-21 03:00');
    assert.equal(free(windows, 'Sat 2026-11-21 10:59'), 'Sat 2026-11-21 10:59');
    assert.equal(
      free([window('allow', '00:00-01:00', { days: [7], zone: 'Pacific/Kiritimati' })], 'Sat 2026-11-21 09:00'),
      'Sat 2026-11-21 10:00',
    );
  });

  test('each window has its own', () => {
    const windows = [window('forbid', '08:00-18:00', { zone: BERLIN }), window('forbid', '08:00-18:00')];
    assert.equal(free(windows, 'Mon 2026-11-23 07:30'), 'Mon 2026-11-23 18:00');
  });

  test('summer time begins: the night is an hour shorter, and the hour that is left out opens nothing early', () => {
    // 2026-03-29 in Berlin: 02:00 is 03:00 at once, which is 01:00 UTC.
    const night = [window('allow', '22:00-06:00', { zone: BERLIN })];
    assert.equal(free(night, 'Sat 2026-03-28 20:59'), 'Sat 2026-03-28 21:00');
    assert.equal(free(night, 'Sun 2026-03-29 03:59'), 'Sun 2026-03-29 03:59');
    assert.equal(free(night, 'Sun 2026-03-29 04:00'), 'Sun 2026-03-29 20:00');
    const gap = [window('forbid', '02:00-03:00', { zone: BERLIN })];
    assert.equal(free(gap, 'Sun 2026-03-29 01:00'), 'Sun 2026-03-29 01:00', 'there is no such hour in that night');
  });

  test('summer time ends: what is forbidden is forbidden both times', () => {
    // 2026-10-25 in Berlin: 02:00 to 03:00 comes twice, from 00:00 and from 01:00 UTC.
    const forbidden = [window('forbid', '02:15-02:45', { zone: BERLIN })];
    assert.equal(free(forbidden, 'Sun 2026-10-25 00:14'), 'Sun 2026-10-25 00:14');
    assert.equal(free(forbidden, 'Sun 2026-10-25 00:20'), 'Sun 2026-10-25 01:45');
    assert.equal(
      free([window('forbid', '22:00-02:30', { zone: BERLIN })], 'Sun 2026-10-25 00:29'),
      'Sun 2026-10-25 01:30',
    );
  });

  test('summer time ends: what is allowed is what its clock shows only once', () => {
    const windows = [window('allow', '01:00-02:30', { zone: BERLIN })];
    assert.equal(free(windows, 'Sun 2026-10-25 00:29'), 'Sun 2026-10-25 00:29');
    assert.equal(free(windows, 'Sun 2026-10-25 00:30'), 'Mon 2026-10-26 00:00');
    const later = [window('allow', '02:30-05:00', { zone: BERLIN })];
    assert.equal(free(later, 'Sun 2026-10-25 00:45'), 'Sun 2026-10-25 01:30');
  });
});

test('without windows every moment is free', () => {
  assert.equal(free([], 'Mon 2026-11-23 00:00'), 'Mon 2026-11-23 00:00');
});

test("the answer is the same whatever was asked before, also where a day begins at one o'clock", () => {
  // In Cairo, 2026-04-24 has no midnight.
  for (const [zone, begins] of [
    [BERLIN, 'Sat 2026-10-24 00:00'],
    ['Africa/Cairo', 'Wed 2026-04-22 00:00'],
  ] as const) {
    const asked = [window('forbid', '22:30-00:30', { zone }), window('allow', '20:00-09:00', { zone, days: WEEKDAYS })];
    // Four days, and one when the others are long over.
    const hours = Array.from({ length: 120 }, (_, hour) => at(begins) + (hour < 96 ? hour : hour + 240) * 3_600_000);
    for (const now of [...hours, ...hours.toReversed()].flatMap((time) => [time - 1, time]))
      assert.equal(shown(nextFree(asked, now)), shown(nextFree(structuredClone(asked), now)), shown(now));
  }
});
