import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BY_ALERT, HOUR, NOON } from '../../test/support/operation.ts';
import { knownToAskUntil, sumUp, type RealChange, type Rehearsal } from './rehearsal.ts';

const rehearsal = (at: number, more: Partial<Rehearsal> = {}): Rehearsal => ({
  instance: { id: 'i-1', place: {}, name: 'gpu-1' },
  rule: 'idle',
  at,
  asksUntil: 100,
  ...more,
});

/** `rule stops stoppedMs held-back×guard`, one for each row. */
function told(rehearsals: readonly Rehearsal[], changes: readonly number[] = []): readonly string[] {
  const rows = sumUp(
    rehearsals,
    changes.map((at) => ({ instance: 'i-1', at })),
  );
  return rows.map(({ rule, stops, stoppedMs, heldBack, mostHeldBy = '' }) =>
    `${rule} ${stops} ${stoppedMs} ${heldBack === 0 ? '' : `${heldBack}×${mostHeldBy}`}`.trim(),
  );
}

const TABLE: readonly (readonly [
  what: string,
  rehearsals: readonly Rehearsal[],
  changes: readonly number[],
  rows: readonly string[],
])[] = [
  ['nothing', [], [], []],
  ['from the stop until the alert is over', [rehearsal(10)], [], ['idle 1 90']],
  ['copies of an alert that goes on are one stop', [10, 40, 70].map((at) => rehearsal(at)), [], ['idle 1 90']],
  [
    'two firings are two stops',
    [rehearsal(10, { asksUntil: 20 }), rehearsal(50, { asksUntil: 60 })],
    [],
    ['idle 2 20'],
  ],
  [
    'time in common counts once, for the rule that came first',
    [rehearsal(10, { asksUntil: 50 }), rehearsal(20, { rule: 'cold', asksUntil: 70 })],
    [],
    ['idle 1 60', 'cold 0 0'],
  ],
  ['a real change ends it', [rehearsal(10)], [5, 30], ['idle 1 20']],
  ['and after that the alert would stop it again', [rehearsal(10), rehearsal(40)], [30], ['idle 2 80']],
  ['an alert that was over when the dry run ended', [rehearsal(10, { asksUntil: 5 })], [], ['idle 1 0']],
  [
    'what is held back counts no time, and its guards are counted',
    [rehearsal(1, { heldBy: 'windows' }), rehearsal(2, { heldBy: 'opt_out' }), rehearsal(3, { heldBy: 'windows' })],
    [],
    ['idle 0 0 3×windows'],
  ],
  ['held back at first', [rehearsal(1, { heldBy: 'windows' }), rehearsal(40)], [], ['idle 1 60 1×windows']],
];

describe('dry runs, summed up', () => {
  for (const [what, rehearsals, changes, rows] of TABLE)
    test(what, () => {
      assert.deepEqual(told(rehearsals, changes), rows);
      assert.deepEqual(told(rehearsals.toReversed(), changes), rows, 'in any order');
    });

  test('an alert asks until its end, or until its copies are missed; a resolved one until it fires again', () => {
    const [last, late] = [NOON, NOON + 6 * HOUR];
    assert.equal(knownToAskUntil(BY_ALERT, NOON + 1, last, late), NOON + 1);
    assert.equal(knownToAskUntil(BY_ALERT, null, last, NOON + 4 * HOUR), NOON + 4 * HOUR);
    assert.equal(knownToAskUntil(BY_ALERT, null, last, late), last);
    assert.equal(knownToAskUntil({ ...BY_ALERT, resolved: true }, null, last, late), late);
  });

  test('by machine, the longest time first, with its latest name and owner', () => {
    const other = { id: 'i-2', place: {}, owner: 'pia' };
    const rows = sumUp(
      [rehearsal(80), rehearsal(10, { instance: { id: 'i-2', place: {} } }), rehearsal(20, { instance: other })],
      [],
    );
    assert.deepEqual(
      rows.map(({ instance, firstAt, lastAt }) => [instance.id, instance.owner, firstAt, lastAt]),
      [
        ['i-2', 'pia', 10, 20],
        ['i-1', undefined, 80, 80],
      ],
    );
  });

  test('each machine stands still exactly while a count moment by moment says so', () => {
    const some = fc.record({
      rule: fc.constantFrom('idle', 'cold'),
      machine: fc.constantFrom('i-1', 'i-2'),
      at: fc.integer({ min: 0, max: 30 }),
      lasts: fc.integer({ min: 0, max: 12 }),
      heldBy: fc.constantFrom(undefined, undefined, 'windows'),
    });
    const change = fc.record({ instance: fc.constantFrom('i-1', 'i-2'), at: fc.integer({ min: 0, max: 30 }) });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 8 }), fc.array(change, { maxLength: 4 }), (given, changes) => {
        const rehearsals = given.map(({ machine, rule, at, lasts, heldBy }) =>
          rehearsal(at, {
            instance: { id: machine, place: {} },
            rule,
            asksUntil: at + lasts,
            ...(heldBy === undefined ? {} : { heldBy }),
          }),
        );
        const rows = sumUp(rehearsals, changes);
        for (const id of ['i-1', 'i-2']) {
          const summed = rows.filter(({ instance }) => instance.id === id).reduce((sum, row) => sum + row.stoppedMs, 0);
          const moments = Array.from({ length: 50 }, (_, moment) => standsStill(rehearsals, changes, id, moment));
          assert.equal(summed, moments.filter(Boolean).length);
        }
        const heldBack = rows.reduce((sum, row) => sum + row.heldBack, 0);
        assert.equal(heldBack, rehearsals.filter(({ heldBy }) => heldBy !== undefined).length);
        for (const { stops, stoppedMs } of rows) assert.ok(stops > 0 || stoppedMs === 0);
      }),
    );
  });
});

/** Whether some stop would have been made by this moment, its alert still fires, and nothing real has come in between. */
function standsStill(
  rehearsals: readonly Rehearsal[],
  changes: readonly RealChange[],
  id: string,
  moment: number,
): boolean {
  return rehearsals.some(
    ({ instance, at, asksUntil, heldBy }) =>
      instance.id === id &&
      heldBy === undefined &&
      at <= moment &&
      moment < asksUntil &&
      !changes.some((change) => change.instance === id && at < change.at && change.at <= moment),
  );
}
