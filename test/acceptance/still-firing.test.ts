/** Before a stop that had to wait, Alertmanager is asked whether its alert still fires. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { computeFingerprint } from '../../src/domain/alert.ts';
import { findAlertmanager, startAlertmanager, type Alertmanager } from '../support/alertmanager.ts';
import { minutesAgo, stopAlert } from '../support/alerts.ts';
import { createClock } from '../support/clock.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';

const MINUTE = 60_000;
const tool = findAlertmanager();

/** As Alertmanager knows the alert for a machine. */
function labelsOf(number: number): Record<string, string> {
  const labels = { action: 'stop', client: 'native', dryrun: 'false', hostname: addressOf(number) };
  return { alertname: `Unused "GPU" ${number}`, ...labels };
}

interface Waiting extends AsyncDisposable {
  readonly operator: Operator;
  readonly id: string;
  readonly later: (ms: number) => Promise<void>;
}

/** A stop that waits because its machine was launched two minutes ago. */
async function startWaiting(url: string, number: number, guards = '{}'): Promise<Waiting> {
  const clock = createClock();
  const operator = await startOperator({
    machines: [machine(number, { launched: '2m ago' })],
    config: `alertmanager: { url: '${url}' }\nguards: ${guards}`,
    clock: clock.now,
  });
  const alert = stopAlert(number, { startsAt: minutesAgo(1), labels: labelsOf(number) });
  const [receipt] = await operator.post('/operateHostname', [alert]);
  await operator.waiting(receipt?.operation, 'min_uptime');
  return {
    operator,
    id: receipt?.operation ?? '',
    later: async (ms) => {
      clock.advance(ms);
      // Any new work makes the operator look at its clock.
      await operator.ask(`/operateInstance?instance=${idOf(0xffff)}&action=start&wait=0s`);
    },
    [Symbol.asyncDispose]: async () => operator[Symbol.asyncDispose](),
  };
}

describe('a real Alertmanager', { skip: 'skip' in tool ? tool.skip : false, concurrency: true }, () => {
  let alertmanager: Alertmanager | undefined;
  before(async () => {
    if ('path' in tool) alertmanager = await startAlertmanager(tool.path);
  });
  after(async () => alertmanager?.[Symbol.asyncDispose]());

  test('that says it fires: the machine is stopped', async () => {
    await alertmanager?.tell(labelsOf(1), 'firing');
    await using waiting = await startWaiting(alertmanager?.url ?? '', 1);
    await waiting.later(59 * MINUTE);
    assert.equal((await waiting.operator.end(waiting.id)).reason, 'state_reached');
  });

  test('that has never heard of it, or says that it has ended: the operation is over', async () => {
    await alertmanager?.tell(labelsOf(3), 'firing');
    await alertmanager?.tell(labelsOf(3), 'resolved');
    for (const number of [2, 3]) {
      await using waiting = await startWaiting(alertmanager?.url ?? '', number);
      await waiting.later(59 * MINUTE);
      const { state, reason, message, trail = [] } = await waiting.operator.end(waiting.id);
      assert.deepEqual([state, reason], ['cancelled', 'not_firing']);
      assert.match(
        message ?? '',
        /^Alertmanager says that the alert with the fingerprint [0-9a-f]{16} no longer fires/,
      );
      assert.equal(trail.at(-1)?.guard, 'still_firing');
      assert.deepEqual(waiting.operator.changes(), []);
    }
  });

  test('is asked at once about an alert that comes long after it began: a relay may have kept it', async () => {
    await alertmanager?.tell(labelsOf(21), 'firing');
    for (const [number, end] of [
      [21, 'succeeded state_reached'],
      [22, 'cancelled not_firing'],
    ] as const) {
      const config = `alertmanager: { url: '${alertmanager?.url ?? ''}' }\n`;
      await using operator = await startOperator({ machines: [machine(number)], config });
      const late = stopAlert(number, { startsAt: minutesAgo(16), labels: labelsOf(number) });
      const [receipt] = await operator.post('/operateHostname', [late]);
      const { state, reason } = await operator.end(receipt?.operation);
      assert.equal(`${state} ${reason ?? ''}`, end);
    }
  });

  test('that says so of the newer of two alerts: the machine is stopped for the older one', async () => {
    await alertmanager?.tell(labelsOf(9), 'firing');
    await using waiting = await startWaiting(alertmanager?.url ?? '', 9);
    const { operator, id, later } = waiting;
    const newer = stopAlert(9, { startsAt: minutesAgo(0.5), labels: { ...labelsOf(9), gpu: '1' } });
    const [joined] = await operator.post('/operateHostname', [newer]);
    assert.equal(joined?.outcome, 'joined');
    await later(59 * MINUTE);
    assert.equal((await operator.end(id)).reason, 'state_reached');
    assert.equal(operator.changes().length, 1);
  });

  for (const [state, end] of [
    ['firing', 'state_reached'],
    ['resolved', 'not_firing'],
  ] as const) {
    test(`that says it is ${state}, asked about a copy that came after its own end`, async () => {
      const number = state === 'firing' ? 5 : 6;
      await alertmanager?.tell(labelsOf(number), 'firing');
      await alertmanager?.tell(labelsOf(number), state);
      await using operator = await startOperator({
        machines: [machine(number)],
        config: `alertmanager: { url: '${alertmanager?.url ?? ''}' }`,
      });
      const copy = { startsAt: minutesAgo(1), labels: labelsOf(number) };
      const over = stopAlert(number, { ...copy, status: 'resolved', endsAt: minutesAgo(0.5) });
      await operator.post('/operateHostname', [over]);
      const [receipt] = await operator.post('/operateHostname', [stopAlert(number, copy)]);
      assert.equal((await operator.end(receipt?.operation)).reason, end);
      assert.equal(operator.changes().length, state === 'firing' ? 1 : 0);
    });
  }

  test('that says it is silenced: the operation is over', async () => {
    await alertmanager?.tell(labelsOf(4), 'firing');
    await alertmanager?.silence(labelsOf(4)['alertname'] ?? '');
    await using waiting = await startWaiting(alertmanager?.url ?? '', 4);
    await waiting.later(59 * MINUTE);
    const { reason, message } = await waiting.operator.end(waiting.id);
    assert.equal(reason, 'not_firing');
    assert.match(message ?? '', /is silenced or inhibited \(guard still_firing\)$/);
  });
});

