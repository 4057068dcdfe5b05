import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StateCause } from './machine.ts';
import {
  beginningsOf,
  firstBeginning,
  isOutdated,
  type KnownState,
  type SeenState,
  type SentOperation,
} from './state-cause.ts';

const S = 1_000;
const MINUTE = 60 * S;
const T0 = 1_800_000_000_000;
const OUTSIDE: StateCause = { by: 'outside' };
const OURS: StateCause = { by: 'alert', operation: 'stop', who: 'GpuIdle' };
const STARTED: StateCause = { by: 'person', operation: 'start', who: 'Ada' };

/** Times count from T0; it was launched an hour before. */
function known(state: KnownState['state'], since = -60 * MINUTE, more: Partial<KnownState> = {}): KnownState {
  return { state, launchedAt: T0 - 60 * MINUTE, since: T0 + since, why: OUTSIDE, seenAt: T0, ...more };
}

function seen(state: SeenState['state'], at: number, more: Partial<SeenState> = {}): SeenState {
  return { state, launchedAt: T0 - 60 * MINUTE, at: T0 + at, ...more };
}

function stop(sentAt: number): SentOperation {
  return { id: 'stop', verb: 'stop', sentAt: T0 + sentAt, by: 'alert', who: 'GpuIdle' };
}

function start(sentAt: number): SentOperation {
  return { id: 'start', verb: 'start', sentAt: T0 + sentAt, by: 'person', who: 'Ada' };
}

const launched = (at: number) => ({ launchedAt: T0 + at });
const why = (cause: StateCause) => ({ why: cause });

type Row = readonly [
  what: string,
  before: KnownState,
  now: SeenState,
  sent: readonly SentOperation[],
  begun: readonly (readonly [state: string, since: number, why: StateCause])[],
];

