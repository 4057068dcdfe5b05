/** What can be read of operations, and the one thing that can be done to them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type * as z from 'zod';
import { operationsAnswerSchema, type OperationBody } from '../../src/http/schemas.ts';
import { alert, minutesAgo, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine, machines } from '../support/fleet.ts';
import { problemIn, startOperator, type Operator } from '../support/operator.ts';

const NOBODY = '019aa2c0-0000-7000-8000-000000000000';
const STOP = `/operateInstance?instance=${idOf(1)}&action=stop&client=native&dryrun=false`;

async function list(operator: Operator, query = ''): Promise<z.output<typeof operationsAnswerSchema>> {
  const answer = await operator.request(`/api/v1/operations${query}`);
  assert.equal(answer.status, 200, answer.text);
  return operationsAnswerSchema.parse(JSON.parse(answer.text));
}

/** One count out of the metrics; undefined when there is no such line. */
async function count(operator: Operator, line: string): Promise<number | undefined> {
  const { text } = await operator.request('/metrics');
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

describe('the trail', { concurrency: true }, () => {
  test('tells what happened, with the ids of EC2', async () => {
    await using operator = await startOperator();
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1, { fingerprint: 'f1' })]);
    const { trail, cause, ...end } = await operator.end(receipt?.operation);
    assert.deepEqual(
      trail?.map(({ event, state, reason }) => [event, state, reason]),
      [
        ['state', 'queued', undefined],
        ['state', 'acting', undefined],
        ['state', 'verifying', undefined],
        ['state', 'succeeded', 'state_reached'],
      ],
    );
    const [stop] = operator.changes();
    assert.equal(trail[2]?.requestId, stop?.requestId);
    const times = trail.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted());
    const { delivery, ...asked } = cause;
    assert.deepEqual(asked, { by: 'alert', name: 'UnusedGPU', fingerprint: 'f1', beganAt: minutesAgo(10) });
    assert.match(delivery ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(
      [end.verb, end.target, end.client, end.dryRun, end.attempts],
      ['stop', addressOf(1), 'native', false, 1],
    );
    assert.equal(end.createdAt, times[0]);
    assert.ok((end.endedAt ?? '') > end.createdAt);
  });

  test('of a start says where the machine can be reached, whether it was stopped or runs already', async () => {
    const addresses = { public_ip: '198.51.100.1', secondary_ips: ['10.9.0.1'], ipv6: ['2001:db8::1'] };
    await using operator = await startOperator({ machines: [machine(1, { ...addresses, state: 'stopped' })] });
    for (const reason of ['state_reached', 'already_in_state']) {
      const { operation } = await operator.ask(`/operateInstance?instance=${idOf(1)}&action=start&dryrun=false`);
      const { trail = [], ...end } = await operator.end(operation.id);
      assert.equal(end.reason, reason);
      const there = ['198.51.100.1', addressOf(1), '2001:db8::1'];
      assert.deepEqual(trail.at(-1)?.addresses, there, 'not the address of a pod');
    }
    const { operation } = await operator.ask(STOP);
    assert.deepEqual((await operator.end(operation.id)).trail?.at(-1)?.addresses, undefined);
  });

  test('names the guard that decided, and who joined', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(idOf(1), { state: 'pending' });
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    await operator.waiting(receipt?.operation, 'transition');
    await operator.post('/operateHostname', [stopAlert(1)]);
    const { trail } = await operator.read(receipt?.operation);
    assert.equal(trail?.find(({ reason }) => reason === 'transition')?.guard, 'settled');
    assert.match(trail.find(({ event }) => event === 'joined')?.message ?? '', /^alert UnusedGPU/);
  });
});

describe('cancelling', { concurrency: true }, () => {
  const cancel = async (operator: Operator, id: string) =>
    operator.request(`/api/v1/operations/${id}/cancel`, { method: 'POST' });

  test('what waits is cancelled, told and counted, once', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(idOf(1), { state: 'pending' });
    const { operation } = await operator.ask(`${STOP}&wait=0s`);
    await operator.waiting(operation.id, 'transition');
    const ended = operator.end(operation.id);
    assert.equal((await cancel(operator, operation.id)).status, 200);
    const end = await ended;
    assert.deepEqual([end.state, end.reason, end.message], ['cancelled', 'by_person', 'cancelled by anyone']);
    assert.equal((await cancel(operator, operation.id)).status, 200, 'again changes nothing');
    const line = 'ec2_operator_operations_total{verb="stop",client="native",state="cancelled",reason="by_person"}';
    assert.equal(await count(operator, line), 1);
    operator.sandbox.set(idOf(1), { state: 'running' });
    const { operation: next } = await operator.ask(STOP);
    assert.notEqual(next.id, operation.id);
  });

  test('what EC2 has accepted cannot be cancelled, nor what has ended', async () => {
    await using operator = await startOperator();
    const { operation } = await operator.ask(STOP);
    const late = await cancel(operator, operation.id);
    const { sentAt = '' } = await operator.read(operation.id);
    const detail = `operation ${operation.id} is verifying: the stop was sent to EC2 at ${sentAt}; start it again?`;
    assert.equal(problemIn(late, 409), detail);
    assert.deepEqual(JSON.parse(late.text), {
      title: 'Conflict',
      status: 409,
      detail,
      operation: operation.id,
      sentAt,
    });
    await operator.end(operation.id);
    assert.match(problemIn(await cancel(operator, operation.id), 409), /is succeeded: the stop was sent to EC2 at/);
    const { operation: already } = await operator.ask(STOP);
    assert.match(problemIn(await cancel(operator, already.id), 409), /an operation that has ended cannot be cancelled/);
  });

  test('what waits for a stop by another program has sent nothing', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(idOf(1), { state: 'stopping' });
    const { operation } = await operator.ask(STOP);
    assert.equal(operation.state, 'verifying');
    assert.match(problemIn(await cancel(operator, operation.id), 409), /was asked to stop it by someone else/);
  });

  test('what does not exist is not found', async () => {
    await using operator = await startOperator();
    assert.match(problemIn(await cancel(operator, NOBODY), 404), /there is no operation/);
    assert.match(problemIn(await cancel(operator, 'nonsense'), 404), /a UUID/);
    problemIn(await operator.request(`/api/v1/operations/${NOBODY}`), 404);
    problemIn(await operator.request(`/api/v1/operations/${NOBODY}?wait=5m`), 400);
    problemIn(await operator.request(`/api/v1/operations/${NOBODY}/cancel`), 405);
  });
});