/** Answers with whatever it is told to at the moment, and counts how often it was asked. */
async function startFake(): Promise<AsyncDisposable & { url: string; status: number; asked: number }> {
  const fake = {
    url: '',
    status: 503,
    asked: 0,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer((_request, response) => {
    fake.asked += 1;
    const alert = { endsAt: '2099-01-01T00:00:00Z', status: { state: 'active' } };
    const alerts = [5, 6, 7, 8].map((number) => ({ ...alert, fingerprint: computeFingerprint(labelsOf(number)) }));
    response.writeHead(fake.status, { 'content-type': 'application/json' }).end(JSON.stringify(alerts));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  fake.url = `http://127.0.0.1:${address.port}`;
  return fake;
}

describe('an Alertmanager', { concurrency: true }, () => {
  test('that does not answer: nothing is stopped, until it does', async () => {
    await using fake = await startFake();
    await using waiting = await startWaiting(fake.url, 5);
    const { operator, id, later } = waiting;
    await later(59 * MINUTE);
    await operator.waiting(id, 'still_firing');
    assert.match(
      (await operator.read(id)).message ?? '',
      /^Alertmanager could not say whether the alert still fires \(status 503\)/,
    );
    await later(MINUTE);
    assert.deepEqual(operator.changes(), []);
    fake.status = 200;
    await later(MINUTE);
    assert.equal((await operator.end(id)).reason, 'state_reached');
  });

  test('that goes on not answering: the operation runs out of time', async () => {
    await using fake = await startFake();
    await using waiting = await startWaiting(fake.url, 6);
    const { operator, id, later } = waiting;
    await later(59 * MINUTE);
    await operator.waiting(id, 'still_firing');
    await later(16 * MINUTE);
    const { state, reason, message } = await operator.end(id);
    assert.deepEqual([state, reason], ['failed', 'deadline']);
    assert.match(message ?? '', /it waited because of: Alertmanager could not say .*\(status 503\)/);
    assert.deepEqual(operator.changes(), []);
  });

  test('is not asked about what has not waited, nor when the guard is off', async () => {
    await using fake = await startFake();
    await using operator = await startOperator({
      machines: [machine(7)],
      config: `alertmanager: { url: '${fake.url}' }`,
    });
    const [receipt] = await operator.post('/operateHostname', [stopAlert(7)]);
    assert.equal((await operator.end(receipt?.operation)).reason, 'state_reached');
    await using waiting = await startWaiting(fake.url, 8, '{ still_firing: off }');
    await waiting.later(59 * MINUTE);
    assert.equal((await waiting.operator.end(waiting.id)).reason, 'state_reached');
    assert.equal(fake.asked, 0);
  });
});
