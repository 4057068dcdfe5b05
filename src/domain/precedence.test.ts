import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BY_ALERT, BY_PERSON, intentWith, NOON, queuedWith } from '../../test/support/operation.ts';
import { markSent, transition, type Operation } from './operation.ts';
import type { Cause } from './cause.ts';
import { beats, findKeeper, findWay, keepsBack, momentOf, overtakes } from './precedence.ts';

/** Longer than the time in which the order of two alerts says nothing. */
const MINUTE = 60_000;
const startBy = (createdAt: number, cause: Cause = BY_ALERT) =>
  queuedWith({ id: 'start', createdAt, intent: intentWith({ verb: 'start', cause }) });
const person = (beganAt: number, createdAt = beganAt) =>
  queuedWith({ id: 'person', createdAt, intent: intentWith({ cause: { ...BY_PERSON, beganAt } }) });
const alert = (createdAt: number) => queuedWith({ id: 'alert', createdAt });

test('a person beats automation, older or newer', () => {
  for (const createdAt of [NOON - 1, NOON, NOON + 1]) {
    assert.equal(beats(person(createdAt), alert(NOON)), true);
    assert.equal(beats(alert(NOON), person(createdAt)), false);
  }
});

test('among equals the newer beats the older', () => {
  assert.equal(beats(alert(NOON), startBy(NOON - MINUTE)), true);
  assert.equal(beats(startBy(NOON), alert(NOON - MINUTE)), true);
  assert.equal(beats(startBy(NOON - MINUTE), alert(NOON)), false);
  assert.equal(beats(person(NOON + 1), person(NOON)), true);
  assert.equal(beats(person(NOON + 2, NOON), person(NOON + 1)), true, 'she has joined an older operation');
});

test('of two opposite operations exactly one wins, and the start among alerts of one moment', () => {
  const operation = fc
    .record({ id: fc.uuid(), createdAt: fc.integer({ min: NOON, max: NOON + 2 }), byPerson: fc.boolean() })
    .map(({ id, createdAt, byPerson }) =>
      queuedWith({ id, createdAt, intent: intentWith({ cause: byPerson ? BY_PERSON : BY_ALERT }) }),
    );
  fc.assert(
    fc.property(operation, operation, (one, stop) => {
      fc.pre(one.id !== stop.id);
      const other = { ...stop, intent: { ...stop.intent, verb: 'start' } } as const;
      assert.notEqual(beats(one, other), beats(other, one));
    }),
  );
});

test('of two alerts of one moment, the start wins: their order says nothing', () => {
  for (const apart of [-10_000, 0, 10_000]) {
    assert.equal(beats(startBy(NOON + apart), alert(NOON)), true);
    assert.equal(beats(alert(NOON), startBy(NOON + apart)), false);
  }
  assert.equal(beats(alert(NOON), startBy(NOON - 10_001)), true);
});

test('the end of an alert is newer than what it asked for, however soon it came', () => {
  const ended = queuedWith({
    id: 'stop',
    createdAt: NOON,
    intent: intentWith({ cause: { ...BY_ALERT, resolved: true } }),
  });
  assert.equal(beats(ended, startBy(NOON - 1)), true);
  assert.equal(beats(startBy(NOON), ended), true, 'both came in one delivery');
});

test('a rival that was sent to EC2 has to end first, whatever the rank of the other; before that it gives way', () => {
  const start = queuedWith({ id: 'start', intent: intentWith({ verb: 'start', cause: BY_PERSON }) });
  const acting = transition(alert(NOON), {
    type: 'act',
    instance: { id: 'i-1', place: {} },
    acted: { launchedAt: 0 },
  });
  assert.ok(acting.state === 'acting');
  assert.deepEqual(findWay(start, [acting], NOON), { way: 'free', losers: [acting] });
  const sent = markSent(acting, NOON);
  assert.deepEqual(findWay(start, [sent], NOON), { way: 'barred', rival: 'alert', yields: false });
});

