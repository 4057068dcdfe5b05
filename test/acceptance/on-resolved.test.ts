/** `on_resolved: stop`: that an alert was resolved is not yet a word about the machine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findAlertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { alert, minutesAgo, type AlertBody } from '../support/alerts.ts';
import { createClock, type MovableClock } from '../support/clock.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { startFakePrometheus } from '../support/prometheus.ts';

const ID = idOf(1);
const MINUTE = 60_000;
const TRUST = 'on_resolved: { trust: true }';
const LABELS = { alertname: 'GpuWanted', hostname: addressOf(1), action: 'start', on_resolved: 'stop' };
const RESOLVED = { status: 'resolved', endsAt: minutesAgo(0) };

function demand(labels: Readonly<Record<string, unknown>> = {}, more: AlertBody = {}): AlertBody {
  return alert({ ...LABELS, ...labels }, more);
}

interface Waiting extends AsyncDisposable {
  readonly operator: Operator;
  readonly clock: MovableClock;
  /** The stop. */
  readonly id: string;
  /** Lets time go by, and makes the operator look at its clock. */
  readonly later: (ms: number) => Promise<void>;
}

/** A stop that waits for its grace, of an alert that asked for its machine before. */
async function startWaiting(config: string, labels: Readonly<Record<string, unknown>> = {}): Promise<Waiting> {
  const clock = createClock();
  const operator = await startOperator({
    machines: [machine(1, { name: 'GPU box 1' }), machine(2)],
    config,
    clock: clock.now,
  });
  if (labels['action'] !== undefined || !('action' in labels)) {
    const [start] = await operator.post('/operateHostname', [demand(labels)]);
    assert.equal((await operator.end(start?.operation)).reason, 'already_in_state');
  }
  const [stop] = await operator.post('/operateHostname', [demand(labels, RESOLVED)]);
  await operator.waiting(stop?.operation, 'resolved_grace');
  return {
    operator,
    clock,
    id: stop?.operation ?? '',
    later: async (ms) => {
      clock.advance(ms);
      await operator.ask(`/operateInstance?instance=${idOf(0xffff)}&action=start&wait=0s`);
    },
    [Symbol.asyncDispose]: async () => operator[Symbol.asyncDispose](),
  };
}

describe('without a Prometheus', { concurrency: true }, () => {
  test('a stop is refused, and each notification says what to configure', async () => {
    await using operator = await startOperator();
    const [firing, only] = await operator.post('/operateHostname', [
      demand(),
      demand({ hostname: addressOf(2), action: undefined }),
    ]);
    assert.match(firing?.message ?? '', /^on_resolved: stop will be refused: .* Set prometheus\.url.*trust: true/);
    assert.match(only?.message ?? '', /on_resolved: stop will be refused/);
    const [stop] = await operator.post('/operateHostname', [demand({}, RESOLVED)]);
    assert.match(stop?.message ?? '', /on_resolved: stop will be refused/);
    const end = await operator.end(stop?.operation);
    assert.deepEqual([end.state, end.reason], ['refused', 'need_unconfirmed']);
    assert.match(end.message ?? '', /its sender may be gone\. Set prometheus\.url/);
    assert.deepEqual(operator.changes(), []);
  });

  test('a start needs none', async () => {
    await using operator = await startOperator({ machines: [machine(1, { state: 'stopped' })] });
    const labels = { action: 'stop', on_resolved: 'start' };
    const [start] = await operator.post('/operateHostname', [demand(labels, RESOLVED)]);
    assert.equal(start?.message, undefined);
    assert.equal((await operator.end(start?.operation)).reason, 'state_reached');
  });

  test('with trust, the machine is stopped when the grace is over', async () => {
    await using waiting = await startWaiting(TRUST);
    await waiting.later(9 * MINUTE);
    await waiting.operator.waiting(waiting.id, 'resolved_grace');
    assert.match(
      (await waiting.operator.read(waiting.id)).message ?? '',
      /; the stop waits 10m in case it fires again \(guard on_resolved\)$/,
    );
    await waiting.later(2 * MINUTE);
    assert.equal((await waiting.operator.end(waiting.id)).reason, 'state_reached');
  });
});

