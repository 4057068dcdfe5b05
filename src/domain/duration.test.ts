import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';
import { clampTime } from './time.ts';

for (const [text, ms] of [
  ['0s', 0],
  ['350ms', 350],
  ['30s', 30_000],
  ['1.5h', 5_400_000],
  [' 10m ', 600_000],
  ['6h', 21_600_000],
  ['2d', 172_800_000],
  ['0.001s', 1],
  ['36500d', 3_153_600_000_000],
] as const) {
  test(`"${text}" is ${ms} ms`, () => assert.equal(parseDuration(text), ms));
}

for (const text of [
  '',
  '10',
  's',
  '-5s',
  '+5s',
  '1e3s',
  '1h30m',
  '10 m',
  '10M',
  '1w',
  '.5s',
  '1.s',
  '1.2345s',
  '٣s',
  '0x10s',
  '5constructor',
  'NaNs',
  '1s\n2s',
  '36501d',
  '104249990d',
  '999999999d',
  '1'.repeat(1_000_000),
]) {
  test(`${JSON.stringify(text.slice(0, 20))} is no duration`, () => assert.equal(parseDuration(text), undefined));
}

test('what is read is a whole number of milliseconds that leads from now to a time there is, or nothing', () => {
  const unit = fc.constantFrom('ms', 's', 'm', 'h', 'd');
  fc.assert(
    fc.property(fc.nat(), fc.nat(999), unit, (whole, part, name) => {
      const ms = parseDuration(`${whole}.${part}${name}`);
      assert.ok(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0));
      const then = Date.UTC(2100, 0) + (ms ?? 0);
      assert.equal(clampTime(then), then);
    }),
  );
});

for (const [ms, text] of [
  [-5, '0ms'],
  [0, '0ms'],
  [350, '350ms'],
  [1_000, '1s'],
  [1_499, '1s'],
  [59_999, '1m'],
  [65_000, '1m 5s'],
  [3_905_000, '1h 5m'],
  [90_000_000, '1d 1h'],
] as const) {
  test(`${ms} ms are written ${text}`, () => assert.equal(formatDuration(ms), text));
}

test('a duration in one unit reads back as it was written', () => {
  for (const text of ['999ms', '59s', '59m', '23h', '400d']) {
    assert.equal(formatDuration(parseDuration(text) ?? -1), text);
  }
});
