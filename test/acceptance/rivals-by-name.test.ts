/** A start and a stop of the same moment that name their machines in different ways: the stop waits until the start has found its own. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Environment } from '../../src/config/environment.ts';
import { alert, type AlertBody } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { startCluster } from '../support/postgres.ts';

const cluster = await startCluster().catch((error: unknown) => String(error));
after(async () => (typeof cluster === 'string' ? undefined : cluster[Symbol.asyncDispose]()));

const NAME = 'gpu.example';
const FLEET = [machine(1), machine(2), machine(3)];

/** By its name, whose addresses come when the test says so. */
const START = alert({ alertname: 'GpuNeeded', hostname: NAME, action: 'start' });

/** Every other way to name the machine. */
const STOPS: Readonly<Record<string, AlertBody>> = {
  'by its id': alert({ hostname: idOf(1) }),
  'by its address': alert({ hostname: addressOf(1) }),
  'by its address and the port of an exporter': alert({ hostname: `${addressOf(1)}:9400` }),
  'by its tag Name': alert({ hostname: 'the first one' }),
};

interface Late extends AsyncDisposable {
  readonly operators: readonly [Operator, Operator];
  /** The start finds its machine. */
  readonly lead: (address: string) => void;
}

async function startLate(environment?: Environment): Promise<Late> {
  await using stack = new AsyncDisposableStack();
  const { promise, resolve } = Promise.withResolvers<readonly string[]>();
  const config = 'names: { from_tags: true }';
  const options = { names: { [NAME]: promise }, config, ...(environment === undefined ? {} : { environment }) };
  const tagged = machine(1, { tags: { Name: 'the first one' } });
  const one = stack.use(await startOperator({ ...options, machines: [tagged, ...FLEET.slice(1)] }));
  const other = environment === undefined ? one : stack.use(await startOperator({ ...options, after: one }));
  const running = stack.move();
  return {
    operators: [one, other],
    lead: (address) => {
      resolve([address]);
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

/** The stop has waited for the start, which then has its way. */
async function expectGivenWay({ operators: [one, other], lead }: Late, start?: string, stop?: string): Promise<void> {
  await other.waiting(stop, 'rival');
  assert.match((await other.read(stop)).message ?? '', new RegExp(`operation ${start} wants the opposite, perhaps`));
  lead(addressOf(1));
  assert.equal((await one.end(start)).reason, 'already_in_state');
  assert.equal((await other.end(stop)).reason, 'superseded');
  assert.deepEqual(one.changes(), []);
}

describe('a start has not found its machine when a stop of the same moment has', { concurrency: true }, () => {
  for (const [how, stop] of Object.entries(STOPS))
    test(`the stop names it ${how}, in one delivery`, async () => {
      await using late = await startLate();
      const [stopping, starting] = await late.operators[0].post('/operateHostname', [stop, START]);
      await expectGivenWay(late, starting?.operation, stopping?.operation);
    });

  for (const order of ['before', 'after'] as const)
    test(`the stop came ${order} it, in a delivery of its own and at another replica`, async (t) => {
      if (typeof cluster === 'string') return t.skip(cluster);
      await using late = await startLate({ DATABASE_URL: await cluster.createDatabase() });
      const [one, other] = late.operators;
      // The stop is on its way to its machine when the start comes.
      one.sandbox.faults.add({ kind: 'slow', action: 'DescribeInstances', ms: 1_500, times: 1 });
      const [first, second] = order === 'before' ? [other, one] : [one, other];
      const alerts = [STOPS['by its id'], START];
      const [sooner, later] = order === 'before' ? alerts : alerts.toReversed();
      const [a] = await first.post('/operateHostname', [sooner]);
      const [b] = await second.post('/operateHostname', [later]);
      const [stop, start] = order === 'before' ? [a, b] : [b, a];
      await expectGivenWay(late, start?.operation, stop?.operation);
    });

  for (const [found, address, reason] of [
    ['another machine', addressOf(2), 'already_in_state'],
    ['none', '10.9.9.9', 'not_found'],
  ] as const)
    test(`the start finds ${found}: the stop goes on, and its trail says why it waited`, async () => {
      await using late = await startLate();
      const [operator] = late.operators;
      const [stopping, starting] = await operator.post('/operateHostname', [alert({ hostname: idOf(1) }), START]);
      await operator.waiting(stopping?.operation, 'rival');
      late.lead(address);
      assert.equal((await operator.end(starting?.operation)).reason, reason);
      const { reason: end, trail = [] } = await operator.end(stopping?.operation);
      assert.equal(end, 'state_reached');
      assert.ok(
        trail.some(({ message = '' }) => message.includes(`operation ${starting?.operation} wants the opposite`)),
      );
      assert.deepEqual(
        operator.changes().map(({ action, instanceIds }) => [action, ...instanceIds]),
        [['StopInstances', idOf(1)]],
      );
    });

  test('the start never finds it: the stop goes on after a minute', async () => {
    let ahead = 0;
    const names = { [NAME]: new Promise<readonly string[]>(() => undefined) };
    await using operator = await startOperator({ machines: FLEET, names, clock: () => Date.now() + ahead });
    const [stop] = await operator.post('/operateHostname', [alert({ hostname: idOf(1) }), START]);
    await operator.waiting(stop?.operation, 'rival');
    ahead = 61_000;
    assert.equal((await operator.end(stop?.operation)).reason, 'state_reached');
  });

  test('the start was asked for long before: it keeps no other machine from being stopped', async () => {
    let ahead = 0;
    const names = { [NAME]: new Promise<readonly string[]>(() => undefined) };
    await using operator = await startOperator({ machines: FLEET, names, clock: () => Date.now() + ahead });
    await operator.post('/operateHostname', [START]);
    ahead = 11_000;
    const [stop] = await operator.post('/operateHostname', [alert({ hostname: idOf(3) })]);
    assert.equal((await operator.end(stop?.operation)).reason, 'state_reached');
  });
});