describe('an alert that fires again within the grace', { concurrency: true }, () => {
  for (const [what, labels, more] of [
    ['as it was', {}, {}],
    ['as a new episode', {}, { startsAt: minutesAgo(-1) }],
    ['as a new episode, and asks for nothing', { action: undefined }, { startsAt: minutesAgo(-1) }],
  ] as const) {
    test(`${what}: the stop is off`, async () => {
      await using waiting = await startWaiting(TRUST, labels);
      await waiting.operator.post('/operateHostname', [demand(labels, more)]);
      const end = await waiting.operator.end(waiting.id);
      assert.equal(end.state, 'cancelled');
      assert.deepEqual(waiting.operator.changes(), []);
    });
  }
});

describe('another alert that asks for the machine', { concurrency: true }, () => {
  for (const [what, other] of [
    ['from another replica', { replica: 'b' }],
    ['by another rule, by the id of the machine', { alertname: 'NotebookOpen', hostname: ID, on_resolved: undefined }],
  ] as const) {
    test(`${what}, within the grace: it takes the place of the stop`, async () => {
      await using waiting = await startWaiting(TRUST);
      const { operator, id } = waiting;
      await operator.post('/operateHostname', [demand({ hostname: addressOf(2), replica: 'b' })]);
      await operator.waiting(id, 'resolved_grace');
      const [start] = await operator.post('/operateHostname', [demand(other, { startsAt: minutesAgo(20) })]);
      assert.equal((await operator.end(start?.operation)).reason, 'already_in_state');
      assert.equal((await operator.end(id)).reason, 'superseded');
      assert.deepEqual(operator.changes(ID), []);
    });
  }

  test('before the first one ends: the stop waits for it, and ends refused when it lasts', async () => {
    const clock = createClock();
    await using operator = await startOperator({ machines: [machine(1)], config: TRUST, clock: clock.now });
    const both = await operator.post('/operateHostname', [demand({ replica: 'a' }), demand({ replica: 'b' })]);
    for (const { operation } of both) await operator.end(operation);
    const [stop] = await operator.post('/operateHostname', [
      demand({ replica: 'a' }, RESOLVED),
      demand({ replica: 'b' }),
    ]);
    const later = async (ms: number): Promise<void> => {
      clock.advance(ms);
      await operator.ask(`/operateInstance?instance=${idOf(0xffff)}&action=start&wait=0s`);
    };
    await operator.waiting(stop?.operation, 'resolved_grace');
    await later(11 * MINUTE);
    await operator.waiting(stop?.operation, 'still_needed');
    await later(16 * MINUTE);
    const end = await operator.end(stop?.operation);
    assert.deepEqual([end.state, end.reason], ['refused', 'still_needed']);
    assert.match(end.message ?? '', /the alert "GpuWanted" \([0-9a-f]{16}\) has asked to start the same machine/);
    assert.deepEqual(operator.changes(), []);
  });

  test('when it ends as well, the machine is stopped', async () => {
    const clock = createClock();
    await using operator = await startOperator({ machines: [machine(1)], config: TRUST, clock: clock.now });
    const both = await operator.post('/operateHostname', [demand({ replica: 'a' }), demand({ replica: 'b' })]);
    for (const { operation } of both) await operator.end(operation);
    const [one] = await operator.post('/operateHostname', [demand({ replica: 'a' }, RESOLVED)]);
    const [other] = await operator.post('/operateHostname', [demand({ replica: 'b' }, RESOLVED)]);
    assert.equal(other?.operation, one?.operation);
    clock.advance(11 * MINUTE);
    await operator.ask(`/operateInstance?instance=${idOf(0xffff)}&action=start&wait=0s`);
    assert.equal((await operator.end(one?.operation)).reason, 'state_reached');
  });
});

const tool = findAlertmanager();

