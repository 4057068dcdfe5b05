/** Success is the state reached, not the call accepted; and whatever EC2 does meanwhile is told as it is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';

const ID = idOf(1);
const STOPPED = { machines: [machine(1, { state: 'stopped' })] };

function toStop(more = ''): string {
  return `/operateInstance?instance=${ID}&action=stop&client=native&dryrun=false${more}`;
}
function toStart(more = ''): string {
  return `/operateInstance?instance=${ID}&action=start&client=native&dryrun=false${more}`;
}

describe('a stop', { concurrency: true }, () => {
  test('has succeeded when the machine is stopped, and no sooner', async () => {
    await using operator = await startOperator();
    const { status, operation } = await operator.ask(toStop());
    assert.equal(status, 200);
    assert.equal(operation.state, 'verifying', 'a person waits for EC2 to accept, not for the machine');
    operator.sandbox.set(ID, { state: 'stopping' });
    const looks = operator.sandbox.calls.length + 2;
    await operator.sandbox.until(() => operator.sandbox.calls.length >= looks);
    assert.equal((await operator.read(operation.id)).state, 'verifying');
    operator.sandbox.set(ID, { state: 'stopped' });
    const end = await operator.end(operation.id);
    assert.deepEqual([end.state, end.reason], ['succeeded', 'state_reached']);
  });

  test('is looked at soon after EC2 has accepted it, not only at the next idle round', async () => {
    await using operator = await startOperator();
    const { operation } = await operator.ask(toStop());
    assert.equal((await operator.read(operation.id, '4s')).state, 'succeeded');
  });

  test('of a stopped machine has succeeded already, and EC2 is not asked', async () => {
    await using operator = await startOperator(STOPPED);
    const { status, operation } = await operator.ask(toStop());
    assert.deepEqual([status, operation.state, operation.reason], [200, 'succeeded', 'already_in_state']);
    assert.deepEqual(operator.changes(), []);
  });

  test('of a machine that stops already is not asked for again', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(ID, { state: 'stopping' });
    const { operation } = await operator.ask(toStop());
    assert.equal(operation.state, 'verifying');
    operator.sandbox.set(ID, { state: 'stopped' });
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    assert.deepEqual(operator.changes(), []);
  });

  test('of a machine that starts waits, and then stops it', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(ID, { state: 'pending' });
    const { status, operation } = await operator.ask(toStop('&wait=0s'));
    assert.equal(status, 202);
    await operator.waiting(operation.id, 'transition');
    assert.deepEqual(operator.changes(), []);
    operator.sandbox.set(ID, { state: 'running' });
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    assert.equal(operator.changes().length, 1);
  });

  test('that EC2 takes long to answer is on its way', async () => {
    await using operator = await startOperator();
    operator.sandbox.faults.add({ kind: 'slow', ms: 1_500, action: 'StopInstances' });
    const { status, operation } = await operator.ask(toStop('&wait=500ms'));
    assert.equal(status, 202);
    assert.match(operation.state, /^(?:queued|acting)$/);
    assert.equal((await operator.end(operation.id)).state, 'succeeded');
    assert.equal(operator.changes().length, 1);
  });

  test('without the permission has failed at AWS', async () => {
    await using operator = await startOperator();
    operator.sandbox.faults.add({ kind: 'unauthorized', action: 'StopInstances' });
    const { status, operation } = await operator.ask(toStop());
    assert.deepEqual([status, operation.state, operation.reason], [502, 'failed', 'unauthorized']);
    assert.match(operation.message ?? '', /^UnauthorizedOperation: /);
    assert.doesNotMatch(operation.message ?? '', /Encoded/i);
  });

  test('that EC2 throttles is tried again', async () => {
    await using operator = await startOperator();
    operator.sandbox.faults.add({ kind: 'throttle', action: 'StopInstances', times: 1 });
    const { status, operation } = await operator.ask(toStop('&wait=0s'));
    assert.equal(status, 202);
    const end = await operator.end(operation.id);
    assert.equal(end.reason, 'state_reached');
    assert.equal(end.attempts, 2);
    assert.ok(end.trail?.some(({ reason, code }) => reason === 'throttled' && code === 'RequestLimitExceeded'));
  });

  test('whose answer is lost is not done twice', async () => {
    await using operator = await startOperator();
    operator.sandbox.faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', times: 1 });
    const { operation } = await operator.ask(toStop('&wait=0s'));
    const end = await operator.end(operation.id);
    assert.equal(end.reason, 'state_reached', 'the first call is what stopped it, although nobody was told');
    assert.equal(operator.changes().length, 1);
    assert.ok(end.trail?.some(({ code }) => code === 'ClientConnection'));
  });

  test("whose answer is not EC2's is not done twice either", async () => {
    await using operator = await startOperator();
    operator.sandbox.faults.add({ kind: 'garbled', body: 'Welcome<br>', action: 'StopInstances', times: 1 });
    const { operation } = await operator.ask(toStop('&wait=0s'));
    const end = await operator.end(operation.id);
    assert.equal(end.reason, 'state_reached');
    assert.equal(operator.changes().length, 1);
    assert.ok(end.trail?.some(({ code, reason }) => code === 'ClientOutput' && reason === 'answer_lost'));
  });

  test('whose answer is lost does not stop a machine that a person has started since', async () => {
    await using operator = await startOperator();
    operator.sandbox.faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', times: 1 });
    const { operation } = await operator.ask(toStop('&wait=0s'));
    await operator.sandbox.until(() => operator.changes().length === 1);
    // That EC2 shows nothing for a moment says nothing of the call that was lost.
    operator.sandbox.faults.add({ kind: 'throttle', action: 'DescribeInstances', times: 1 });
    operator.sandbox.set(ID, { state: 'running', launchTime: Date.now() });
    const end = await operator.end(operation.id);
    assert.deepEqual([end.state, end.reason], ['failed', 'reverted']);
    assert.equal(operator.changes().length, 1);
  });

  test('that EC2 cannot be asked about any more comes to an end as well', async () => {
    await using operator = await startOperator({ config: 'verify_for: { stop: 2s }' });
    const { operation } = await operator.ask(toStop());
    operator.sandbox.faults.add({ kind: 'error', action: 'DescribeInstances' });
    const end = await operator.end(operation.id);
    assert.deepEqual([end.state, end.reason], ['failed', 'deadline']);
    assert.match(end.message ?? '', /cannot be asked/);
  });

  test('that describe is late to show does not fool it', async () => {
    await using operator = await startOperator();
    operator.sandbox.faults.add({ kind: 'lag', ms: 2_500 });
    const { operation } = await operator.ask(toStop());
    const end = await operator.end(operation.id);
    assert.equal(end.reason, 'state_reached');
    assert.equal(operator.changes().length, 1);
  });

  test('of a machine that somebody terminates meanwhile has failed', async () => {
    await using operator = await startOperator();
    operator.sandbox.faults.add({ kind: 'slow', ms: 100, action: 'DescribeInstances' });
    const { operation } = await operator.ask(toStop());
    operator.sandbox.set(ID, { state: 'shutting-down' });
    assert.equal((await operator.end(operation.id)).reason, 'vanished');
  });
});

describe('a start', { concurrency: true }, () => {
  test("that falls back to stopped has failed, in EC2's words", async () => {
    await using operator = await startOperator(STOPPED);
    operator.sandbox.faults.add({ kind: 'kms' });
    const { operation } = await operator.ask(toStart());
    const end = await operator.end(operation.id);
    assert.deepEqual([end.state, end.reason], ['failed', 'bounced']);
    assert.match(end.message ?? '', /Client\.InternalError: Client error on launch/);
  });

  test('of a machine that stops waits, and then starts it', async () => {
    await using operator = await startOperator(STOPPED);
    operator.sandbox.set(ID, { state: 'stopping' });
    const { status, operation } = await operator.ask(toStart('&wait=0s'));
    assert.equal(status, 202);
    await operator.waiting(operation.id, 'transition');
    operator.sandbox.set(ID, { state: 'stopped' });
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    assert.equal(operator.sandbox.instance(ID).state, 'running');
  });

  test('for which EC2 has no capacity waits, and a person who asks again hurries it', async () => {
    await using operator = await startOperator(STOPPED);
    operator.sandbox.faults.add({ kind: 'capacity' });
    const { operation } = await operator.ask(toStart('&wait=0s'));
    await operator.waiting(operation.id, 'capacity');
    assert.match((await operator.read(operation.id)).message ?? '', /InsufficientInstanceCapacity: /);
    operator.sandbox.faults.clear();
    const again = await operator.ask(toStart());
    assert.equal(again.operation.id, operation.id);
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
  });
});

describe('a start that EC2 takes back', { concurrency: true }, () => {
  for (const code of ['Server.InsufficientInstanceCapacity', 'Server.InsufficientHostCapacity']) {
    test(`with ${code} waits for capacity, and is tried again`, async () => {
      await using operator = await startOperator(STOPPED);
      operator.sandbox.faults.add({ kind: 'bounce', code, times: 1 });
      const { operation } = await operator.ask(toStart('&wait=0s'));
      await operator.waiting(operation.id, 'capacity');
      assert.match((await operator.read(operation.id)).message ?? '', new RegExp(`fell back to stopped .*${code}`));
      // A person who asks again does not wait for the minute.
      await operator.ask(toStart('&wait=0s'));
      assert.equal((await operator.end(operation.id)).reason, 'state_reached');
      assert.equal(operator.changes().length, 2);
    });
  }

  for (const [code, advice] of [
    ['Client.VolumeLimitExceeded', /quota of EBS volumes/],
    ['Server.InternalError', /start it again in a few minutes/],
    ['Client.UserInitiatedShutdown', /CloudTrail/],
  ] as const) {
    test(`with ${code} says what to do next`, async () => {
      await using operator = await startOperator(STOPPED);
      operator.sandbox.faults.add({ kind: 'bounce', code });
      const { operation } = await operator.ask(toStart('&wait=0s'));
      const end = await operator.end(operation.id);
      assert.deepEqual([end.state, end.reason], ['failed', 'bounced']);
      assert.match(end.message ?? '', advice);
    });
  }
});

describe('what an alert must not stop', { concurrency: true }, () => {
  const guarded = [
    ['opt_out', { tags: { 'ec2-operator': 'off' } }, /ec2-operator=off/],
    ['opt_out', { tags: { 'ec2-operator': ' Start-Only ' } }, /start-only/],
    ['managed', { asg: 'workers' }, /Auto Scaling group.*workers/],
    ['managed', { tags: { 'eks:cluster-name': 'prod' } }, /EKS cluster/],
    ['managed', { tags: { 'karpenter.sh/nodepool': 'gpu' } }, /Karpenter/],
    ['managed', { operator: 'eks.amazonaws.com' }, /managed by "eks\.amazonaws\.com"/],
    ['stale_alert', { launched: '1m ago' }, /the alert began .*, before .* was launched/],
    ['protected', { protected: true }, /disableApiStop/],
    ['unsupported', { spot: 'one-time' }, /one-time Spot/],
    ['unsupported', { root: 'instance-store' }, /./],
  ] as const;
  for (const [reason, entry, message] of guarded) {
    test(`${reason}: ${JSON.stringify(entry)}`, async () => {
      await using operator = await startOperator({ machines: [machine(1, entry)] });
      const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
      const end = await operator.end(receipt?.operation);
      assert.deepEqual([end.state, end.reason], ['refused', reason]);
      assert.match(end.message ?? '', message);
      assert.equal(operator.sandbox.instance(ID).state, 'running');
    });
  }

  test('a machine that is tagged stop-only is stopped, and not started', async () => {
    await using operator = await startOperator({ machines: [machine(1, { tags: { 'ec2-operator': 'stop-only' } })] });
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal((await operator.end(receipt?.operation)).state, 'succeeded');
    assert.equal((await operator.ask(toStart())).operation.reason, 'opt_out');
  });

  test('one bad member of a group of ten does not hold the other nine back', async () => {
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const entries = numbers.map((number) => machine(number, number === 4 ? { protected: true } : {}));
    await using operator = await startOperator({ machines: entries });
    const receipts = await operator.post(
      '/operateHostname',
      numbers.map((number) => stopAlert(number)),
    );
    const ends = await Promise.all(receipts.map(async ({ operation }) => operator.end(operation)));
    assert.deepEqual(
      ends.map(({ reason }) => reason),
      numbers.map((number) => (number === 4 ? 'protected' : 'state_reached')),
    );
    assert.equal(operator.sandbox.instance(idOf(4)).state, 'running');
    assert.ok((operator.sandbox.counts.get('StopInstances') ?? 0) <= 3, 'the nine go in one call');
  });

  test('nor does one that is not there', async () => {
    await using operator = await startOperator();
    const receipts = await operator.post('/operateHostname', [
      stopAlert(1),
      alert({ hostname: addressOf(99) }),
      stopAlert(2),
    ]);
    const ends = await Promise.all(receipts.map(async ({ operation }) => operator.end(operation)));
    assert.deepEqual(
      ends.map(({ reason }) => reason),
      ['state_reached', 'not_found', 'state_reached'],
    );
  });
});
