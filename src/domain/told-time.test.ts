import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellTime, tellTimesIn } from './told-time.ts';

const told = (at: string, zone: string, now = at): string => tellTime(Date.parse(at), { zone, now: Date.parse(now) });

test('the zone is named by its common abbreviation, or by its own name', () => {
  const at = '2026-11-27T13:30:00Z';
  assert.equal(told(at, 'UTC'), '13:30 UTC');
  assert.equal(told(at, 'Europe/Berlin'), '14:30 CET');
  assert.equal(told(at, 'Europe/London'), '13:30 GMT');
  assert.equal(told(at, 'America/New_York'), '08:30 EST');
  assert.equal(told(at, 'Australia/Sydney'), '00:30 AEDT');
  assert.equal(told(at, 'Asia/Kolkata'), '19:00 IST');
  assert.equal(told(at, 'Asia/Tokyo'), '22:30 Asia/Tokyo');
  assert.equal(told(at, '+05:30'), '19:00 UTC+05:30');
});

test('the offset is that of the time, not of now', () => {
  assert.equal(told('2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-28T12:00:00Z'), 'Sun 29 Mar 14:00 CEST');
  assert.equal(told('2026-03-28T12:00:00Z', 'Europe/Berlin', '2026-03-29T12:00:00Z'), 'Sat 28 Mar 13:00 CET');
});

test('an hour that the clock shows twice is told apart', () => {
  const [one, two] = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((at) => told(at, 'Europe/Berlin'));
  assert.deepEqual([one, two], ['02:30 CEST', '02:30 CET']);
  const [summer, winter] = ['2027-04-04T02:30:00Z', '2027-04-04T03:30:00Z'].map((at) => told(at, 'America/Santiago'));
  assert.deepEqual([summer, winter], ['23:30 America/Santiago (UTC-03:00)', '23:30 America/Santiago (UTC-04:00)']);
});

test('the clock is right to the minute where zones set theirs', () => {
  for (const [zone, change] of [
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
    ['Asia/Kathmandu', '2026-10-03T00:00:00Z'],
    ['America/St_Johns', '2026-11-01T04:30:00Z'],
    ['Pacific/Chatham', '2026-09-26T14:00:00Z'],
  ] as const)
    for (let minute = -45; minute <= 45; minute += 5) {
      const instant = Temporal.Instant.from(change).add({ minutes: minute });
      const at = instant.toZonedDateTimeISO(zone);
      const [now, text] = [at.add({ hours: 12 }).toInstant(), at.toPlainTime().toString({ smallestUnit: 'minute' })];
      assert.ok(told(instant.toString(), zone, now.toString()).includes(text), `${zone} ${instant.toString()}`);
    }
});

test('another day has its date, another year its year, and a time that is near its seconds', () => {
  const now = '2026-12-31T22:59:00Z';
  assert.equal(told('2026-12-31T23:00:30Z', 'Europe/Berlin', now), 'Fri 1 Jan 2027 00:00:30 CET');
  assert.equal(told('2026-12-30T12:00:30Z', 'Europe/Berlin', now), 'Wed 30 Dec 13:00 CET');
  assert.equal(told('2026-12-31T23:00:30Z', 'UTC', now), '23:00:30 UTC');
});

test('the times in a sentence are told at the reader’s clock, and nothing else is changed', () => {
  const reading = { zone: 'Europe/Berlin', now: Date.parse('2026-11-27T13:30:00Z') };
  const text = 'pia holds it until 2026-11-27T18:00:00.000Z ("2026-11-27", 2026-13-41T99:00:00Z)';
  assert.equal(tellTimesIn(text, reading), 'pia holds it until 19:00 CET ("2026-11-27", 2026-13-41T99:00:00Z)');
});
