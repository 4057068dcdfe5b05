/** Machines that run for a while: from the start to the stop of the lease, with the clock in the test's hand. */
import assert from 'node:assert/strict';
import { after, describe, mock, test } from 'node:test';
import { operationAnswerSchema, receiptsSchema } from '../../src/http/schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const EIGHT = Date.UTC(2026, 10, 23, 8);

mock.timers.enable({ apis: ['Date'], now: EIGHT });
const { timers } = mock;
after(() => {
  timers.reset();
});

async function operatorAt(now: number, config = ''): Promise<VirtualOperator> {
  timers.setTime(now);
  const stopped = { state: 'stopped' };
  const machines = [machine(1, stopped), machine(2, { launched: '2d ago' }), machine(3, stopped)];
  return startVirtualOperator({ machines, config, timers });
}

let now = EIGHT;
/** Each test has a week of its own: a clock does not go back. */
function nextWeek(): number {
  now += 7 * 24 * HOUR;
  return now;
}

async function start(operator: VirtualOperator, number: number, more = ''): Promise<string> {
  const path = `/operateInstance?instance=${idOf(number)}&action=start&dryrun=false&wait=0s${more}`;
  const { status, body } = await operator.request('GET', path);
  assert.ok(status < 300, JSON.stringify(body));
  await operator.settle();
  return operationAnswerSchema.parse(body).operation.id;
}

/** When the machine was asked to stop, in minutes from the start of the test. */
function stopsOf(operator: VirtualOperator, since: number): readonly number[] {
  return operator.stops().map(({ at }) => Math.floor((at - since) / MINUTE));
}

async function post(operator: VirtualOperator, labels: Readonly<Record<string, string>>, number = 1) {
  const one = alert({ instance_id: idOf(number), dryrun: 'false', ...labels }, { startsAt: new Date().toISOString() });
  const answer = await operator.request('POST', '/operateInstance', { body: delivery([one]) });
  await operator.settle();
  return receiptsSchema.parse(answer.body).receipts[0] ?? assert.fail();
}

describe('a machine that is started for two hours', () => {
  test('stops two hours after it runs, and not before', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(since);
    await start(operator, 1, '&for=2h');
    const [lease] = await operator.store.leases({ limit: 9 });
    const { until = 0, since: began = 0, who, lengthMs } = lease ?? {};
    assert.deepEqual([until - began, who, lengthMs], [2 * HOUR, 'anyone', 2 * HOUR]);
    assert.ok(began >= since + 1_000, 'the lease counts from running');
    await operator.passTime(3 * HOUR);
    const [stop] = operator.stops();
    assert.ok(stop !== undefined && stop.at >= until && stop.at < until + 1_000);
    assert.deepEqual(await operator.store.leases({ limit: 9 }), []);
  });
});

