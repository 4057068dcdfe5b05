/** Two who want the opposite of one machine: a person beats automation, the newer beats the older, one at a time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert, delivery, minutesAgo, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';

const ID = idOf(1);
const STOP = `/operateInstance?instance=${ID}&action=stop&client=native&dryrun=false`;
const START = `/operateInstance?instance=${ID}&action=start&client=native&dryrun=false`;
const startAlert = (): ReturnType<typeof alert> => alert({ hostname: addressOf(1), action: 'start' });

/** What a plan says of an alert: its outcome, its reason, and its message. */
async function plan(operator: Operator, body: ReturnType<typeof alert>, by = 'alert'): Promise<string> {
  return (await operator.request(`/api/v1/plan?route=hostname&by=${by}`, json(delivery([body])))).text;
}

/** A stop by an alert that waits, on a machine that seems to be starting. */
async function withWaitingStop(operator: Operator): Promise<string> {
  operator.sandbox.set(ID, { state: 'pending' });
  const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
  await operator.waiting(receipt?.operation, 'transition');
  return receipt?.operation ?? '';
}

describe('opposite verbs', { concurrency: true }, () => {
  test('what is being carried out ends first, then the other has its way', async () => {
    await using operator = await startOperator();
    const { operation: stop } = await operator.ask(STOP);
    assert.equal(stop.state, 'verifying');
    operator.sandbox.set(ID, { state: 'stopped' });
    const { operation: start } = await operator.ask(`${START}&wait=0s`);
    await operator.waiting(start.id, 'rival');
    assert.equal((await operator.read(start.id)).instance?.id, ID, 'so that the next rival finds it');
    assert.equal((await operator.end(stop.id)).reason, 'state_reached');
    const end = await operator.end(start.id);
    assert.deepEqual([end.state, end.reason, end.instance?.id], ['succeeded', 'state_reached', ID]);
    assert.deepEqual(
      operator.changes().map(({ action }) => action),
      ['StopInstances', 'StartInstances'],
    );
  });

  test("a person's start takes the place of an alert's stop that waits", async () => {
    await using operator = await startOperator();
    const stop = await withWaitingStop(operator);
    operator.sandbox.set(ID, { state: 'stopped' });
    const { operation: start } = await operator.ask(START);
    const cancelled = await operator.end(stop);
    assert.deepEqual([cancelled.state, cancelled.reason], ['cancelled', 'superseded']);
    assert.match(cancelled.message ?? '', new RegExp(start.id));
    assert.equal((await operator.end(start.id)).reason, 'state_reached');
    assert.equal(operator.sandbox.instance(ID).state, 'running');
  });

  test("an alert's stop gives way to a person's start that waits, although it is newer", async () => {
    await using operator = await startOperator({ machines: [machine(1, { state: 'stopped' })] });
    operator.sandbox.set(ID, { state: 'stopping' });
    const { operation: start } = await operator.ask(`${START}&wait=0s`);
    await operator.waiting(start.id, 'transition');
    operator.sandbox.set(ID, { state: 'running', launchTime: Date.parse(minutesAgo(60)) });
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    const stop = await operator.end(receipt?.operation);
    assert.deepEqual([stop.state, stop.reason], ['cancelled', 'superseded']);
    assert.equal((await operator.end(start.id)).state, 'succeeded');
    assert.deepEqual(operator.changes(), []);
  });

  test('among alerts the newer one has its way', async () => {
    await using operator = await startOperator();
    const stop = await withWaitingStop(operator);
    operator.sandbox.set(ID, { state: 'stopped' });
    const [receipt] = await operator.post('/operateHostname', [startAlert()]);
    assert.equal((await operator.end(receipt?.operation)).reason, 'state_reached');
    assert.equal((await operator.end(stop)).reason, 'superseded');
    assert.equal(operator.sandbox.instance(ID).state, 'running');
  });

  for (const order of ['a stop and a start', 'a start and a stop'] as const)
    test(`of ${order} in one delivery, the start has its way: whether the machine is needed is not known`, async () => {
      await using operator = await startOperator();
      const both = [stopAlert(1), startAlert()];
      const receipts = await operator.post('/operateHostname', order.startsWith('a stop') ? both : both.toReversed());
      const ends = await Promise.all(receipts.map(async ({ operation }) => operator.end(operation)));
      const told = ends.map(({ verb, reason }) => `${verb}: ${reason}`);
      assert.deepEqual(told.toSorted(), ['start: already_in_state', 'stop: superseded']);
      assert.deepEqual(operator.changes(), []);
    });

  test('a stop that comes seconds after a start has ended does nothing: Alertmanager may send either group first', async () => {
    await using operator = await startOperator();
    const [start] = await operator.post('/operateHostname', [startAlert()]);
    assert.equal((await operator.end(start?.operation)).reason, 'already_in_state');
    const [stop] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal((await operator.end(stop?.operation)).reason, 'superseded');
    assert.deepEqual(operator.changes(), []);
  });

  test("a dry run is in nobody's way", async () => {
    await using operator = await startOperator();
    const stop = await withWaitingStop(operator);
    operator.sandbox.set(ID, { state: 'stopped' });
    const { operation } = await operator.ask(START.replace('dryrun=false', 'dryrun=true'));
    assert.equal(operation.reason, 'dry_run');
    assert.equal((await operator.end(stop)).reason, 'already_in_state');
  });

  test('a start of a machine that still runs keeps it from being stopped by what waits', async () => {
    await using operator = await startOperator();
    const stop = await withWaitingStop(operator);
    operator.sandbox.set(ID, { state: 'running', launchTime: Date.parse(minutesAgo(60)) });
    const { operation: start } = await operator.ask(START);
    assert.equal(start.reason, 'already_in_state');
    assert.equal((await operator.end(stop)).reason, 'superseded');
    assert.equal(operator.sandbox.instance(ID).state, 'running');
  });

  test('a plan says that what is being carried out would have to end first', async () => {
    await using operator = await startOperator({ machines: [machine(1, { state: 'stopped' })] });
    const { operation: start } = await operator.ask(START);
    assert.equal(start.state, 'verifying');
    operator.sandbox.set(ID, { state: 'running' });
    const plans = await plan(operator, stopAlert(1), 'person');
    assert.match(plans, /"would_wait","reason":"rival"/);
    assert.match(plans, new RegExp(`operation ${start.id} wants the opposite .* has to end first`));
  });

  test("a plan says that an alert's start would give way to a person's stop that waits", async () => {
    await using operator = await startOperator();
    operator.sandbox.set(ID, { state: 'pending' });
    const { operation: stop } = await operator.ask(`${STOP}&wait=0s`);
    await operator.waiting(stop.id, 'transition');
    operator.sandbox.set(ID, { state: 'stopped' });
    const newer = alert({ hostname: addressOf(1), action: 'start' }, { startsAt: new Date().toISOString() });
    const plans = await plan(operator, newer);
    assert.match(plans, /"nothing","reason":"superseded"/);
    assert.match(plans, new RegExp(`operation ${stop.id} wants the opposite .* takes precedence`));
  });

  test('a plan says what would be cancelled for it, and cancels nothing', async () => {
    await using operator = await startOperator();
    const stop = await withWaitingStop(operator);
    operator.sandbox.set(ID, { state: 'stopped' });
    const plans = await plan(operator, startAlert());
    assert.match(plans, /"would_start"/);
    assert.match(plans, new RegExp(`; operation ${stop}, which wants the opposite, would be cancelled`));
    assert.doesNotMatch(
      await plan(operator, alert({ hostname: addressOf(1), action: 'start', dryrun: 'true' })),
      /opposite/,
    );
    assert.equal((await operator.end(stop)).reason, 'already_in_state');
  });
});
