/** The table of guards, row by row: moments at which an alert has to wait or is too late, and what people pass. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OperationBody } from '../../src/http/schemas.ts';
import { minutesAgo, stopAlert } from '../support/alerts.ts';
import { createClock, type MovableClock } from '../support/clock.ts';
import { idOf, machine, machines } from '../support/fleet.ts';
import { startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';

const MINUTE = 60_000;
const STOP = `/operateInstance?instance=${idOf(1)}&action=stop&client=native&dryrun=false`;
const FRESH: OperatorOptions = { machines: [machine(1, { launched: '2m ago' })] };

interface Timed extends AsyncDisposable {
  readonly operator: Operator;
  /** Lets time go by, for the operator alone. */
  readonly later: (ms: number) => Promise<void>;
  readonly clock: MovableClock;
}

async function startTimed(options: OperatorOptions): Promise<Timed> {
  const clock = createClock();
  const operator = await startOperator({ ...options, clock: clock.now });
  return {
    operator,
    clock,
    later: async (ms) => {
      clock.advance(ms);
      // Any new work makes the operator look at its clock.
      await operator.ask(`/operateInstance?instance=${idOf(0xffff)}&action=start&wait=0s`);
    },
    [Symbol.asyncDispose]: async () => operator[Symbol.asyncDispose](),
  };
}

/** An alert for a machine that began a minute ago, or when it is said to have. */
async function send(operator: Operator, numbers: readonly number[], began = 1): Promise<readonly string[]> {
  const alerts = numbers.map((number) => stopAlert(number, { startsAt: minutesAgo(began) }));
  return (await operator.post('/operateHostname', alerts)).map(({ operation = '' }) => operation);
}

async function sendOne(operator: Operator, number = 1, began = 1): Promise<string> {
  const [id = ''] = await send(operator, [number], began);
  return id;
}

function verdictsOf({ trail = [] }: OperationBody): readonly string[] {
  return trail.flatMap(({ verdicts = [] }) => verdicts.map(({ guard, verdict }) => `${guard} ${verdict}`));
}

