import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NOON, queuedWith } from '../../test/support/operation.ts';
import {
  ENDED_STATES,
  isAllowed,
  isOpen,
  markSent,
  STATES,
  transition,
  type Event,
  type Operation,
  type State,
} from './operation.ts';

const INSTANCE = { id: 'i-00000000000000001', place: { region: 'eu-central-1' } };
const ACTED = { launchedAt: NOON - 1 };
const EVENTS: Readonly<Record<Event['type'], Event>> = {
  act: { type: 'act', instance: INSTANCE, acted: ACTED },
  accept: { type: 'accept', instance: INSTANCE, acted: ACTED, at: NOON },
  wait: { type: 'wait', until: NOON + 1, reason: 'retry', message: 'm' },
  succeed: { type: 'succeed', reason: 'state_reached', message: 'm', at: NOON },
  refuse: { type: 'refuse', reason: 'opt_out', message: 'm', at: NOON },
  fail: { type: 'fail', reason: 'deadline', message: 'm', at: NOON },
  cancel: { type: 'cancel', reason: 'by_person', message: 'm', at: NOON },
};
const LEADS_TO: Readonly<Record<Event['type'], State>> = {
  act: 'acting',
  accept: 'verifying',
  wait: 'waiting',
  succeed: 'succeeded',
  refuse: 'refused',
  fail: 'failed',
  cancel: 'cancelled',
};
const event = fc.constantFrom(...Object.values(EVENTS));

function follow(events: readonly Event[]): Operation {
  return events.reduce<Operation>(
    (operation, next) => (isAllowed(operation.state, next.type) ? transition(operation, next) : operation),
    queuedWith(),
  );
}

function inState(state: State): Operation {
  const ways: Readonly<Record<State, readonly Event[]>> = {
    queued: [],
    waiting: [EVENTS.wait],
    acting: [EVENTS.act],
    verifying: [EVENTS.act, EVENTS.accept],
    succeeded: [EVENTS.succeed],
    refused: [EVENTS.refuse],
    failed: [EVENTS.fail],
    cancelled: [EVENTS.cancel],
  };
  return ways[state].reduce<Operation>(transition, queuedWith());
}

describe('transition', () => {
  for (const state of STATES) {
    test(`from ${state}: each event leads to its state, or is refused`, () => {
      for (const one of Object.values(EVENTS)) {
        const operation = inState(state);
        if (isAllowed(state, one.type)) assert.equal(transition(operation, one).state, LEADS_TO[one.type]);
        else assert.throws(() => transition(operation, one), TypeError);
      }
    });
  }

  test('an end is final', () => {
    for (const state of ENDED_STATES)
      for (const one of Object.values(EVENTS)) assert.equal(isAllowed(state, one.type), false);
  });

  test('a call that EC2 has accepted can be neither cancelled nor refused', () => {
    assert.equal(isAllowed('verifying', 'cancel'), false);
    assert.equal(isAllowed('verifying', 'refuse'), false);
  });

  test('whatever happens, it stays the same operation, and attempts count the calls', () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const before = queuedWith();
        const after = follow(events);
        assert.deepEqual([after.id, after.intent, after.createdAt], [before.id, before.intent, before.createdAt]);
        assert.equal(isOpen(after), !('endedAt' in after));
        assert.ok(after.attempts <= events.filter(({ type }) => type === 'act').length);
      }),
    );
  });
});

describe('what is remembered', () => {
  const later = { launchedAt: NOON + 9 };
  const again: Event = { type: 'act', instance: INSTANCE, acted: later };
  const nothing: Event = { type: 'wait', until: NOON, reason: 'throttled', message: 'm', nothingChanged: true };

  function sent(): Operation {
    const acting = follow([EVENTS.act]);
    assert.ok(acting.state === 'acting');
    return markSent(acting, NOON + 3);
  }

  test('the instance before the first call that was sent, over retries, and when the last one was', () => {
    const retried = [EVENTS.wait, again].reduce<Operation>(transition, sent());
    assert.deepEqual([retried.acted, retried.sentAt, retried.attempts], [ACTED, NOON + 3, 2]);
  });

  test('not when EC2 has said that nothing changed', () => {
    const retried = [nothing, again].reduce<Operation>(transition, sent());
    assert.deepEqual([retried.acted, retried.sentAt, retried.attempts], [later, undefined, 2]);
  });

  test('not when nothing was sent', () => {
    for (const next of [EVENTS.wait, EVENTS.refuse, EVENTS.fail, EVENTS.cancel]) {
      const left = transition(follow([EVENTS.act]), next);
      assert.deepEqual([left.acted, left.sentAt], [undefined, undefined]);
    }
  });

  test('the instance, even of one that ends without a call', () => {
    const refused = follow([{ type: 'refuse', reason: 'opt_out', message: 'm', at: NOON, instance: INSTANCE }]);
    assert.deepEqual(refused.instance, INSTANCE);
    assert.deepEqual(follow([EVENTS.act, EVENTS.fail]).instance, INSTANCE);
  });

  test('nothing that belongs to another state', () => {
    assert.deepEqual(Object.keys(follow([EVENTS.wait, EVENTS.act])).sort(), [
      'acted',
      'attempts',
      'createdAt',
      'id',
      'instance',
      'intent',
      'state',
    ]);
    assert.equal('until' in follow([EVENTS.wait, EVENTS.succeed]), false);
  });
});
