import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instanceWith, NOON } from '../../test/support/operation.ts';
import type { Cause } from './cause.ts';
import { joinLeases, leaseAfter, longestLeaseOn, parseLease } from './lease.ts';
import type { Lease } from './voice.ts';

const HOUR = 3_600_000;
const ADA: Cause = { by: 'person', name: 'Ada at 10.0.0.7', beganAt: NOON };
const BEN: Cause = { by: 'person', name: 'Ben at 10.0.0.8', beganAt: NOON + 1 };
const ALERT: Cause = { by: 'alert', fingerprint: 'f', alertname: 'Jobs', beganAt: NOON };
const LEASE: Lease = {
  id: 'l',
  instance: 'i-1',
  since: NOON - HOUR,
  until: NOON + 3 * HOUR,
  lengthMs: 4 * HOUR,
  who: 'Ada',
};

test('a lease is a duration of more than nothing and at most 366 days', () => {
  assert.deepEqual(parseLease('2h', 'it'), { ok: true, value: 2 * HOUR });
  for (const text of ['0s', '367d', '3650d', '2', 'ages', '-1h', '', 7, undefined])
    assert.equal(parseLease(text, 'it').ok, false);
});

describe('of two who ask for the same start', () => {
  const silent = {};
  const byDefault = { leaseMs: 8 * HOUR, leaseByDefault: true } as const;
  const hours = (count: number) => ({ leaseMs: count * HOUR });
  for (const [known, joining, joined] of [
    [{ cause: ADA, ...hours(1) }, { cause: BEN, ...hours(2) }, hours(2)],
    [{ cause: ADA, ...hours(2) }, { cause: BEN, ...hours(1) }, hours(2)],
    [{ cause: ADA, ...hours(2) }, { cause: { ...ADA, beganAt: NOON + 5 }, ...hours(1) }, hours(1)],
    [{ cause: ADA, ...hours(2) }, { cause: { ...ADA, beganAt: NOON - 5 }, ...hours(1) }, hours(2)],
    [{ cause: ADA, ...silent }, { cause: BEN, ...hours(1) }, hours(1)],
    [{ cause: ADA, ...byDefault }, { cause: BEN, ...hours(1) }, hours(1)],
    [{ cause: ADA, ...hours(2) }, { cause: BEN, ...silent }, hours(2)],
    [{ cause: ALERT, ...hours(5) }, { cause: ADA, ...hours(1) }, hours(1)],
    [
      { cause: ALERT, ...hours(5) },
      { cause: ADA, ...silent },
      { ...hours(5), leaseByDefault: true },
    ],
    [{ cause: ALERT, ...hours(5) }, { cause: ADA, ...byDefault }, byDefault],
    [{ cause: ADA, ...hours(1) }, { cause: ALERT, ...hours(5) }, hours(5)],
    [{ cause: ADA, ...hours(5) }, { cause: ALERT, ...hours(1) }, hours(5)],
    [{ cause: ADA, ...silent }, { cause: ALERT, ...hours(1) }, silent],
    [{ cause: ALERT, ...hours(1) }, { cause: ALERT, ...hours(2) }, hours(2)],
    [{ cause: ALERT, ...hours(1) }, { cause: ALERT, ...silent }, silent],
  ] as const)
    test(JSON.stringify([known, joining]), () => {
      assert.deepEqual(joinLeases(known, joining), joined);
    });
});

describe('the lease after a start', () => {
  const after = (cause: Cause, asked: object, hasStarted: boolean, present?: Lease) => {
    const terms = leaseAfter({ intent: { cause, ...asked }, hasStarted, at: NOON, present });
    return terms && [(terms.until - NOON) / HOUR, terms.isFresh];
  };
  const one = { leaseMs: HOUR };
  const byDefault = { leaseMs: HOUR, leaseByDefault: true };

  test('by a person who says how long is as long as that, but not shorter than what another person has agreed', () => {
    assert.deepEqual(after(ADA, one, true), [1, true]);
    assert.deepEqual(after(ADA, one, false), [1, true]);
    assert.deepEqual(after(ADA, one, false, LEASE), [1, true]);
    assert.deepEqual(after(BEN, one, false, LEASE), [3, true]);
    assert.deepEqual(after(BEN, one, false, { ...LEASE, who: 'alert Jobs' }), [1, true]);
  });

  test('stays that of the person who has agreed on its end', () => {
    const whose = (cause: Cause, asked: object) =>
      leaseAfter({ intent: { cause, ...asked }, hasStarted: false, at: NOON, present: LEASE })?.who;
    assert.equal(whose(BEN, one), 'Ada', 'asked for twice, it would be made shorter otherwise');
    assert.equal(whose(BEN, byDefault), 'Ada');
    assert.equal(whose(BEN, { leaseMs: 4 * HOUR }), 'Ben');
  });

  test('by a person who says nothing is the default, or as long as before, and never ends sooner', () => {
    assert.deepEqual(after(ADA, byDefault, true), [1, true]);
    assert.deepEqual(after(ADA, {}, false, LEASE), [4, true]);
    assert.deepEqual(after(ADA, byDefault, false, LEASE), [3, true]);
    assert.equal(after(ADA, {}, true), undefined);
    assert.equal(after(ADA, byDefault, false), undefined, 'a machine that runs without an end gets none from silence');
  });

  test('by an alert is for what it has started, and only ever longer', () => {
    assert.deepEqual(after(ALERT, one, true), [1, true]);
    assert.equal(after(ALERT, one, false), undefined);
    assert.equal(after(ALERT, one, false, LEASE), undefined);
    assert.deepEqual(after(ALERT, { leaseMs: 5 * HOUR }, false, LEASE), [5, false]);
    assert.equal(after(ALERT, {}, true), undefined);
  });
});

test('the first rule that says how long a machine may be held limits its lease', () => {
  const rules = [
    { only: { stage: 'batch' }, longestMs: 0 },
    { only: { stage: 'dev' }, atMostMs: 1 },
    { longestMs: HOUR },
  ];
  assert.equal(longestLeaseOn(instanceWith({ tags: { stage: 'batch' } }), { rules }), 0);
  assert.equal(longestLeaseOn(instanceWith({ tags: { stage: 'dev' } }), { rules }), HOUR);
  assert.equal(longestLeaseOn(undefined, { rules: [] }), 366 * 24 * HOUR);
});