describe('a fresh start', { concurrency: true }, () => {
  test('is left alone for ten minutes, and then stopped', async () => {
    await using timed = await startTimed(FRESH);
    const { operator, later } = timed;
    const id = await sendOne(operator);
    await operator.waiting(id, 'min_uptime');
    const { until = '', message } = await operator.read(id);
    const launched = Math.floor(operator.sandbox.instance(idOf(1)).launchTime / 1_000) * 1_000;
    assert.equal(Date.parse(until), launched + 60 * MINUTE);
    assert.match(message ?? '', /was launched 2m\b.* ago; min_uptime keeps it running for 1h$/);
    assert.deepEqual(operator.changes(), []);
    await later(58 * MINUTE + 1_000);
    const end = await operator.end(id);
    assert.deepEqual([end.state, end.reason], ['succeeded', 'state_reached']);
    assert.equal(verdictsOf(end).filter((judged) => judged === 'min_uptime wait').length, 1);
  });

  test('that is stopped and started meanwhile is looked at afresh: the alert is stale by then', async () => {
    await using timed = await startTimed(FRESH);
    const { operator, later } = timed;
    const id = await sendOne(operator);
    await operator.waiting(id, 'min_uptime');
    operator.sandbox.set(idOf(1), { state: 'running', launchTime: Date.now() });
    await later(59 * MINUTE);
    assert.equal((await operator.end(id)).reason, 'stale_alert');
    assert.deepEqual(operator.changes(), []);
  });

  test('is stopped for a person, who is told what was passed', async () => {
    await using operator = await startOperator(FRESH);
    const { operation } = await operator.ask(STOP);
    const end = await operator.end(operation.id);
    assert.equal(end.state, 'succeeded');
    assert.deepEqual(
      verdictsOf(end).filter((judged) => judged.startsWith('min_uptime')),
      ['min_uptime overridden'],
    );
    const { message = '', verdicts = [] } = end.trail?.find((entry) => entry.verdicts !== undefined) ?? {};
    assert.match(message, /every guard allows a stop of .*, except min_uptime, which a person's request overrides/);
    assert.match(verdicts.find(({ guard }) => guard === 'min_uptime')?.message ?? '', /keeps it running for 1h$/);
  });

  test('that an alert waits for is stopped at once for a person who joins it', async () => {
    await using operator = await startOperator(FRESH);
    const labels = { alertname: 'UnusedGPU', action: 'stop', dryrun: 'false', instance_id: idOf(1) };
    const [receipt] = await operator.post('/operateInstance', [stopAlert(1, { startsAt: minutesAgo(1), labels })]);
    await operator.waiting(receipt?.operation, 'min_uptime');
    const { operation } = await operator.ask(STOP);
    assert.equal(operation.id, receipt?.operation);
    const end = await operator.end(operation.id);
    assert.equal(end.state, 'succeeded');
    assert.deepEqual(
      verdictsOf(end).filter((judged) => judged.startsWith('min_uptime')),
      ['min_uptime wait', 'min_uptime overridden'],
    );
  });

  test('is stopped at once for a person who joins while it is being looked at for an alert', async () => {
    await using operator = await startOperator(FRESH);
    operator.sandbox.faults.add({ kind: 'slow', action: 'DescribeInstances', ms: 500, times: 1 });
    const labels = { alertname: 'UnusedGPU', action: 'stop', dryrun: 'false', instance_id: idOf(1) };
    const [receipt] = await operator.post('/operateInstance', [stopAlert(1, { startsAt: minutesAgo(30), labels })]);
    const { operation } = await operator.ask(STOP);
    assert.equal(operation.id, receipt?.operation);
    const end = await operator.end(operation.id);
    assert.equal(end.state, 'succeeded', 'the alert is stale, the person is not');
  });

  test('that stops firing while it waits is not stopped', async () => {
    await using timed = await startTimed(FRESH);
    const { operator, later } = timed;
    const firing = stopAlert(1, { startsAt: minutesAgo(1) });
    const [receipt] = await operator.post('/operateHostname', [firing]);
    await operator.waiting(receipt?.operation, 'min_uptime');
    await operator.post('/operateHostname', [{ ...firing, status: 'resolved', endsAt: new Date().toISOString() }]);
    const end = await operator.end(receipt?.operation);
    assert.deepEqual([end.state, end.reason], ['cancelled', 'resolved']);
    await later(60 * MINUTE);
    assert.deepEqual(operator.changes(), []);
  });
});

describe('the blast radius', { concurrency: true }, () => {
  test('of thirty alerts 25 stop their machines, and five wait for ten minutes to go by', async () => {
    await using timed = await startTimed({ machines: machines(30) });
    const { operator, later } = timed;
    const ids = await send(
      operator,
      Array.from({ length: 30 }, (_, index) => index + 1),
      10,
    );
    const seen = async (state: string): Promise<readonly OperationBody[]> =>
      (await Promise.all(ids.map(async (id) => operator.read(id)))).filter((one) => one.state === state);
    await operator.sandbox.until(() => stopped(operator) === 25);
    while ((await seen('succeeded')).length < 25 || (await seen('waiting')).length < 5);
    for (const { reason, message, trail = [] } of await seen('waiting')) {
      assert.equal(reason, 'fleet_limit');
      assert.equal(message, 'the limit of 25 automatic stops in 10m is reached');
      assert.equal(trail.at(-1)?.guard, 'fleet_limit');
      assert.ok(trail.at(-1)?.verdicts?.some(({ guard, verdict }) => guard === 'fleet_limit' && verdict === 'wait'));
    }
    assert.equal(stopped(operator), 25);
    const { text } = await operator.request('/metrics');
    const counted = /^ec2_operator_guard_verdicts_total\{guard="fleet_limit",verdict="wait"\} (\d+)$/m.exec(text);
    assert.ok(Number(counted?.[1]) >= 5, 'and it is counted');
    await later(10 * MINUTE);
    for (const id of ids) assert.equal((await operator.end(id)).state, 'succeeded');
    assert.equal(stopped(operator), 30);
  });

  test('can have a limit of its own for some machines', async () => {
    const ml = { tags: { team: 'ml' } };
    await using timed = await startTimed({
      machines: [machine(1, ml), machine(2, ml), machine(3), machine(4)],
      config: 'guards: { fleet_limit: { also: [{ only: { team: ml }, count: 1, per: 1h }] } }',
    });
    const { operator, later } = timed;
    const ids = await send(operator, [1, 2, 3, 4], 10);
    for (const id of ids.slice(2)) assert.equal((await operator.end(id)).state, 'succeeded');
    // Which of the two comes first is theirs to settle.
    await operator.sandbox.until(() => stopped(operator) === 3);
    const second = operator.sandbox.instance(idOf(1)).state === 'running' ? ids[0] : ids[1];
    await operator.waiting(second, 'fleet_limit');
    const { message } = await operator.read(second);
    assert.equal(message, 'the limit of 1 automatic stop in 1h of machines with "team"="ml" is reached');
    await later(60 * MINUTE);
    assert.equal((await operator.end(second)).state, 'succeeded');
  });

  test('says once that an operation waits for it, however often it is looked at', async () => {
    await using timed = await startTimed({ machines: machines(3), config: 'guards: { fleet_limit: { count: 1 } }' });
    const { operator, later } = timed;
    const ids = await send(operator, [1, 2, 3], 10);
    for (const count of [1, 2]) {
      await operator.sandbox.until(() => stopped(operator) === count);
      await later(10 * MINUTE);
    }
    for (const id of ids) {
      const { trail = [] } = await operator.end(id);
      assert.ok(trail.filter(({ state }) => state === 'waiting').length <= 1);
    }
  });

  test('is nothing to a person, who does not count for it either', async () => {
    await using operator = await startOperator({
      machines: machines(3),
      config: 'guards: { fleet_limit: { count: 1 } }',
    });
    const { operation } = await operator.ask(STOP);
    assert.equal((await operator.end(operation.id)).state, 'succeeded');
    assert.equal((await operator.end(await sendOne(operator, 2, 10))).state, 'succeeded', 'the first automatic one');
    const answer = await operator.ask(STOP.replace(idOf(1), idOf(3)));
    const end = await operator.end(answer.operation.id);
    assert.equal(end.state, 'succeeded');
    assert.deepEqual(
      verdictsOf(end).filter((judged) => judged.startsWith('fleet_limit')),
      ['fleet_limit overridden'],
    );
  });

  test('does not count what EC2 has refused', async () => {
    await using operator = await startOperator({
      machines: [machine(1, { protected: true }), machine(2)],
      config: 'guards: { fleet_limit: { count: 1 } }',
    });
    assert.equal((await operator.end(await sendOne(operator, 1, 10))).reason, 'protected');
    assert.equal((await operator.end(await sendOne(operator, 2, 10))).state, 'succeeded');
  });
});

describe('another try of the last act that a limit lets through', { concurrency: true }, () => {
  for (const [name, limit] of [
    ['fleet_limit', 'fleet_limit: { count: 1 }'],
    ['flapping', 'flapping: { count: 1 }'],
  ] as const) {
    test(`does not meet itself: ${name}`, async () => {
      await using operator = await startOperator({ config: `guards: { ${limit} }` });
      operator.sandbox.faults.add({ kind: 'throttle', action: 'StopInstances', times: 1 });
      const end = await operator.end(await sendOne(operator, 1, 10));
      assert.equal(end.state, 'succeeded');
      assert.ok(end.trail?.some(({ reason }) => reason === 'throttled'));
    });
  }
});

function stopped(operator: Operator): number {
  return operator.sandbox.instances().filter(({ state }) => state !== 'running').length;
}

describe('flapping', { concurrency: true }, () => {
  test('the fifth automatic stop within six hours is refused, with the history; a person passes', async () => {
    await using timed = await startTimed({ machines: machines(1) });
    const { operator, later } = timed;
    const restart = (): unknown =>
      operator.sandbox.set(idOf(1), { state: 'running', launchTime: Date.now() - 24 * 60 * MINUTE });
    for (const began of [9, 8, 7, 6]) {
      assert.equal((await operator.end(await sendOne(operator, 1, began))).state, 'succeeded');
      restart();
    }
    const end = await operator.end(await sendOne(operator, 1, 5));
    assert.deepEqual([end.state, end.reason], ['refused', 'flapping']);
    assert.match(end.message ?? '', /4 automatic stops within 6h \((?:20[\dT:.-]+Z(?:, )?){4}\); the limit is 4$/);
    const { operation } = await operator.ask(STOP);
    assert.equal((await operator.end(operation.id)).state, 'succeeded');
    restart();
    await later(360 * MINUTE);
    assert.equal((await operator.end(await sendOne(operator, 1, 4))).state, 'succeeded', 'it is forgotten by then');
  });
});

describe('change windows', { concurrency: true }, () => {
  /** From an hour from now for an hour, to the minute. */
  function inAnHour(kind: 'allow' | 'forbid', from = 60): string {
    const [begins, ends] = [from, from + 60].map((minutes) =>
      new Date(Date.now() + minutes * MINUTE).toISOString().slice(11, 16),
    );
    return `guards: { windows: [{ ${kind}: "${begins}-${ends}", verbs: [stop] }] }`;
  }

  test('an alert waits until one opens', async () => {
    await using timed = await startTimed({ config: inAnHour('allow') });
    const { operator, later } = timed;
    const id = await sendOne(operator, 1, 10);
    await operator.waiting(id, 'windows');
    const { until = '', message = '' } = await operator.read(id);
    assert.ok(/ next allow a stop of /.test(message) && message.endsWith(` at ${until}`), message);
    assert.equal(stopped(operator), 0);
    await later(Date.parse(until) - timed.clock.now());
    assert.equal((await operator.end(id)).state, 'succeeded');
  });

  test('an alert waits until one closes that forbids', async () => {
    await using timed = await startTimed({ config: inAnHour('forbid', -30) });
    const { operator, later } = timed;
    const id = await sendOne(operator, 1, 10);
    await operator.waiting(id, 'windows');
    await later(31 * MINUTE);
    assert.equal((await operator.end(id)).state, 'succeeded');
  });

  test('a person passes, and starts are not what they are about', async () => {
    await using operator = await startOperator({ config: inAnHour('allow') });
    const { operation } = await operator.ask(STOP);
    const end = await operator.end(operation.id);
    assert.equal(end.state, 'succeeded');
    assert.ok(verdictsOf(end).includes('windows overridden'));
    const { operation: start } = await operator.ask(STOP.replace('action=stop', 'action=start'));
    assert.ok(!verdictsOf(await operator.end(start.id)).some((judged) => judged.startsWith('windows')));
  });
});
