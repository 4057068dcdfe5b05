import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BY_ALERT, BY_PERSON, intentWith, NOON, queuedWith } from '../../test/support/operation.ts';
import { markSent, transition } from './operation.ts';
import { beats, findWay, keepsBack, overtakes } from './precedence.ts';

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
  assert.equal(beats(alert(NOON + 1), alert(NOON)), true);
  assert.equal(beats(alert(NOON), alert(NOON + 1)), false);
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
  const start = queuedWith({ id: 'a', createdAt: NOON, intent: intentWith({ verb: 'start' }) });
  assert.equal(beats(start, alert(NOON)), true);
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
  const start = queuedWith({ id: 'start', createdAt: NOON, intent: intentWith({ verb: 'start' }) });
  const older = alert(NOON - 1);
  assert.deepEqual(findWay(start, [older], NOON), { way: 'free', losers: [older] });
  assert.deepEqual(findWay(start, [older, alert(NOON + 1)], NOON), { way: 'barred', rival: 'alert', yields: true });
});

test('what wants the same, or is a dry run, is no rival', () => {
  const stop = queuedWith({ id: 'stop' });
  const dryStart = queuedWith({ id: 'dry', intent: intentWith({ verb: 'start', dryRun: true }) });
  assert.deepEqual(findWay(stop, [person(NOON + 1), dryStart], NOON), { way: 'free', losers: [] });
  assert.deepEqual(findWay(dryStart, [person(NOON + 1)], NOON), { way: 'free', losers: [] });
});

test("a person's operation, and a start, keep others back before their machine is known", () => {
  const start = queuedWith({ id: 'start', createdAt: NOON - 1, intent: intentWith({ verb: 'start' }) });
  assert.equal(keepsBack(person(NOON), start), true);
  assert.equal(keepsBack(alert(NOON), start), false);
  assert.equal(keepsBack(start, alert(NOON - 1)), true);
  assert.equal(keepsBack(start, alert(NOON)), false, 'the stop is newer');
  assert.equal(keepsBack(person(NOON), alert(NOON - 1)), false, 'both want to stop it');
});

test('what was asked for later, or by an alert of the same moment to start, overtakes when it has ended well', () => {
  const instance = { id: 'i-1', place: {} };
  const ended = (createdAt: number, cause = BY_ALERT as typeof BY_ALERT | typeof BY_PERSON) =>
    transition(queuedWith({ id: 'start', createdAt, intent: intentWith({ verb: 'start', cause }) }), {
      type: 'succeed',
      reason: 'already_in_state',
      message: 'runs',
      at: NOON + 5,
      instance,
    });
  const stop = { ...alert(NOON), instance };
  assert.equal(overtakes(ended(NOON + 1), stop), true);
  assert.equal(overtakes(ended(NOON), stop), true);
  assert.equal(overtakes(ended(NOON - 1), stop), false, 'the stop is newer');
  const asked = { ...BY_PERSON, beganAt: NOON - 1 };
  assert.equal(overtakes(ended(NOON - 1, asked), stop), false, 'she has what she asked for before');
  assert.equal(overtakes(ended(NOON + 1), { ...alert(NOON), instance: { id: 'i-2', place: {} } }), false);
  assert.equal(
    overtakes(queuedWith({ id: 'start', createdAt: NOON + 1, intent: intentWith({ verb: 'start' }) }), stop),
    false,
  );
});
