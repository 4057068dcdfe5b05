import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BY_ALERT,
  BY_PERSON,
  GUARD_SETTINGS,
  instanceWith,
  intentWith,
  NOON,
  queuedWith,
} from '../../test/support/operation.ts';
import { isOutweighed, type Change } from './change.ts';
import { workKey } from './intent.ts';
import { isLive, withLive } from './live.ts';
import { identify } from './identify.ts';
import { markSent, mayHaveBeenSent, transition } from './operation.ts';

const DEV = { stage: 'dev' };
const dev = instanceWith({ tags: DEV });
const prod = instanceWith({ tags: { stage: 'prod' } });

describe('live.only', () => {
  test('concerns alerts on machines that it does not select', () => {
    assert.equal(isLive(BY_ALERT, prod, DEV), false);
    assert.equal(isLive(BY_ALERT, dev, DEV), true);
    assert.equal(isLive(BY_PERSON, prod, DEV), true);
    assert.equal(isLive(BY_ALERT, prod, undefined), true);
  });

  test('makes a dry run of the same work, and takes that back', () => {
    const asked = intentWith();
    const rehearsed = withLive(asked, false);
    assert.deepEqual(rehearsed, { ...asked, dryRun: true, notLive: true });
    assert.equal(workKey(rehearsed), workKey(asked));
    assert.deepEqual(withLive(rehearsed, true), asked);
    const dry = intentWith({ dryRun: true });
    assert.deepEqual([withLive(dry, true), withLive(dry, false)], [dry, dry], 'the sender asked for it');
    assert.notEqual(workKey(dry), workKey(asked));
  });
});

describe('an operation that live.only makes a dry run', () => {
  const instance = identify(prod, GUARD_SETTINGS.telling);
  const acted = { launchedAt: prod.launchedAt };
  const act = { type: 'act', instance, acted } as const;
  const dry = transition(queuedWith(), { ...act, isLive: false });
  const wait = { type: 'wait', until: NOON, reason: 'retry', message: 'm' } as const;

  test('has sent nothing, and forgets what it sent before', () => {
    assert.deepEqual([dry.intent.dryRun, mayHaveBeenSent(dry)], [true, false]);
    const wet = transition(queuedWith(), { ...act, isLive: true });
    assert.equal(wet.state, 'acting');
    const sent = markSent(wet, NOON);
    assert.equal(mayHaveBeenSent(transition(sent, { ...wait, isLive: true })), true);
    assert.equal(mayHaveBeenSent(transition(sent, { ...wait, isLive: false })), false);
    assert.equal(transition(sent, { ...wait, isLive: false }).acted, undefined);
  });

  test('is not written for a person who has joined, whatever came of it', () => {
    const change = (after: Change['after']): Change => ({ before: queuedWith(), after, at: NOON });
    const end = { type: 'succeed', reason: 'dry_run', message: 'm', at: NOON } as const;
    for (const after of [dry, transition(dry, wait), transition(dry, end)])
      assert.deepEqual([isOutweighed(change(after), BY_PERSON), isOutweighed(change(after), BY_ALERT)], [true, false]);
  });
});
