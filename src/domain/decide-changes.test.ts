import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BY_PERSON, intentWith, NOON, queuedWith } from '../../test/support/operation.ts';
import { fence, isOutweighed, type Change, type Settled } from './change.ts';
import { decideChanges, type Found } from './decide-changes.ts';
import { markSent, transition, type Acting, type Event, type Queued } from './operation.ts';
import type { Word } from './word.ts';

const MACHINE = { id: 'i-1', place: {} };
const MINUTE = 60_000;
const LIMIT = { count: 1, perMs: 60_000 };
const STOP = queuedWith({ id: 'stop', instance: MACHINE });
const START = queuedWith({
  id: 'start',
  instance: MACHINE,
  intent: intentWith({ verb: 'start' }),
  createdAt: NOON - MINUTE,
});
const ACT: Event = { type: 'act', instance: MACHINE, acted: { launchedAt: 0 } };
const WAIT: Event = { type: 'wait', until: NOON + 1, reason: 'windows', message: 'later' };
const WORD: Word = { instance: 'i-1', verb: 'stop', kind: 'cancel', at: NOON, who: 'anna' };

function change(before: Queued, event: Event = ACT): Change {
  return { before, after: transition(before, event), at: NOON, ledger: [{ key: 'fleet', limit: LIMIT }] };
}

function sent(before: Queued): Acting {
  const acting = transition(before, ACT);
  assert.ok(acting.state === 'acting');
  return markSent(acting, NOON);
}

function found(more: Partial<Found> = {}): Found {
  const none = { outweighed: new Set<string>(), resolved: new Set<string>() };
  const owned = new Set([STOP, START].map(fence));
  const empty = { words: new Map(), unresolved: [], rivals: new Map(), overtaken: new Map() };
  return { owned, open: [], ...none, ...empty, acts: [], ...more };
}

describe('what becomes of a change', () => {
  const stop = new Set(['stop']);
  const word = new Map([['stop', WORD]]);
  const hers = queuedWith({ id: 'hers', intent: intentWith({ verb: 'start', cause: BY_PERSON }) });
  const acts = [{ key: 'fleet', operation: 'another', at: NOON }];
  const busy = sent(START);
  const newer = { ...START, createdAt: NOON + 1 };
  // Each line adds an obstacle that decides before all those above it.
  const table: readonly (readonly [string, Partial<Found>, Settled])[] = [
    ['nothing is in its way', {}, { outcome: 'written', moves: [] }],
    ['a newer rival waits', { open: [newer] }, { outcome: 'rival', rival: 'start', yields: true }],
    ['a rival is busy', { open: [busy] }, { outcome: 'rival', rival: 'start', yields: false }],
    ['a limit is full', { acts }, { outcome: 'limited', limit: LIMIT, until: NOON + 60_000 }],
    [
      'a rival has ended since the look',
      { rivals: new Map([['stop', 'ended']]) },
      { outcome: 'rival', rival: 'ended', yields: false },
    ],
    [
      "a person's operation has no machine yet",
      { unresolved: [hers] },
      { outcome: 'rival', rival: 'hers', yields: false, isUnresolved: true },
    ],
    [
      'a newer one has ended already',
      { overtaken: new Map([['stop', 'ended']]) },
      { outcome: 'rival', rival: 'ended', yields: true },
    ],
    ['a word is against it', { words: word }, { outcome: 'overruled', word: WORD }],
    ['its alerts are over', { resolved: stop }, { outcome: 'resolved' }],
    ['another cause counts by now', { outweighed: stop }, { outcome: 'cause_changed' }],
    ['another worker has it', { owned: new Set() }, { outcome: 'lost' }],
  ];
  let all: Partial<Found> = {};
  for (const [name, more, expected] of table) {
    all = { ...all, ...more };
    const [alone, together] = [found(more), found(all)];
    test(name, () => {
      assert.deepEqual(decideChanges([change(STOP)], alone).answers, [expected]);
      assert.deepEqual(decideChanges([change(STOP)], together).answers, [expected]);
    });
  }

  test('cancels an older rival, whose own change is then lost', () => {
    const { answers, entered } = decideChanges([change(STOP), change(START)], found({ open: [START] }));
    const [first, second] = answers;
    assert.ok(first?.outcome === 'written');
    assert.deepEqual(
      first.moves.map(({ after }) => [after.id, after.state]),
      [['start', 'cancelled']],
    );
    assert.deepEqual(second, { outcome: 'lost' });
    assert.deepEqual(entered, [{ key: 'fleet', operation: 'stop', at: NOON }]);
  });

  test('counts for an older one of the same batch, which had not found its machine', () => {
    const done: Event = { type: 'succeed', reason: 'already_in_state', message: 'runs', at: NOON, instance: MACHINE };
    const { before, after, at } = change({ ...START, createdAt: STOP.createdAt }, done);
    const start = { before, after, at };
    const answersTo = (older: Queued) => decideChanges([start, change(older)], found()).answers[1];
    assert.deepEqual(answersTo(STOP), { outcome: 'rival', rival: 'start', yields: true });
    assert.equal(answersTo({ ...STOP, createdAt: STOP.createdAt + MINUTE })?.outcome, 'written');
  });

  test('is not kept back by a start that the same batch has found to be for another machine', () => {
    const unresolved = [queuedWith({ id: 'start', intent: intentWith({ verb: 'start' }) })];
    const answerBeside = (machine: string) => {
      const start = { ...unresolved[0], ...START, createdAt: NOON, instance: { id: machine, place: {} } };
      const placed = change(start, { ...WAIT, instance: start.instance });
      return decideChanges([change(STOP), placed], found({ unresolved })).answers[0]?.outcome;
    };
    assert.equal(answerBeside('i-2'), 'written');
    assert.equal(answerBeside('i-1'), 'rival');
  });

  test('counts for the limits of those that follow', () => {
    const other = queuedWith({ id: 'other', instance: { id: 'i-2', place: {} } });
    const second = { ...change(other), after: transition(other, { ...ACT, instance: { id: 'i-2', place: {} } }) };
    const { answers } = decideChanges([change(STOP), second], found({ owned: new Set([STOP, other].map(fence)) }));
    assert.deepEqual(
      answers.map(({ outcome }) => outcome),
      ['written', 'limited'],
    );
  });
});

test('what is held back, or found done, gives way to a heavier cause', () => {
  const alert = intentWith().cause;
  const done = change(STOP, { type: 'succeed', reason: 'already_in_state', message: 'stopped', at: NOON });
  assert.equal(isOutweighed(change(STOP, WAIT), BY_PERSON), true);
  assert.equal(isOutweighed(change(STOP, WAIT), alert), false, 'the same cause');
  assert.equal(isOutweighed(done, BY_PERSON), true, 'her word is kept by another look');
  assert.equal(isOutweighed(done, { ...alert, beganAt: NOON }), false);
  assert.equal(isOutweighed(change(STOP), BY_PERSON), false, 'the last look asks again');
});
