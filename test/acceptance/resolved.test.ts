/** An alert that is resolved takes back what it had asked for; with `on_resolved` it asks for something itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert, delivery, minutesAgo, stopAlert, type AlertBody } from '../support/alerts.ts';
import { createClock } from '../support/clock.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';

const ID = idOf(1);
const STOPPED = { machines: [machine(1, { state: 'stopped' })] };
/** A resolved alert is believed at once: what else there is to it is in on-resolved.test.ts. */
const TRUST = 'on_resolved: { trust: true, grace: 0s }';
const RESOLVED = { status: 'resolved', endsAt: minutesAgo(0) };

/** Firing starts, resolved stops. */
function demand(more: AlertBody = {}): AlertBody {
  return alert({ hostname: addressOf(1), alertname: 'GpuWanted', action: 'start', on_resolved: 'stop' }, more);
}

/** A stop that waits, on a machine that seems to be starting. */
async function withWaitingStop(operator: Operator): Promise<string> {
  operator.sandbox.set(ID, { state: 'pending' });
  const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
  await operator.waiting(receipt?.operation, 'transition');
  return receipt?.operation ?? '';
}

describe('an alert that is resolved', { concurrency: true }, () => {
  test('cancels what waits because of it', async () => {
    await using operator = await startOperator();
    const id = await withWaitingStop(operator);
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1, RESOLVED)]);
    assert.deepEqual([receipt?.outcome, receipt?.reason], ['ignored', 'resolved']);
    const end = await operator.end(id);
    assert.deepEqual([end.state, end.reason], ['cancelled', 'resolved']);
    assert.match(end.message ?? '', /\bresolved\b/);
    assert.deepEqual(operator.changes(), []);
  });

  test('takes nothing from a person who asks for the same', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(ID, { state: 'pending' });
    const [receipt] = await operator.post('/operateInstance', [alert({ instance: ID })]);
    const asked = await operator.ask(`/operateInstance?instance=${ID}&action=stop&client=native&dryrun=false&wait=0s`);
    assert.equal(asked.operation.id, receipt?.operation);
    await operator.post('/operateInstance', [alert({ instance: ID }, RESOLVED)]);
    operator.sandbox.set(ID, { state: 'running', launchTime: Date.parse(minutesAgo(600)) });
    assert.equal((await operator.end(receipt?.operation)).reason, 'state_reached');
  });

  test('and comes back is done when it comes once more, a minute later', async () => {
    const clock = createClock();
    await using operator = await startOperator({ clock: clock.now });
    const id = await withWaitingStop(operator);
    await operator.post('/operateHostname', [stopAlert(1, RESOLVED)]);
    assert.equal((await operator.end(id)).reason, 'resolved');
    operator.sandbox.set(ID, { state: 'running', launchTime: Date.parse(minutesAgo(600)) });
    const [again] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal(again?.outcome, 'accepted');
    await operator.waiting(again.operation, 'unconfirmed');
    clock.advance(59_000);
    await operator.post('/operateHostname', [stopAlert(1)]);
    await operator.waiting(again.operation, 'unconfirmed');
    clock.advance(2_000);
    const [joined] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.deepEqual([joined?.outcome, joined?.operation], ['joined', again.operation]);
    assert.equal((await operator.end(again.operation)).reason, 'state_reached');
  });

  test('before any copy of it has come in firing: that copy is not acted on, and its operation ends by itself', async () => {
    const clock = createClock();
    await using operator = await startOperator({ clock: clock.now });
    await operator.post('/operateHostname', [stopAlert(1, RESOLVED)]);
    const [late] = await operator.post('/operateHostname', [stopAlert(1)]);
    await operator.waiting(late?.operation, 'unconfirmed');
    clock.advance(16 * 60_000);
    // Any new work makes the operator look at its clock.
    await operator.ask(`/operateInstance?instance=${idOf(0xffff)}&action=start&wait=0s`);
    const { state, reason, message } = await operator.end(late?.operation);
    assert.deepEqual([state, reason], ['cancelled', 'unconfirmed']);
    assert.match(
      message ?? '',
      /it waited because of: a firing copy of the alert arrived at \S+, after the alert was resolved/,
    );
    assert.deepEqual(operator.changes(), []);
  });

  test('a plan says so', async () => {
    await using operator = await startOperator();
    await operator.post('/operateHostname', [stopAlert(1, RESOLVED)]);
    const answer = await operator.request('/api/v1/plan', json(delivery([stopAlert(1)])));
    assert.match(answer.text, /"would_wait".*"unconfirmed"/);
  });
});

