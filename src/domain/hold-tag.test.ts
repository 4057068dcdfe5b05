import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readHoldTag } from './hold-tag.ts';

const NOW = Date.parse('2026-10-24T12:00:00Z');

function read(text: string, zone = 'UTC', now = NOW) {
  return readHoldTag({ 'ec2-operator:hold-until': text }, { optOut: { tag: 'ec2-operator' }, zone }, now);
}

test('the tag counts in any case: its owner means to hold the machine', () => {
  const tags = { 'EC2-Operator:Hold-Until': '2026-12-24' };
  assert.ok(readHoldTag(tags, { optOut: { tag: 'ec2-operator' }, zone: 'UTC' }, NOW));
});

const NOT_UNDERSTOOD = 'not understood';
const OVER = 'over';

describe('the tag hold-until', () => {
  // Berlin's clocks go back on 2026-10-25 at 03:00, and forward on 2027-03-28 at 02:00.
  for (const [text, zone, expected] of [
    ['2026-12-24', 'UTC', '2026-12-25T00:00:00.000Z'],
    ['2026-12-24', 'Europe/Berlin', '2026-12-24T23:00:00.000Z'],
    ['2026-12-24', 'America/Los_Angeles', '2026-12-25T08:00:00.000Z'],
    ['2026-10-24', 'UTC', '2026-10-25T00:00:00.000Z'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-12-24T18:00', 'UTC', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24 18:00', 'Europe/Berlin', '2026-12-24T17:00:00.000Z'],
    ['2026-12-24T18:00:30', 'Europe/Berlin', '2026-12-24T17:00:30.000Z'],
    ['2026-12-24T18:00Z', 'Europe/Berlin', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00z', 'UTC', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00+05:30', 'UTC', '2026-12-24T12:30:00.000Z'],
    ['2026-12-24 18:00-0800', 'UTC', '2026-12-25T02:00:00.000Z'],
    ['  2026-12-24  ', 'UTC', '2026-12-25T00:00:00.000Z'],
    // Twice on that night: the later one, as holding is the safe side.
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T01:30:00.000Z'],
    // Never on that night: as if the clock had not been set forward.
    ['2027-03-28T02:30', 'Europe/Berlin', '2027-03-28T01:30:00.000Z'],
    ['9999-12-31', 'UTC', '+010000-01-01T00:00:00.000Z'],
    ['2026-10-23', 'UTC', OVER],
    ['1970-01-01', 'UTC', OVER],
    ['0001-01-01', 'UTC', OVER],
    ['2026-10-24T12:00', 'UTC', OVER],
    ['2026-10-24T13:30', 'Europe/Berlin', OVER],
    ['', 'UTC', NOT_UNDERSTOOD],
    ['forever', 'UTC', NOT_UNDERSTOOD],
    ['2026-13-01', 'UTC', NOT_UNDERSTOOD],
    ['2026-02-30', 'UTC', NOT_UNDERSTOOD],
    ['2026-12-24T25:00', 'UTC', NOT_UNDERSTOOD],
    ['2026-12-24T18', 'UTC', NOT_UNDERSTOOD],
    ['2026-12-24T18:00+99:00', 'UTC', NOT_UNDERSTOOD],
    ['24.12.2026', 'UTC', NOT_UNDERSTOOD],
    ['12/24/2026', 'UTC', NOT_UNDERSTOOD],
    ['2026-1-1', 'UTC', NOT_UNDERSTOOD],
    ['1767222000', 'UTC', NOT_UNDERSTOOD],
    ['2h', 'UTC', NOT_UNDERSTOOD],
    ['2026-12-24T18:00[Europe/Paris]', 'UTC', NOT_UNDERSTOOD],
    ['2026-12-24T18:00 until I am back', 'UTC', NOT_UNDERSTOOD],
    ['2026-12-24'.padEnd(256, '9'), 'UTC', NOT_UNDERSTOOD],
    ['\u202e2026-12-24', 'UTC', NOT_UNDERSTOOD],
  ] as const)
    test(`${JSON.stringify(text.slice(0, 40))} in ${zone} holds until ${expected}`, () => {
      const tag = read(text, zone);
      if (expected === OVER) {
        assert.equal(tag, undefined);
        return;
      }
      assert.ok(tag);
      const until = Number.isFinite(tag.until) ? new Date(tag.until).toISOString() : NOT_UNDERSTOOD;
      assert.equal(until, expected);
      assert.match(tag.told, /^[\x20-\x7e]{1,400}$/, 'a hostile text is quoted and cut');
      if (expected === NOT_UNDERSTOOD) assert.match(tag.told, /neither a date such as 2026-12-24 nor a time/);
    });

  test('of another prefix, or none, holds nothing', () => {
    const settings = { optOut: { tag: 'ec2-operator' }, zone: 'UTC' };
    assert.equal(readHoldTag({}, settings, NOW), undefined);
    assert.equal(readHoldTag({ 'other:hold-until': 'forever' }, settings, NOW), undefined);
  });
});
