/** Whoever asks later and weighs more has her way, at every moment up to the call. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OperationBody } from '../../src/http/schemas.ts';
import { alert, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machines } from '../support/fleet.ts';
import { startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';

const ask = (number: number, action: 'start' | 'stop'): string =>
  `/operateInstance?instance=${idOf(number)}&action=${action}&client=native&dryrun=false&wait=30s`;

const build = async (options: OperatorOptions = {}): Promise<Operator> =>
  startOperator({ machines: machines(4), ...options });

async function stopByAlert(operator: Operator, ...numbers: readonly number[]): Promise<readonly string[]> {
  const receipts = await operator.post(
    '/operateHostname',
    numbers.map((number) => stopAlert(number)),
  );
  return receipts.map(({ operation = '' }) => operation);
}

const described = async ({ sandbox }: Operator, times: number): Promise<void> =>
  sandbox.until(() => (sandbox.counts.get('DescribeInstances') ?? 0) >= times);

const stopsOf = (operator: Operator): readonly string[] =>
  operator.changes().flatMap(({ action, instanceIds }) => (action === 'StopInstances' ? instanceIds : []));

/** She is told that it runs, and so it does: nobody has asked EC2 to stop it. */
async function expectKept(operator: Operator, start: OperationBody, stop: string | undefined): Promise<void> {
  assert.deepEqual([start.state, start.reason], ['succeeded', 'already_in_state'], start.message ?? '');
  const { state, reason, message } = await operator.end(stop);
  assert.deepEqual([state, reason], ['cancelled', 'superseded'], message ?? '');
  assert.ok(!stopsOf(operator).includes(start.instance?.id ?? ''), 'EC2 was asked to stop it');
}

describe('a person asks to start what an alert is about to stop', { concurrency: true }, () => {
  test('while the stop looks for its machine', async () => {
    await using operator = await build();
    operator.sandbox.faults.add({ kind: 'slow', action: 'DescribeInstances', ms: 6_000, times: 1 });
    const [stop] = await stopByAlert(operator, 1);
    await described(operator, 1);
    await expectKept(operator, (await operator.ask(ask(1, 'start'))).operation, stop);
  });

  test('while the last look before the call takes long', async () => {
    await using operator = await build();
    const { sandbox } = operator;
    // Only the last look lists the id.
    sandbox.faults.add({ kind: 'slow', action: 'DescribeInstances', instance: idOf(1), ms: 6_000 });
    const stopping = stopByAlert(operator, 1);
    await sandbox.until(() => sandbox.calls.some(({ instanceIds }) => instanceIds.includes(idOf(1))));
    await expectKept(operator, (await operator.ask(ask(1, 'start'))).operation, (await stopping)[0]);
  });

  test("while the stop waits for EC2's rate limit", async () => {
    await using operator = await build({ config: 'aws: { quota_share: 0.03 }' });
    // It takes the only token there is, and the next one comes after seconds.
    const [other] = await stopByAlert(operator, 2);
    await operator.sandbox.until(() => stopsOf(operator).length === 1);
    const [stop] = await stopByAlert(operator, 1);
    while ((await operator.read(stop, '50ms')).state !== 'acting');
    await expectKept(operator, (await operator.ask(ask(1, 'start'))).operation, stop);
    await operator.end(other);
  });

  test('while EC2 carries the stop out: it is started again, and she is not told that it runs', async () => {
    await using operator = await build();
    operator.sandbox.faults.add({ kind: 'slow', action: 'StopInstances', ms: 1_500, times: 1 });
    const [stop] = await stopByAlert(operator, 1);
    await operator.sandbox.until(() => (operator.sandbox.counts.get('StopInstances') ?? 0) === 1);
    const { operation } = await operator.ask(ask(1, 'start'));
    assert.notEqual(operation.reason, 'already_in_state');
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    assert.equal((await operator.end(stop)).reason, 'state_reached');
    assert.equal(operator.sandbox.instance(idOf(1)).state, 'running');
  });

  test('while EC2 does not show yet that it has carried a stop out whose answer was lost', async () => {
    await using operator = await build();
    operator.sandbox.faults.add({ kind: 'lag', action: 'StopInstances', ms: 4_000, times: 1 });
    operator.sandbox.faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', times: 1 });
    const [stop] = await stopByAlert(operator, 1);
    await operator.waiting(stop, 'retry');
    const { operation } = await operator.ask(ask(1, 'start'));
    assert.notEqual(operation.reason, 'already_in_state');
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    assert.equal((await operator.end(stop)).reason, 'state_reached');
    assert.equal(operator.sandbox.instance(idOf(1)).state, 'running');
  });
});

test('a clear answer to a later call does not say what an earlier call with an unknown error has changed', async () => {
  await using operator = await build();
  const fault = { kind: 'error', status: 400, message: 'no', action: 'StopInstances', times: 1 } as const;
  operator.sandbox.faults.add({ ...fault, code: 'SomethingThatNobodyKnows' });
  operator.sandbox.faults.add({ ...fault, code: 'IncorrectInstanceState', instance: idOf(1) });
  const [stop = ''] = await stopByAlert(operator, 1, 2);
  await operator.waiting(stop, 'transition');
  const answer = await operator.request(`/api/v1/operations/${stop}/cancel`, { method: 'POST' });
  assert.equal(answer.status, 409);
  assert.match(answer.text, /is waiting: the stop was sent to EC2 at \S+; start it again\?/);
});