describe('an alert that Grafana could not look at', { concurrency: true }, () => {
  const unknown = { annotations: { grafana_state_reason: 'Error' } };

  test('stops nothing, and the receipt and the audit say why', async () => {
    await using operator = await startOperator();
    const [receipt, other] = await operator.post('/operateHostname', [stopAlert(1, unknown), stopAlert(2)]);
    assert.deepEqual([receipt?.outcome, receipt?.reason], ['ignored', 'state_reason']);
    assert.match(receipt?.message ?? '', /grafana_state_reason "Error"/);
    assert.equal((await operator.end(other?.operation)).reason, 'state_reached');
    assert.deepEqual(operator.changes(ID), []);
    const { text } = await operator.request('/api/v1/audit?event=receipt');
    assert.match(text, /state_reason/);
  });

  for (const status of ['firing', 'resolved']) {
    test(`takes back the stop that waits for it, ${status} as it is`, async () => {
      await using operator = await startOperator();
      const id = await withWaitingStop(operator);
      const [receipt] = await operator.post('/operateHostname', [stopAlert(1, { ...RESOLVED, status, ...unknown })]);
      assert.deepEqual([receipt?.reason, receipt?.operation], ['state_reason', id]);
      const end = await operator.end(id);
      assert.deepEqual([end.state, end.reason], ['cancelled', 'resolved']);
      assert.match(end.message ?? '', /says nothing any more/);
    });
  }
});

describe('on_resolved', { concurrency: true }, () => {
  test('a firing alert starts, and the same alert stops when it is resolved', async () => {
    await using operator = await startOperator({ ...STOPPED, config: `guards: { min_uptime: off }\n${TRUST}` });
    const [start] = await operator.post('/operateHostname', [demand()]);
    assert.equal((await operator.end(start?.operation)).reason, 'state_reached');
    // An alert is over after the machine was launched, or it would be too old to stop it.
    const endsAt = new Date(Date.now() + 1_000).toISOString();
    const over = demand({ status: 'resolved', endsAt });
    const [stop] = await operator.post('/operateHostname', [over]);
    assert.equal(stop?.outcome, 'accepted');
    const end = await operator.end(stop.operation);
    assert.deepEqual([end.verb, end.reason], ['stop', 'state_reached']);
    const [repeated] = await operator.post('/operateHostname', [over]);
    assert.deepEqual([repeated?.outcome, repeated?.operation], ['done', stop.operation]);
    assert.deepEqual(
      operator.changes().map(({ action }) => action),
      ['StartInstances', 'StopInstances'],
    );
  });

  test('a bad value is told while it can still be mended, and costs nothing', async () => {
    await using operator = await startOperator();
    const labels = { hostname: addressOf(1), on_resolved: 'Start' };
    const [firing, other] = await operator.post('/operateHostname', [
      alert(labels),
      alert({ hostname: addressOf(2), dryrun: 'true' }),
    ]);
    assert.equal(firing?.outcome, 'accepted');
    assert.match(firing.message ?? '', /expected on_resolved to be start or stop, got "Start"/);
    assert.equal(other?.message, undefined);
    const [, resolved] = await operator.post('/operateHostname', [stopAlert(2), alert(labels, RESOLVED)]);
    assert.deepEqual([resolved?.outcome, resolved?.reason], ['invalid', 'invalid_on_resolved']);
  });

  test('an alert that asks for nothing while it fires is ignored until it is resolved', async () => {
    await using operator = await startOperator({ config: TRUST });
    const labels = { hostname: addressOf(1), action: undefined, on_resolved: 'stop', dryrun: 'true' };
    const [firing] = await operator.post('/operateHostname', [alert(labels)]);
    assert.deepEqual([firing?.outcome, firing?.reason], ['ignored', 'on_resolved_only']);
    const [resolved] = await operator.post('/operateHostname', [alert(labels, RESOLVED)]);
    assert.equal(resolved?.outcome, 'accepted');
    assert.equal((await operator.end(resolved.operation)).reason, 'dry_run');
  });
});
