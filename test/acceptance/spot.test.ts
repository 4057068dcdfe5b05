/** A Spot machine that a person wants back at once: EC2 takes its request for stopped only minutes after the machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';

const START = `/operateInstance?instance=${idOf(1)}&action=start&dryrun=false&wait=0s`;

test('a start that comes too soon after the stop waits, and is sent again', async () => {
  await using operator = await startOperator({ machines: [machine(1, { spot: 'persistent', state: 'stopped' })] });
  operator.sandbox.faults.add({
    kind: 'error',
    action: 'StartInstances',
    code: 'IncorrectSpotRequestState',
    message: `You can't start the Spot Instance '${idOf(1)}' because the associated Spot Instance request is not in an appropriate state to support start.`,
    status: 400,
    times: 1,
  });
  const { operation } = await operator.ask(START);
  await operator.waiting(operation.id, 'transition');
  await operator.ask(START);
  assert.equal((await operator.end(operation.id)).reason, 'state_reached');
});

test('a start of one that EC2 has interrupted is refused, because EC2 alone starts it again', async () => {
  await using operator = await startOperator({ machines: [machine(1, { spot: 'persistent', state: 'stopped' })] });
  operator.sandbox.faults.add({
    kind: 'error',
    action: 'StartInstances',
    code: 'IncorrectSpotRequestState',
    message: `You can't start the Spot Instance '${idOf(1)}'. Only Amazon EC2 can restart an interrupted stopped Spot Instance.`,
    status: 400,
    times: 1,
  });
  const { operation } = await operator.ask(START);
  assert.equal((await operator.end(operation.id)).reason, 'unsupported');
});
