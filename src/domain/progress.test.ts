import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instanceWith, NOON } from '../../test/support/operation.ts';
import type { Instance } from './instance.ts';
import { readProgress } from './progress.ts';

const LAUNCHED = NOON - 1_000_000;
const ACTED = { launchedAt: LAUNCHED };
const MINUTE = 60_000;

function see(change: Partial<Instance>): Instance {
  return instanceWith({ launchedAt: LAUNCHED, ...change });
}

describe('a stop', () => {
  const cases: readonly (readonly [what: string, seen: Instance | undefined, waitedMs: number, expected: string])[] = [
    ['has reached stopped', see({ state: 'stopped' }), 0, 'reached'],
    ['is under way while stopping', see({ state: 'stopping' }), 10 * MINUTE, 'under_way'],
    ['may still show as running for a minute', see({ state: 'running' }), MINUTE - 1, 'under_way'],
    ['is lost when it still runs after that', see({ state: 'running' }), MINUTE, 'lost'],
    ['may not be shown for a minute', undefined, MINUTE - 1, 'under_way'],
    ['has failed when it is not shown after that', undefined, MINUTE, 'vanished'],
    ['has failed when it is terminated', see({ state: 'terminated' }), 0, 'vanished'],
    ['has failed when it is on the way there', see({ state: 'shutting-down' }), 0, 'vanished'],
    ['is reverted by a launch', see({ state: 'running', launchedAt: NOON + 1 }), 0, 'reverted'],
    ['is reverted by a launch under way', see({ state: 'pending', launchedAt: NOON + 1 }), 0, 'reverted'],
    ["is reverted when it is another stop's", see({ state: 'stopping', launchedAt: NOON + 1 }), 0, 'reverted'],
    ['has reached stopped even then', see({ state: 'stopped', launchedAt: NOON + 1 }), 0, 'reached'],
    ['waits for a state that EC2 has invented', see({ state: 'unknown' }), 0, 'under_way'],
  ];
  for (const [what, seen, waitedMs, expected] of cases) {
    test(what, () => {
      const progress = readProgress('stop', ACTED, seen, waitedMs);
      assert.equal(progress.progress === 'failed' ? progress.reason : progress.progress, expected);
    });
  }
});

describe('a start', () => {
  const reason = { code: 'Client.InternalError', message: 'Client error on launch' };
  const before = { code: 'Client.UserInitiatedShutdown', message: 'User initiated shutdown' };
  const acted = { ...ACTED, stateReason: before.code };
  const cases: readonly (readonly [what: string, seen: Instance | undefined, waitedMs: number, expected: string])[] = [
    ['has reached running', see({ state: 'running', launchedAt: NOON + 1 }), 0, 'reached'],
    ['is under way while pending', see({ state: 'pending' }), 10 * MINUTE, 'under_way'],
    ['may still show as stopped for a minute', see({ state: 'stopped', stateReason: before }), MINUTE - 1, 'under_way'],
    ['is lost when it is as before after that', see({ state: 'stopped', stateReason: before }), MINUTE, 'lost'],
    ['has bounced with a new reason', see({ state: 'stopped', stateReason: reason }), 0, 'bounced'],
    [
      'has bounced with a moved launch',
      see({ state: 'stopped', launchedAt: NOON + 1, stateReason: before }),
      0,
      'bounced',
    ],
    [
      'is taken back for a lack of capacity',
      see({ state: 'stopped', stateReason: { code: 'Server.InsufficientInstanceCapacity', message: '' } }),
      0,
      'taken_back',
    ],
    ['has bounced when the reason is gone', see({ state: 'stopped' }), 0, 'bounced'],
    ['has failed when it is terminated', see({ state: 'terminated' }), 0, 'vanished'],
  ];
  for (const [what, seen, waitedMs, expected] of cases) {
    test(what, () => {
      const progress = readProgress('start', acted, seen, waitedMs);
      assert.equal(progress.progress === 'failed' ? progress.reason : progress.progress, expected);
    });
  }

  test("a bounce is told in EC2's words, or that there are none", () => {
    const told = readProgress('start', acted, see({ state: 'stopped', stateReason: reason }), 0);
    assert.match(
      'message' in told ? told.message : '',
      /\(Client\.InternalError: Client error on launch\): .*kms:CreateGrant/,
    );
    const silent = readProgress('start', acted, see({ state: 'stopped' }), 0);
    assert.match('message' in silent ? silent.message : '', /EC2 gives no reason/);
  });
});