const ROWS: readonly Row[] = [
  ['nothing has changed', known('running'), seen('running', MINUTE), [stop(S)], []],
  ['ours, under way', known('running'), seen('stopping', 2 * S), [stop(S)], [['stopping', S, OURS]]],
  ['ours, done already', known('running'), seen('stopped', MINUTE), [stop(S)], [['stopped', S, OURS]]],
  [
    'EC2 showed it running still, after our call',
    known('running'),
    seen('stopping', S),
    [stop(-3 * S)],
    [['stopping', 1, OURS]],
  ],
  [
    'ours, sent before the watch saw the machine first',
    known('running', 0, why({ by: 'before' })),
    seen('stopping', S),
    [stop(-3 * S)],
    [['stopping', 1, OURS]],
  ],
  [
    'ours, found after the operator was away',
    known('running'),
    seen('stopped', 180 * MINUTE),
    [stop(S)],
    [['stopped', S, OURS]],
  ],
  [
    'the newest of ours',
    known('running'),
    seen('stopped', MINUTE),
    [{ ...stop(S), id: 'older' }, stop(9 * S), { ...stop(2 * S), id: 'other' }],
    [['stopped', 9 * S, OURS]],
  ],
  ['outside', known('running'), seen('stopping', MINUTE), [], [['stopping', MINUTE, OUTSIDE]]],
  [
    'outside, with its reason',
    known('running'),
    seen('stopped', MINUTE, { detail: 'Server.ScheduledStop' }),
    [],
    [['stopped', MINUTE, { by: 'outside', detail: 'Server.ScheduledStop' }]],
  ],
  [
    'outside, at a time that EC2 tells',
    known('running'),
    seen('stopped', 180 * MINUTE, { beganAt: T0 + 90 * MINUTE }),
    [],
    [['stopped', 90 * MINUTE, OUTSIDE]],
  ],
  ['only a start of ours', known('running'), seen('stopping', MINUTE), [start(S)], [['stopping', MINUTE, OUTSIDE]]],
  [
    'a stop of ours came before it ran',
    known('running', -MINUTE),
    seen('stopping', MINUTE),
    [stop(-2 * MINUTE)],
    [['stopping', MINUTE, OUTSIDE]],
  ],
  [
    'a stop of ours had no effect, as a later look has shown',
    known('running'),
    seen('stopping', MINUTE),
    [stop(-10 * MINUTE)],
    [['stopping', MINUTE, OUTSIDE]],
  ],
  ['a stop of ours comes later', known('running'), seen('stopping', S), [stop(2 * S)], [['stopping', S, OUTSIDE]]],
  ['the end of ours', known('stopping', -MINUTE, why(OURS)), seen('stopped', MINUTE), [], [['stopped', MINUTE, OURS]]],
  [
    'the end of one outside, with a stop of ours in between',
    known('stopping', -MINUTE),
    seen('stopped', MINUTE),
    [stop(S)],
    [['stopped', MINUTE, OUTSIDE]],
  ],
  [
    'its end after the operator was away',
    known('stopping', -MINUTE, why(OURS)),
    seen('stopped', 180 * MINUTE),
    [],
    [['stopped', MINUTE, OURS]],
  ],
  [
    'a start of ours',
    known('stopped'),
    seen('pending', 5 * S, launched(2 * S)),
    [start(S)],
    [['pending', 2 * S, STARTED]],
  ],
  [
    'a start of ours that has come far',
    known('stopped'),
    seen('running', MINUTE, launched(2 * S)),
    [start(S)],
    [['running', 2 * S, STARTED]],
  ],
  [
    'a start outside',
    known('stopped', -MINUTE, why(OURS)),
    seen('running', MINUTE, launched(2 * S)),
    [stop(-MINUTE)],
    [['running', 2 * S, OUTSIDE]],
  ],
  [
    'the end of a start',
    known('pending', 0, why(STARTED)),
    seen('running', 20 * S),
    [],
    [['running', 20 * S, STARTED]],
  ],
  [
    'a start whose launch time EC2 shows late',
    known('pending', 0, why(STARTED)),
    seen('running', 20 * S, launched(-S)),
    [],
    [['running', 20 * S, STARTED]],
  ],
  [
    'a start that EC2 took back',
    known('pending', -S, why(STARTED)),
    seen('stopped', 20 * S, { detail: 'Server.InsufficientInstanceCapacity' }),
    [],
    [['stopped', 20 * S, { by: 'outside', detail: 'Server.InsufficientInstanceCapacity' }]],
  ],
  [
    'launched again',
    known('running'),
    seen('running', MINUTE, launched(30 * S)),
    [],
    [
      ['stopped', 1, OUTSIDE],
      ['running', 30 * S, OUTSIDE],
    ],
  ],
  [
    'launched again after the operator was away',
    known('running'),
    seen('running', 180 * MINUTE, launched(170 * MINUTE)),
    [],
    [
      ['stopped', 169 * MINUTE, OUTSIDE],
      ['running', 170 * MINUTE, OUTSIDE],
    ],
  ],
  [
    'stopped by us, and started by us for a person',
    known('running'),
    seen('running', MINUTE, launched(31 * S)),
    [stop(S), start(30 * S)],
    [
      ['stopped', S, OURS],
      ['running', 31 * S, STARTED],
    ],
  ],
  [
    'launched again, and stopped by us afterwards',
    known('running'),
    seen('stopping', MINUTE, launched(20 * S)),
    [stop(40 * S)],
    [
      ['stopped', 1, OUTSIDE],
      ['running', 20 * S, OUTSIDE],
      ['stopping', 40 * S, OURS],
    ],
  ],
  [
    'the end of our stop, and a start outside',
    known('stopping', -S, why(OURS)),
    seen('pending', MINUTE, launched(30 * S)),
    [],
    [
      ['stopped', 1, OURS],
      ['pending', 30 * S, OUTSIDE],
    ],
  ],
  [
    'started and stopped by others',
    known('stopped'),
    seen('stopped', MINUTE, { ...launched(10 * S), detail: 'Client.UserInitiatedShutdown' }),
    [],
    [
      ['running', 10 * S, OUTSIDE],
      ['stopped', MINUTE, { by: 'outside', detail: 'Client.UserInitiatedShutdown' }],
    ],
  ],
  [
    'started by us, and taken back by EC2',
    known('stopped'),
    seen('stopped', MINUTE, { ...launched(10 * S), detail: 'Server.InsufficientInstanceCapacity' }),
    [start(9 * S)],
    [
      ['pending', 10 * S, STARTED],
      ['stopped', MINUTE, { by: 'outside', detail: 'Server.InsufficientInstanceCapacity' }],
    ],
  ],
  [
    'launched again, with no time between two looks',
    known('running'),
    seen('running', 1, launched(0)),
    [],
    [['running', 1, OUTSIDE]],
  ],
  [
    'terminated, whatever we have sent',
    known('running'),
    seen('shutting-down', MINUTE, { detail: 'Client.UserInitiatedShutdown' }),
    [stop(S)],
    [['shutting-down', MINUTE, { by: 'outside', detail: 'Client.UserInitiatedShutdown' }]],
  ],
  [
    'terminated in the end',
    known('shutting-down', -S, why({ by: 'outside', detail: 'Server.SpotInstanceTermination' })),
    seen('terminated', MINUTE),
    [],
    [['terminated', MINUTE, { by: 'outside', detail: 'Server.SpotInstanceTermination' }]],
  ],
  ['terminated at once', known('stopped'), seen('terminated', MINUTE), [start(S)], [['terminated', MINUTE, OUTSIDE]]],
  ['unknown', known('running'), seen('unknown', MINUTE), [stop(S)], [['unknown', MINUTE, OUTSIDE]]],
  ['known again', known('unknown'), seen('running', MINUTE), [], [['running', 1, OUTSIDE]]],
];