describe('the list', { concurrency: true }, () => {
  const ids = (operations: readonly OperationBody[]): readonly string[] => operations.map(({ id }) => id);

  test('newest first, in pages', async () => {
    await using operator = await startOperator({ machines: machines(7) });
    const alerts = machines(7).map((_, index) => alert({ hostname: addressOf(index + 1), dryrun: 'true' }));
    const receipts = await operator.post('/operateHostname', alerts);
    const expected = receipts.map(({ operation }) => operation ?? '').toReversed();
    const first = await list(operator, '?limit=3');
    const second = await list(operator, `?limit=3&cursor=${first.cursor}`);
    const third = await list(operator, `?limit=3&cursor=${second.cursor}`);
    assert.deepEqual(
      [first, second, third].flatMap(({ operations }) => ids(operations)),
      expected,
    );
    assert.deepEqual(
      [first, second, third].map(({ operations }) => operations.length),
      [3, 3, 1],
    );
    assert.equal(third.cursor, undefined);
    assert.equal((await list(operator)).cursor, undefined);
    assert.ok(first.operations.every(({ trail }) => trail === undefined));
  });

  test('by state, verb and target', async () => {
    await using operator = await startOperator();
    const [stop, start, lost] = await operator.post('/operateHostname', [
      stopAlert(1),
      alert({ hostname: addressOf(2), action: 'start' }),
      alert({ hostname: '10.0.0.99' }),
    ]);
    for (const receipt of [stop, start, lost]) await operator.end(receipt?.operation);
    const found = async (query: string): Promise<readonly string[]> => ids((await list(operator, query)).operations);
    assert.deepEqual(await found('?state=refused'), [lost?.operation]);
    assert.deepEqual(await found('?verb=start'), [start?.operation]);
    assert.deepEqual(await found(`?target=${addressOf(1)}`), [stop?.operation]);
    assert.deepEqual(await found('?state=succeeded&verb=stop'), [stop?.operation]);
    assert.deepEqual(await found('?target=nobody'), []);
  });

  for (const query of [
    'state=done',
    'verb=reboot',
    'limit=0',
    'limit=1001',
    'limit=x',
    'cursor=1',
    'limit=1&limit=2',
  ]) {
    test(`?${query} is a bad request`, async () => {
      await using operator = await startOperator();
      problemIn(await operator.request(`/api/v1/operations?${query}`), 400);
    });
  }
});

describe('what is told of the whole', { concurrency: true }, () => {
  test('every count is there from the start, and counts', async () => {
    await using operator = await startOperator();
    const lines = {
      accepted: 'ec2_operator_alerts_total{outcome="accepted",reason=""}',
      ignored: 'ec2_operator_alerts_total{outcome="ignored",reason="resolved"}',
      invalid: 'ec2_operator_alerts_total{outcome="invalid",reason="invalid_target"}',
      reached: 'ec2_operator_operations_total{verb="stop",client="native",state="succeeded",reason="state_reached"}',
      missing: 'ec2_operator_operations_total{verb="stop",client="native",state="refused",reason="not_found"}',
      truncated: 'ec2_operator_alerts_truncated_total',
      faults: 'ec2_operator_faults_total',
      calls: 'ec2_operator_ec2_calls_total{action="StopInstances",code="OK"}',
      stored: 'ec2_operator_operations{state="succeeded"}',
    };
    for (const line of Object.values(lines)) assert.equal(await count(operator, line), 0, line);
    const receipts = await operator.post('/operateHostname', [
      stopAlert(1),
      stopAlert(2, { status: 'resolved' }),
      alert({ hostname: '*' }),
      alert({ hostname: '10.0.0.99' }),
    ]);
    for (const number of [0, 3]) await operator.end(receipts[number]?.operation);
    const body = JSON.stringify({ alerts: [stopAlert(1)], truncatedAlerts: 7 });
    await operator.request('/operateHostname', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const expected = {
      accepted: 2,
      ignored: 1,
      invalid: 1,
      reached: 1,
      missing: 1,
      truncated: 7,
      faults: 0,
      calls: 1,
      stored: 1,
    };
    for (const [name, line] of Object.entries(lines))
      assert.equal(await count(operator, line), new Map(Object.entries(expected)).get(name), line);
  });

  test('/readyz and /healthz', async () => {
    await using operator = await startOperator();
    for (const path of ['/readyz', '/healthz']) {
      const { status, text } = await operator.request(path);
      assert.deepEqual([status, text], [200, 'ok']);
    }
  });
});
