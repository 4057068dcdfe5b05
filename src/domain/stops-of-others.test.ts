/** A stop that we sent, and a machine that went down for another reason. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginningsOf, type KnownState, type SeenState, type SentOperation } from './state-cause.ts';

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;
const RUNNING: KnownState = {
  state: 'running',
  launchedAt: T0 - 60 * MINUTE,
  since: T0 - 60 * MINUTE,
  why: { by: 'outside' },
  seenAt: T0,
};
const SENT: SentOperation = { id: 'stop', verb: 'stop', sentAt: T0 + 1_000, by: 'alert', who: 'GpuIdle' };

function stoppedBy(detail: string): ReturnType<typeof beginningsOf> {
  const seen: SeenState = { state: 'stopped', launchedAt: RUNNING.launchedAt, at: T0 + MINUTE, detail };
  return beginningsOf(RUNNING, seen, [SENT]);
}

for (const detail of ['Server.SpotInstanceTermination', 'Client.InstanceInitiatedShutdown', 'Server.ScheduledStop']) {
  test(`${detail}: not ours, although we called`, () => {
    assert.deepEqual(stoppedBy(detail), [{ state: 'stopped', since: T0 + MINUTE, why: { by: 'outside', detail } }]);
  });
}

for (const detail of ['Client.UserInitiatedShutdown', 'Client.UserInitiatedHibernate']) {
  test(`${detail}: ours, as EC2 says`, () => {
    const why = { by: 'alert', operation: 'stop', who: 'GpuIdle' };
    assert.deepEqual(stoppedBy(detail), [{ state: 'stopped', since: T0 + 1_000, why }]);
  });
}