for (const [what, before, now, sent, begun] of ROWS) {
  test(`what happened between two looks: ${what}`, () => {
    assert.equal(isOutdated(before, now), false);
    const found = beginningsOf(before, now, sent);
    assert.deepEqual(
      found.map(({ state, since, why: cause }) => [state, since - T0, cause]),
      begun,
    );
  });
}

test('a machine that is seen first was as it is: if it runs, since its launch', () => {
  const first = (state: SeenState['state'], more: Partial<SeenState> = {}) =>
    firstBeginning(seen(state, MINUTE, more)).since - T0;
  assert.deepEqual(firstBeginning(seen('stopped', 0)), { state: 'stopped', since: T0, why: { by: 'before' } });
  assert.equal(first('running'), -60 * MINUTE);
  assert.equal(first('pending', launched(S)), S);
  assert.equal(first('running', launched(2 * MINUTE)), MINUTE, "EC2's clock is ahead");
  assert.equal(first('stopping'), MINUTE);
  assert.equal(first('stopped', { beganAt: T0 - MINUTE }), -MINUTE, 'EC2 tells when it was stopped');
  assert.equal(firstBeginning(seen('running', MINUTE), T0).since, T0, 'it was known before, and forgotten');
});

test("EC2's late views of a machine say nothing, unless they last", () => {
  const stopping = known('stopping', -S);
  assert.equal(isOutdated(stopping, seen('stopped', 0)), true, 'not newer');
  assert.equal(isOutdated(stopping, seen('running', S)), true);
  assert.equal(isOutdated(stopping, seen('running', 2 * MINUTE)), false);
  assert.equal(isOutdated(stopping, seen('running', S, launched(0))), false, 'it was launched again');
  const pending = known('pending', -S, launched(-S));
  assert.equal(isOutdated(pending, seen('stopped', S)), true, 'from before its launch');
  assert.equal(isOutdated(pending, seen('stopped', S, launched(-S))), false, 'EC2 took the start back');
  assert.equal(isOutdated(known('terminated', -S), seen('running', S)), true);
  assert.equal(isOutdated(known('unknown', -S), seen('running', S)), false);
});