test('of rivals that wait, the one that beats the other has its way', () => {
  const start = startBy(NOON);
  const older = alert(NOON - 1);
  assert.deepEqual(findWay(start, [older], NOON), { way: 'free', losers: [older] });
  assert.deepEqual(findWay(start, [older, alert(NOON + MINUTE)], NOON), {
    way: 'barred',
    rival: 'alert',
    yields: true,
  });
});

test('what wants the same, or is a dry run, is no rival', () => {
  const stop = queuedWith({ id: 'stop' });
  const dryStart = queuedWith({ id: 'dry', intent: intentWith({ verb: 'start', dryRun: true }) });
  assert.deepEqual(findWay(stop, [person(NOON + 1), dryStart], NOON), { way: 'free', losers: [] });
  assert.deepEqual(findWay(dryStart, [person(NOON + 1)], NOON), { way: 'free', losers: [] });
});

test("a person's operation, and a start, keep others back before their machine is known", () => {
  const start = startBy(NOON - MINUTE);
  assert.equal(keepsBack(person(NOON), start), true);
  assert.equal(keepsBack(alert(NOON), start), false);
  assert.equal(keepsBack(start, alert(NOON - MINUTE)), true);
  assert.equal(keepsBack(start, alert(NOON)), false, 'the stop is newer');
  assert.equal(keepsBack(person(NOON), alert(NOON - 1)), false, 'both want to stop it');
});

test('a start of the same moment keeps a stop back whatever its name, before its machine is known', () => {
  const by = (text: string, start: Operation): Operation => {
    const target = { kind: 'name', name: text, text } as const;
    return { ...start, intent: { ...start.intent, target } };
  };
  const stop = alert(NOON);
  for (const [start, expected] of [
    [startBy(NOON), true],
    [startBy(NOON - 10_000), true],
    [startBy(NOON + 10_000, BY_PERSON), true],
    [startBy(NOON + 10_001), false],
    [startBy(NOON + 10_001, BY_PERSON), false],
    [queuedWith({ intent: intentWith({ verb: 'start', dryRun: true }), createdAt: NOON }), false],
    [person(NOON), false],
  ] as const) {
    const other = by('elsewhere', start);
    assert.equal(findKeeper(stop, [other], NOON), expected ? other : undefined);
    const { from, to } = momentOf([stop, alert(NOON - 1)]);
    if (expected) assert.ok(from <= start.createdAt && start.createdAt <= to);
  }
  const lasting = by('elsewhere', startBy(NOON));
  assert.equal(findKeeper(stop, [lasting], NOON + MINUTE), lasting);
  assert.equal(findKeeper(stop, [lasting], NOON + MINUTE + 1), undefined, 'for a minute');
  assert.equal(findKeeper(person(NOON), [startBy(NOON)], NOON), undefined, 'a person beats an alert');
  const later = startBy(NOON + MINUTE);
  assert.equal(findKeeper(stop, [later], NOON + 2 * MINUTE), later, 'by the same name, at any time');
});

test('what was asked for later, or by an alert of the same moment to start, overtakes when it has ended well', () => {
  const instance = { id: 'i-1', place: {} };
  const ended = (createdAt: number, cause: Cause = BY_ALERT) =>
    transition(startBy(createdAt, cause), {
      type: 'succeed',
      reason: 'already_in_state',
      message: 'runs',
      at: NOON + 5,
      instance,
    });
  const stop = { ...alert(NOON), instance };
  assert.equal(overtakes(ended(NOON + 1), stop), true);
  assert.equal(overtakes(ended(NOON), stop), true);
  assert.equal(overtakes(ended(NOON - MINUTE), stop), false, 'the stop is newer');
  const asked = { ...BY_PERSON, beganAt: NOON - 1 };
  assert.equal(overtakes(ended(NOON - 1, asked), stop), false, 'she has what she asked for before');
  assert.equal(overtakes(ended(NOON + 1), { ...alert(NOON), instance: { id: 'i-2', place: {} } }), false);
  assert.equal(overtakes(startBy(NOON + 1), stop), false);
});