test('what she cancels after a call whose answer was lost ends as what became of that call', async () => {
  await using operator = await build();
  operator.sandbox.faults.add({ kind: 'lag', action: 'StopInstances', ms: 4_000, times: 1 });
  operator.sandbox.faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', times: 1 });
  const [stop = ''] = await stopByAlert(operator, 1);
  await operator.waiting(stop, 'retry');
  const answer = await operator.request(`/api/v1/operations/${stop}/cancel`, { method: 'POST' });
  assert.equal(answer.status, 409);
  assert.match(answer.text, /is waiting: the stop was sent to EC2 at \S+; start it again\?/);
  assert.equal((await operator.end(stop)).reason, 'state_reached');
  assert.deepEqual(stopsOf(operator), [idOf(1)]);
});

test("a person's stop that waits for EC2's rate limit gives way to another person's later start", async () => {
  await using operator = await build({ config: 'aws: { quota_share: 0.03 }' });
  const [other] = await stopByAlert(operator, 2);
  await operator.sandbox.until(() => stopsOf(operator).length === 1);
  const { operation: stop } = await operator.ask(ask(1, 'stop').replace('wait=30s', 'wait=0s'));
  while ((await operator.read(stop.id, '50ms')).state !== 'acting');
  await expectKept(operator, (await operator.ask(ask(1, 'start'))).operation, stop.id);
  await operator.end(other);
});

describe("what waits for EC2's rate limit is judged by the cause that is still there", { concurrency: true }, () => {
  async function waitingAtLimit(): Promise<{ readonly operator: Operator; readonly stop: string }> {
    const operator = await build({ config: 'aws: { quota_share: 0.03 }' });
    await stopByAlert(operator, 2);
    await operator.sandbox.until(() => stopsOf(operator).length === 1);
    const [stop = ''] = await stopByAlert(operator, 1);
    while ((await operator.read(stop, '50ms')).state !== 'acting');
    return { operator, stop };
  }
  const resolve = async (operator: Operator): Promise<unknown> =>
    operator.post('/operateHostname', [stopAlert(1, { status: 'resolved', endsAt: new Date().toISOString() })]);

  test('its alert is over: it is not done', async () => {
    const { operator, stop } = await waitingAtLimit();
    await using _ = operator;
    await resolve(operator);
    assert.deepEqual((await operator.end(stop)).reason, 'resolved');
    assert.ok(!stopsOf(operator).includes(idOf(1)));
  });

  test('she cancels it: nothing is sent, and the answer says so', async () => {
    const { operator, stop } = await waitingAtLimit();
    await using _ = operator;
    const answer = await operator.request(`/api/v1/operations/${stop}/cancel`, { method: 'POST' });
    assert.equal(answer.status, 200);
    const { state, sentAt, trail = [] } = await operator.end(stop);
    assert.deepEqual([state, sentAt], ['cancelled', undefined]);
    assert.deepEqual(
      trail.map((entry) => entry.state),
      ['queued', 'acting', 'cancelled'],
    );
    await operator.sandbox.until(() => operator.sandbox.instance(idOf(2)).state === 'stopped');
    assert.ok(!stopsOf(operator).includes(idOf(1)));
  });

  test('a person has joined it, and its alert is over: it is done for her', async () => {
    const { operator, stop } = await waitingAtLimit();
    await using _ = operator;
    const { operation } = await operator.ask(
      `/operateHostname?hostname=10.0.0.1&action=stop&client=native&dryrun=false&wait=0s`,
    );
    assert.equal(operation.id, stop);
    await resolve(operator);
    assert.equal((await operator.end(stop)).reason, 'state_reached');
  });

  test('another alert has joined it that began before the machine was launched: it is not done for that one', async () => {
    const { operator, stop } = await waitingAtLimit();
    await using _ = operator;
    const { launchTime } = operator.sandbox.instance(idOf(1));
    const startsAt = new Date(launchTime - 60_000).toISOString();
    const older = alert({ alertname: 'Older', hostname: addressOf(1) }, { startsAt });
    const [joined] = await operator.post('/operateHostname', [older]);
    assert.equal(joined?.operation, stop);
    await resolve(operator);
    assert.equal((await operator.end(stop)).reason, 'stale_alert');
    assert.ok(!stopsOf(operator).includes(idOf(1)));
  });
});

test('the second call of a batch asks again: still wanted, still allowed, still not launched anew', async () => {
  await using operator = await build();
  const { sandbox } = operator;
  sandbox.set(idOf(4), { stopProtected: true });
  sandbox.faults.add({ kind: 'slow', action: 'StopInstances', ms: 5_000, times: 1 });
  const stops = await stopByAlert(operator, 1, 2, 3, 4);
  await sandbox.until(() => (sandbox.counts.get('StopInstances') ?? 0) === 1);
  const starting = operator.ask(ask(1, 'start'));
  sandbox.set(idOf(2), { tags: { 'ec2-operator': 'off' } });
  sandbox.set(idOf(3), { launchTime: Date.now() });
  const ends = await Promise.all(stops.map(async (id) => operator.end(id)));
  assert.deepEqual(
    ends.map(({ reason }) => reason),
    ['superseded', 'opt_out', 'stale_alert', 'protected'],
  );
  assert.equal((await starting).operation.reason, 'already_in_state');
  assert.deepEqual(
    sandbox.calls.filter(({ action }) => action === 'StopInstances').map(({ errorCode }) => errorCode),
    ['OperationNotPermitted'],
    'one call, and nothing came of it',
  );
});
