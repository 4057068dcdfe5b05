import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BY_ALERT, BY_PERSON, HOUR, intentWith, NOON } from '../../test/support/operation.ts';
import { admit, type Admission, type Background, type KnownEpisode } from './admission.ts';
import type { Cause } from './cause.ts';

const DATED: Cause = { ...BY_ALERT, episode: 'e1' };
const UNCONFIRMED: Cause = { ...DATED, unconfirmedSince: NOON - 1 };
const OTHER: Cause = { ...BY_ALERT, fingerprint: 'f2', episode: 'e2', beganAt: NOON - HOUR - 1 };
const served = (state: string, more: Partial<KnownEpisode> = {}): KnownEpisode => ({
  cause: DATED,
  operation: { id: 'known', state },
  ...more,
});

type Answer = Partial<Record<'takesOver' | 'makesDue' | 'isNews', boolean>> & Pick<Admission, 'outcome' | 'operation'>;

/** @param open the cause of the open operation for the same work; null where this version cannot read it */
function admitted(cause: Cause, episode: KnownEpisode = {}, open?: Cause | null, alternates = false): Answer {
  const intent = open ? intentWith({ cause: open }) : undefined;
  const work = open === undefined ? undefined : { id: 'open', intent: () => intent };
  const background: Background = { episode, open: work, words: [] };
  const { intent: _, ...answer } = admit({ id: 'new', intent: intentWith({ cause }), alternates }, background, NOON);
  return answer;
}

describe('an intent that comes in', () => {
  const accepted = { outcome: 'accepted', operation: 'new' } as const;
  const done = { outcome: 'done', operation: 'known' } as const;

  test('opens an operation, where none is open and its episode has not succeeded', () => {
    assert.deepEqual(admitted(BY_PERSON), accepted);
    assert.deepEqual(admitted(DATED), accepted);
    assert.deepEqual(admitted(DATED, served('refused')), accepted);
    assert.deepEqual(admitted(BY_ALERT, served('succeeded')), accepted, 'without a date it may be new');
  });

  test('is done when its episode has succeeded, unless the alert has been in its other state since', () => {
    assert.deepEqual(admitted(DATED, served('succeeded')), done);
    assert.deepEqual(admitted(DATED, served('succeeded', { overSince: NOON }), undefined, false), done);
    assert.deepEqual(admitted(DATED, served('succeeded', { overSince: NOON }), undefined, true), accepted);
  });

  test('is not done by a dry run that only live.only has made', () => {
    const operation = { id: 'known', state: 'succeeded', dryRun: true, endedAt: NOON } as const;
    assert.deepEqual(admitted(DATED, { cause: DATED, operation }), accepted);
    const old: Cause = { ...DATED, resolved: true };
    const after = { cause: DATED, overSince: NOON, operation };
    assert.deepEqual(admitted(old, after), done, 'a copy of an end after which the alert has fired again');
  });

  test('joins the open operation for the same work', () => {
    const joined = (isNews: boolean, takesOver: boolean, makesDue: boolean): Answer => ({
      outcome: 'joined',
      operation: 'open',
      isNews,
      takesOver,
      makesDue,
    });
    assert.deepEqual(admitted(BY_PERSON, {}, OTHER), joined(true, true, true), 'a person takes over, and waits');
    assert.deepEqual(admitted(OTHER, {}, BY_PERSON), joined(true, false, false));
    assert.deepEqual(admitted(DATED, {}, OTHER), joined(true, true, false), 'the newer takes over');
    assert.deepEqual(admitted(OTHER, {}, DATED), joined(true, false, false));
    assert.deepEqual(admitted(DATED, {}, UNCONFIRMED), joined(true, true, true), 'a copy confirms the alert');
    const old = admitted(DATED, served('queued', { overSince: NOON }), DATED);
    assert.deepEqual(old, joined(false, false, false), 'an old copy does not take back that the alert is over');
    assert.deepEqual(admitted(OTHER, {}, null), joined(true, true, false), 'what cannot be read is written again');
  });
});