describe('with an Alertmanager', { skip: 'skip' in tool ? tool.skip : false, concurrency: true }, () => {
  test('that does not know the alert of another sender: the machine is left alone while that is sent again', async () => {
    assert.ok('path' in tool);
    await using alertmanager = await startAlertmanager(tool.path);
    const clock = createClock();
    const config = `${TRUST}\nalertmanager: { url: '${alertmanager.url}' }`;
    await using operator = await startOperator({ machines: [machine(1)], config, clock: clock.now });
    const other = alert({ alertname: 'NotebookOpen', hostname: addressOf(1), action: 'start' });
    const both = await operator.post('/operateHostname', [other, demand()]);
    for (const { operation } of both) await operator.end(operation);
    clock.advance(4 * 60 * MINUTE);
    const [copy] = await operator.post('/operateHostname', [other]);
    assert.equal(copy?.outcome, 'done');
    clock.advance(4 * 60 * MINUTE);
    const [stop] = await operator.post('/operateHostname', [demand({}, RESOLVED)]);
    await operator.waiting(stop?.operation, 'resolved_grace');
    clock.advance(11 * MINUTE);
    await operator.ask(`/operateInstance?instance=${idOf(0xffff)}&action=start&wait=0s`);
    await operator.waiting(stop?.operation, 'still_needed');
    assert.deepEqual(operator.changes(), []);
  });

  for (const [what, labels, holds] of [
    ['that has the alert of another replica', { ...LABELS, replica: 'b', hostname: `${ID}:9100` }, true],
    ['that has another rule that asks to start the machine', { ...LABELS, alertname: 'NotebookOpen' }, true],
    ['that has alerts of other machines', { ...LABELS, hostname: addressOf(2) }, false],
    ['that has an alert about the machine which asks for nothing', { alertname: 'Hot', hostname: addressOf(1) }, false],
  ] as const) {
    test(`${what}: the machine is ${holds ? 'left alone' : 'stopped'}`, async () => {
      assert.ok('path' in tool);
      await using alertmanager = await startAlertmanager(tool.path);
      await alertmanager.tell(labels, 'firing');
      await using waiting = await startWaiting(`${TRUST}\nalertmanager: { url: '${alertmanager.url}' }`);
      await waiting.later(11 * MINUTE);
      if (holds) await waiting.operator.waiting(waiting.id, 'still_needed');
      else assert.equal((await waiting.operator.end(waiting.id)).reason, 'state_reached');
      assert.equal(waiting.operator.changes(ID).length, holds ? 0 : 1);
    });
  }
});

describe('with a Prometheus', { concurrency: true }, () => {
  test('that is away at first: the stop waits for it', async () => {
    await using prometheus = await startFakePrometheus();
    prometheus.status = 503;
    prometheus.pages = [[{}]];
    prometheus.results = { jobs: [{ hostname: addressOf(1) }] };
    await using waiting = await startWaiting(`prometheus: { url: '${prometheus.url}' }`);
    const { operator, id, later } = waiting;
    assert.equal(prometheus.asked.length, 0, 'during the grace nobody is asked');
    await later(11 * MINUTE);
    await operator.waiting(id, 'need_unconfirmed');
    assert.match((await operator.read(id)).message ?? '', /^Prometheus could not say .*\(status 503\)/);
    assert.deepEqual(operator.changes(), []);
    prometheus.status = 200;
    await later(MINUTE);
    assert.equal((await operator.end(id)).reason, 'state_reached');
    assert.ok(prometheus.asked.some((path) => path.startsWith('/api/v1/rules?type=alert&rule_name')));
  });

  test('that stays away: the stop ends refused', async () => {
    await using prometheus = await startFakePrometheus();
    prometheus.status = 500;
    await using waiting = await startWaiting(`prometheus: { url: '${prometheus.url}' }`);
    await waiting.later(11 * MINUTE);
    await waiting.operator.waiting(waiting.id, 'need_unconfirmed');
    await waiting.later(16 * MINUTE);
    const end = await waiting.operator.end(waiting.id);
    assert.deepEqual([end.state, end.reason], ['refused', 'need_unconfirmed']);
    assert.match(end.message ?? '', /it waited because of: Prometheus could not say .*\(status 500\)/);
    assert.deepEqual(waiting.operator.changes(), []);
  });

  for (const [name, labels] of [
    ['its id', { instance_id: ID }],
    ['its tag Name', { hostname: 'GPU box 1' }],
  ] as const)
    test(`whose rule fires for the machine by ${name}: the stop waits`, async () => {
      await using prometheus = await startFakePrometheus();
      prometheus.pages = [[{ alerts: [{ labels }] }]];
      await using waiting = await startWaiting(`prometheus: { url: '${prometheus.url}' }\nnames: { from_tags: true }`);
      await waiting.later(11 * MINUTE);
      await waiting.operator.waiting(waiting.id, 'still_needed');
      assert.deepEqual(waiting.operator.changes(), []);
    });

  test('with trust, it is not asked', async () => {
    await using prometheus = await startFakePrometheus();
    await using waiting = await startWaiting(`${TRUST}\nprometheus: { url: '${prometheus.url}' }`);
    await waiting.later(11 * MINUTE);
    assert.equal((await waiting.operator.end(waiting.id)).reason, 'state_reached');
    assert.deepEqual(prometheus.asked, []);
  });
});
