/** The guards are asked once more on a machine as EC2 describes it right before the call. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MachineChange } from '../../src/sandbox/world.ts';
import { stopAlert } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';

const ID = idOf(1);

async function askByAlert(operator: Operator): Promise<string | undefined> {
  return (await operator.post('/operateHostname', [stopAlert(1)]))[0]?.operation;
}

async function askByPerson(operator: Operator): Promise<string> {
  const { operation } = await operator.ask(`/operateInstance?instance=${ID}&action=stop&client=native&dryrun=false`);
  return operation.id;
}

/** Between the description that the guards have judged and the call that they have let through. */
const MEANWHILE: readonly (readonly [what: string, change: MachineChange, reason: string, told: RegExp])[] = [
  ['its owner has forbidden it', { tags: { 'ec2-operator': 'off' } }, 'opt_out', /has the tag/],
  ['it has joined an Auto Scaling group', { tags: { 'aws:autoscaling:groupName': 'workers' } }, 'managed', /workers/],
  ['an AWS service has taken it over', { operator: 'workspaces.amazonaws.com' }, 'managed', /workspaces/],
  ['it was launched anew', { launchTime: Date.now() }, 'stale_alert', /launched again/],
  ['it is gone', { state: 'terminated' }, 'not_found', /is terminated/],
];

describe('between the guards and the call', { concurrency: true }, () => {
  for (const [what, change, reason, told] of MEANWHILE) {
    for (const by of ['an alert', 'a person'] as const) {
      // A person who asks to stop what was launched this moment is taken by the word.
      if (by === 'a person' && reason === 'stale_alert') continue;
      test(`${what}: it is not stopped for ${by}`, async () => {
        await using operator = await startOperator({ machines: [machine(1)] });
        const { sandbox } = operator;
        const described = sandbox.until(() => sandbox.calls.some(({ action }) => action === 'DescribeInstances'));
        const asked = by === 'an alert' ? askByAlert(operator) : askByPerson(operator);
        await described;
        sandbox.set(ID, change);
        const end = await operator.end(await asked);
        assert.deepEqual([end.state, end.reason], ['refused', reason], end.message ?? '');
        assert.ok(!sandbox.calls.some(({ action }) => action === 'StopInstances'));
        const states = end.trail?.map(({ state }) => state);
        assert.deepEqual(states, ['queued', 'acting', 'waiting', 'refused'], 'the guards had let it through at first');
        const { reason: waited, message = '' } = end.trail?.[2] ?? {};
        assert.equal(waited, 'changed_meanwhile');
        assert.match(message, /^right before the call: .*; everything is checked again$/);
        assert.match(message, told);
      });
    }
  }

  test('it was launched anew: a person is told, and it is stopped as it now is', async () => {
    await using operator = await startOperator({ machines: [machine(1)] });
    const { sandbox } = operator;
    const described = sandbox.until(() => sandbox.calls.some(({ action }) => action === 'DescribeInstances'));
    const asked = askByPerson(operator);
    await described;
    sandbox.set(ID, { launchTime: Date.now() });
    const { state, trail = [] } = await operator.end(await asked);
    assert.equal(state, 'succeeded');
    const states = trail.map((entry) => entry.state);
    assert.deepEqual(states, ['queued', 'acting', 'waiting', 'acting', 'verifying', 'succeeded']);
    assert.equal(operator.changes(ID).length, 1);
  });
});
