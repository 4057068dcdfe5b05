/** A person's no holds: for the alert that she has called off, and for every other one that began before. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert, delivery, minutesAgo, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';

const ID = idOf(1);
const NAMES = { 'gpu-1.example': [addressOf(1)] };

/** A stop by an alert that waits, on a machine that seems to be starting. */
async function withWaitingStop(operator: Operator): Promise<string> {
  operator.sandbox.set(ID, { state: 'pending' });
  const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
  await operator.waiting(receipt?.operation, 'transition');
  return receipt?.operation ?? '';
}

async function cancel(operator: Operator, id: string): Promise<void> {
  assert.equal((await operator.request(`/api/v1/operations/${id}/cancel`, json({}))).status, 200);
  operator.sandbox.set(ID, { state: 'running', launchTime: Date.parse(minutesAgo(600)) });
}

describe('a stop that a person has cancelled', { concurrency: true }, () => {
  test('is done when its alert is repeated, and the receipt says who has said so, and when', async () => {
    await using operator = await startOperator();
    const id = await withWaitingStop(operator);
    await cancel(operator, id);
    const [repeated] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.deepEqual([repeated?.outcome, repeated?.operation], ['done', id]);
    assert.match(repeated?.message ?? '', /^anyone cancelled a stop of it at 20\S+Z: alerts that began before then do/);
    assert.deepEqual(operator.changes(), []);
  });

  for (const [what, route, labels] of [
    ['by id', '/operateInstance', { instance_id: ID }],
    ['by name', '/operateHostname', { hostname: 'gpu-1.example' }],
    ['under another name of the alert', '/operateHostname', { hostname: addressOf(1), alertname: 'NobodyThere' }],
    ['with another region in its labels', '/operateHostname', { hostname: addressOf(1), ec2_region: 'eu-central-1' }],
  ] as const) {
    test(`does not come back ${what}`, async () => {
      await using operator = await startOperator({ names: NAMES });
      await cancel(operator, await withWaitingStop(operator));
      const other = alert(labels);
      const plan = await operator.request(
        `/api/v1/plan?route=${route.slice(8).toLowerCase()}`,
        json(delivery([other])),
      );
      assert.match(plan.text, /"nothing","reason":"by_person","message":"anyone cancelled a stop of it at /);
      const [receipt] = await operator.post(route, [other]);
      const { state, message } = await operator.end(receipt?.operation);
      assert.equal(state, 'cancelled', message ?? '');
      const [again] = await operator.post(route, [other]);
      assert.deepEqual([again?.outcome, again?.operation], ['done', receipt?.operation]);
      assert.deepEqual(operator.changes(), []);
    });
  }

  test('does not come back by the same name either when the machine was not known yet; a plan says so', async () => {
    const names: Record<string, readonly string[]> = {};
    await using operator = await startOperator({ names });
    const [unknown] = await operator.post('/operateHostname', [alert({ hostname: 'gpu-1.example' })]);
    await operator.waiting(unknown?.operation, 'name_unknown');
    await cancel(operator, unknown?.operation ?? '');
    names['gpu-1.example'] = [addressOf(1)];
    const other = alert({ hostname: 'gpu-1.example', alertname: 'NobodyThere' });
    const plan = await operator.request('/api/v1/plan', json(delivery([other])));
    assert.match(plan.text, /"nothing","reason":"by_person","message":"anyone cancelled a stop of it at /);
    const [receipt] = await operator.post('/operateHostname', [other]);
    assert.equal((await operator.end(receipt?.operation)).reason, 'by_person');
    assert.deepEqual(operator.changes(), []);
  });

  test('is another matter when the alert begins anew', async () => {
    await using operator = await startOperator();
    await cancel(operator, await withWaitingStop(operator));
    const [anew] = await operator.post('/operateHostname', [stopAlert(1, { startsAt: new Date().toISOString() })]);
    assert.equal((await operator.end(anew?.operation)).reason, 'state_reached');
  });

  for (const [what, startsAt] of [
    ['has no date', undefined],
    ['has a date that lies ahead, by a clock that runs ahead', new Date(Date.now() + 600_000).toISOString()],
  ] as const) {
    test(`does not come back when its alert ${what}, whether she cancels it or asks for a start`, async () => {
      await using operator = await startOperator({ machines: [machine(1), machine(2)] });
      const sent = [stopAlert(1, { startsAt }), stopAlert(2, { startsAt })];
      for (const number of [1, 2]) operator.sandbox.set(idOf(number), { state: 'pending' });
      const stops = await operator.post('/operateHostname', sent);
      for (const { operation } of stops) await operator.waiting(operation, 'transition');
      await cancel(operator, stops[0]?.operation ?? '');
      operator.sandbox.set(idOf(2), { state: 'running', launchTime: Date.parse(minutesAgo(600)) });
      await operator.ask(`/operateInstance?instance=${idOf(2)}&action=start&client=native&dryrun=false`);
      assert.equal((await operator.end(stops[1]?.operation)).reason, 'superseded');
      for (let copy = 0; copy < 2; copy += 1) {
        const repeated = await operator.post('/operateHostname', sent);
        assert.deepEqual(
          repeated.map(({ outcome, operation }) => [outcome, operation]),
          stops.map(({ operation }) => ['done', operation]),
        );
        if (startsAt === undefined)
          assert.match(repeated[0]?.message ?? '', /; this one has no startsAt, and repeats what has come since 20/);
      }
      assert.deepEqual(operator.changes(), []);
    });
  }

  test('does not come back either when it was called off by a start', async () => {
    await using operator = await startOperator({ machines: [machine(1)] });
    const id = await withWaitingStop(operator);
    operator.sandbox.set(ID, { state: 'running', launchTime: Date.parse(minutesAgo(600)) });
    await operator.ask(`/operateInstance?instance=${ID}&action=start&client=native&dryrun=false`);
    assert.equal((await operator.end(id)).reason, 'superseded');
    const [repeated] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.deepEqual([repeated?.outcome, repeated?.operation], ['done', id]);
    assert.match(repeated?.message ?? '', /asked to start it at /);
    const [anew] = await operator.post('/operateHostname', [stopAlert(1, { startsAt: new Date().toISOString() })]);
    await operator.waiting(anew?.operation, 'min_uptime');
    assert.match(
      (await operator.read(anew?.operation)).message ?? '',
      / asked to start .*; min_uptime keeps it running/,
    );
    assert.deepEqual(operator.changes(), []);
  });
});
