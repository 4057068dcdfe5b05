import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnd, readMoment } from './read-end.ts';

const NOW = Temporal.ZonedDateTime.from('2026-10-24T20:30[Europe/Berlin]');

for (const [text, expected] of [
  ['21:00', '2026-10-24T19:00:00.000Z'],
  ['9:00', '2026-10-25T08:00:00.000Z'],
  ['20:30', '2026-10-25T19:30:00.000Z'],
  ['2026-10-25', '2026-10-25T23:00:00.000Z'],
  ['2026-10-25T18:00', '2026-10-25T17:00:00.000Z'],
  ['2026-10-25 18:00', '2026-10-25T17:00:00.000Z'],
  ['2026-10-25T18:00Z', '2026-10-25T18:00:00.000Z'],
  ['24:00', undefined],
  ['9', undefined],
  ['tomorrow', undefined],
  ['', undefined],
] as const)
  test(`until ${JSON.stringify(text)}`, () => {
    const until = readMoment(text, NOW);
    assert.equal(until === undefined ? undefined : new Date(until).toISOString(), expected);
  });

test('one of --for and --until is expected, in a form that can be read', () => {
  const read = (values: Readonly<Record<string, string>>) =>
    readEnd({
      line: {
        command: 'hold',
        operands: [],
        flags: new Set(),
        values: new Map(Object.entries(values)),
        lists: new Map(),
        rest: [],
      },
    });
  assert.deepEqual(read({ for: '90m' }), { for: '90m' });
  assert.deepEqual(read({ until: '2026-12-24T18:00Z' }), { until: '2026-12-24T18:00:00.000Z' });
  for (const wrong of [{}, { for: '2h', until: '18:00' }]) assert.throws(() => read(wrong), /either --for or --until/);
  assert.throws(() => read({ for: '2 hours' }), /expected a duration such as 90m, 2h or 1d for --for, got "2 hours"/);
  assert.throws(() => read({ until: 'late' }), /expected a time such as 18:00.+, got "late"/);
});