describe('a lease with a warning', () => {
  const config = 'warn: { always: true, before: 15m }';
  const extend = async (operator: VirtualOperator, body: object): Promise<void> => {
    const { status } = await operator.request('PATCH', `/api/v1/leases/${idOf(1)}`, { body });
    assert.equal(status, 200);
    await operator.settle();
  };
  const stopOf = async (operator: VirtualOperator): Promise<string> => {
    const [stop] = await operator.store.list({ verb: 'stop', limit: 9 });
    return stop?.state === 'waiting' ? stop.reason : (stop?.state ?? '');
  };

  test('ends with its warning', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(since, config);
    await start(operator, 1, '&for=2h');
    await operator.passTime(104 * MINUTE);
    assert.equal(await stopOf(operator), 'leased');
    await operator.passTime(2 * MINUTE);
    assert.equal(await stopOf(operator), 'warned');
    await operator.passTime(HOUR);
    assert.deepEqual(stopsOf(operator, since), [120]);
  });

  test('is warned of once, though an alert asks for the stop, too', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(since, config);
    await start(operator, 1, '&for=2h');
    await operator.passTime(HOUR);
    const { operation = '' } = await post(operator, { action: 'stop' });
    await operator.passTime(3 * HOUR);
    assert.deepEqual(stopsOf(operator, since), [120]);
    const { reason, trail = [] } = await operator.read(operation);
    assert.equal(reason, 'already_in_state');
    assert.deepEqual(
      [...new Set(trail.flatMap((entry) => (entry.state === 'waiting' ? [entry.reason] : [])))],
      ['leased'],
    );
  });

  test('is warned of alone, also while no channel can deliver that and an alert asks for the stop', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(
      since,
      "channels: [{ name: bus, webhook: { url: 'http://127.0.0.1:9/' } }]",
    );
    await start(operator, 1, '&for=2h');
    await operator.passTime(HOUR);
    const { operation = '' } = await post(operator, { action: 'stop' });
    // The channel delivers nothing: the stop of the lease waits, and the alert's behind it.
    await operator.passTime(HOUR + 10 * 60_000);
    const { reason, trail = [] } = await operator.read(operation);
    assert.equal(reason, 'leased');
    assert.ok(trail.every((entry) => entry.reason !== 'warned'));
    assert.equal(await stopOf(operator), 'leased');
    assert.deepEqual(stopsOf(operator, since), []);
    // The stop of the lease has been given up by now, so the alert's is not behind it any more.
    await operator.passTime(HOUR);
    assert.notEqual((await operator.read(operation)).reason, 'leased');
  });

  test('that is extended during the warning is warned of again, at its new end', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(since, config);
    await start(operator, 1, '&for=2h');
    await operator.passTime(110 * MINUTE);
    await extend(operator, { for: '1h' });
    assert.equal(await stopOf(operator), 'leased');
    await operator.passTime(3 * HOUR);
    assert.deepEqual(stopsOf(operator, since), [180]);
  });

  test('that is extended by less than its warning has its whole warning again', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(since, config);
    await start(operator, 1, '&for=2h');
    await operator.passTime(119 * MINUTE);
    await extend(operator, { for: '1m' });
    await operator.passTime(HOUR);
    assert.deepEqual(stopsOf(operator, since), [134]);
  });

  test('that is shorter than its warning ends with the warning', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(since, config);
    await start(operator, 1, '&for=5m');
    await operator.passTime(HOUR);
    assert.deepEqual(stopsOf(operator, since), [15]);
  });

  test('that is ended during the warning lets the machine run on', async () => {
    await using operator = await operatorAt(nextWeek(), config);
    await start(operator, 1, '&for=2h');
    await operator.passTime(110 * MINUTE);
    assert.equal((await operator.request('DELETE', `/api/v1/leases/${idOf(1)}`)).status, 200);
    await operator.passTime(5 * HOUR);
    assert.deepEqual(operator.stops(), []);
    assert.equal(await stopOf(operator), 'cancelled');
  });

  test('whose stop a person cancels lets the machine run on, and a later start begins a fresh one', async () => {
    await using operator = await operatorAt(nextWeek());
    await start(operator, 1, '&for=2h');
    const [stop] = await operator.store.list({ verb: 'stop', limit: 9 });
    await operator.request('POST', `/api/v1/operations/${stop?.id ?? ''}/cancel`);
    await operator.passTime(5 * HOUR);
    assert.deepEqual(operator.stops(), []);
    await start(operator, 1, '&for=1h');
    await operator.passTime(2 * HOUR);
    assert.equal(operator.stops().length, 1);
  });

  test('holds alerts back until its end, and a fresh start ends the stop of the one before', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(since);
    await start(operator, 1, '&for=2h');
    await operator.passTime(HOUR);
    await post(operator, { action: 'stop' });
    await start(operator, 1, '&for=4h');
    await operator.passTime(3 * HOUR);
    assert.deepEqual(operator.stops(), []);
    await operator.passTime(3 * HOUR);
    assert.deepEqual(stopsOf(operator, since), [300]);
  });
});

describe('the label lease', () => {
  test('gives an end to what the alert has started', async () => {
    const since = nextWeek();
    await using operator = await operatorAt(since);
    const receipt = await post(operator, { action: 'start', lease: '30m' });
    assert.equal(receipt.outcome, 'accepted');
    await operator.passTime(3 * HOUR);
    assert.deepEqual(stopsOf(operator, since), [30]);
  });

  test('quotes the name of its alert where it is told', async () => {
    await using operator = await operatorAt(nextWeek());
    await post(operator, { action: 'start', lease: '2h', alertname: 'A\n\u202E until 2099; "' });
    await operator.passTime(HOUR);
    const stop = await post(operator, { action: 'stop' });
    const told = [(await operator.read(stop.operation ?? '')).message ?? ''];
    for (const entry of await operator.store.audit({ event: 'lease', limit: 9 }))
      if ('message' in entry) told.push(entry.message ?? '');
    assert.equal(told.length, 2);
    for (const message of told) assert.ok(message.includes(` to alert "A\\n\\u202e until 2099; \\"" until `), message);
  });

  test('that is not a duration does not keep the machine from starting, and the receipt says so', async () => {
    await using operator = await operatorAt(nextWeek());
    const receipt = await post(operator, { action: 'start', lease: 'two hours' });
    assert.match(
      receipt.message ?? '',
      /^expected the label lease to be a duration .* got "two hours"; the machine is started without a lease$/,
    );
    await operator.passTime(HOUR);
    assert.deepEqual(await operator.store.leases({ limit: 9 }), []);
    const [operation] = await operator.store.list({ verb: 'start', limit: 9 });
    assert.equal(operation?.state, 'succeeded');
  });

  test('gives no end to a machine that runs already', async () => {
    await using operator = await operatorAt(nextWeek());
    await post(operator, { action: 'start', lease: '30m' }, 2);
    await operator.passTime(2 * HOUR);
    assert.deepEqual(operator.stops(), []);
  });
});
