/** `on_resolved: stop` with a real Prometheus and a real Alertmanager: an alert may end for reasons that no machine has. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { operationsAnswerSchema, type OperationBody } from '../../src/http/schemas.ts';
import { eventually } from '../support/eventually.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { findFreePort } from '../support/free-port.ts';
import { startOperator, temporaryDirectory, type Operator } from '../support/operator.ts';
import { startDemand, startEvaluator, startNotifier, type Demand, type Evaluator } from './demand.ts';
import { findPrograms } from './monitoring.ts';
import type { Server } from './world.ts';

const found = findPrograms();
const skip = 'skip' in found ? found.skip : false;
const HOST = addressOf(1);

interface Chain extends AsyncDisposable {
  readonly operator: Operator;
  readonly notifier: Server;
  /** One for each replica of Prometheus; the operator asks the first. */
  readonly demands: readonly Demand[];
  readonly evaluators: readonly Evaluator[];
  /** Resolves with the stop once `look` answers true of it. */
  readonly stop: (what: string, look: (stop: OperationBody) => boolean) => Promise<OperationBody>;
}

/** Resolves when the alerts of all replicas have come in and found the machine running. */
async function startChain(replicas: readonly string[]): Promise<Chain> {
  assert.ok('programs' in found);
  const { prometheus, alertmanager } = found.programs;
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const port = await findFreePort();
  const notifier = stack.use(await startNotifier(alertmanager, path.join(directory, 'am'), `http://127.0.0.1:${port}`));
  const demands: Demand[] = [];
  const evaluators: Evaluator[] = [];
  for (const replica of replicas) {
    const demand = stack.use(await startDemand(HOST));
    demands.push(demand);
    evaluators.push(
      stack.use(await startEvaluator(prometheus, path.join(directory, replica), demand, notifier, replica)),
    );
  }
  const operator = stack.use(
    await startOperator({
      machines: [machine(1)],
      environment: { PORT: String(port) },
      config: [
        `alertmanager: { url: '${notifier.url}' }`,
        `prometheus: { url: '${evaluators[0]?.url ?? ''}' }`,
        'on_resolved: { grace: 2s }',
      ].join('\n'),
    }),
  );
  const list = async (): Promise<readonly OperationBody[]> => {
    const { text } = await operator.request('/api/v1/operations');
    return operationsAnswerSchema.parse(JSON.parse(text)).operations;
  };
  const explain = (): string => [notifier, ...evaluators].map(({ tail }) => tail()).join('\n');
  await eventually(
    'the alerts ask for the machine',
    async () => {
      const { text } = await operator.request('/api/v1/audit?limit=100');
      const asked = text.match(/"(?:state":"queued|event":"joined|outcome":"done)"/g) ?? [];
      const isRunning = (await list()).some(({ verb, state }) => verb === 'start' && state === 'succeeded');
      return isRunning && asked.length >= replicas.length ? true : undefined;
    },
    { timeoutMs: 60_000, explain },
  );
  const running = stack.move();
  return {
    operator,
    notifier,
    demands,
    evaluators,
    stop: async (what, look) =>
      eventually(
        what,
        async () => {
          const stop = (await list()).find(({ verb }) => verb === 'stop');
          return stop !== undefined && look(stop) ? stop : undefined;
        },
        { timeoutMs: 60_000, explain },
      ),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

function waitsFor(reason: string): (stop: OperationBody) => boolean {
  return (stop) => stop.state === 'waiting' && stop.reason === reason;
}

function isOver({ endedAt }: OperationBody): boolean {
  return endedAt !== undefined;
}

describe('on_resolved: stop', { skip, concurrency: 2 }, () => {
  test('stops a machine that Prometheus says is not wanted any more', async () => {
    await using chain = await startChain(['a']);
    const [demand] = chain.demands;
    assert.ok(demand);
    demand.jobs = 0;
    const stop = await chain.stop('it has ended', isOver);
    assert.deepEqual([stop.state, stop.reason], ['succeeded', 'state_reached'], stop.message ?? '');
    assert.equal(chain.operator.sandbox.instance(idOf(1)).state, 'stopped');
  });

  test('stops nothing when Prometheus is killed and Alertmanager lets the alert run out', async () => {
    await using chain = await startChain(['a']);
    await chain.evaluators[0]?.stop();
    const stop = await chain.stop('it waits for Prometheus', waitsFor('need_unconfirmed'));
    assert.match(
      stop.message ?? '',
      /^Prometheus could not say whether the machine is still needed \(ECONNREFUSED\) \(guard on_resolved\)$/,
    );
    assert.deepEqual(chain.operator.changes(idOf(1)), []);
  });

  test('stops nothing while the alert of another replica fires', async () => {
    await using chain = await startChain(['a', 'b']);
    const [ending, lasting] = chain.demands;
    assert.ok(ending && lasting);
    ending.jobs = 0;
    const waiting = await chain.stop('it waits for the other', waitsFor('still_needed'));
    assert.match(
      waiting.message ?? '',
      /^Alertmanager has the alert "GpuWanted" \([0-9a-f]{16}\) for the same machine \(guard on_resolved\)$/,
    );
    assert.deepEqual(chain.operator.changes(idOf(1)), []);
  });

  test('stops nothing when the rule is edited', async () => {
    await using chain = await startChain(['a']);
    await chain.evaluators[0]?.edit('max by (hostname) (gpu_jobs) > 100');
    const stop = await chain.stop('it has ended', isOver);
    assert.deepEqual([stop.state, stop.reason], ['refused', 'need_unconfirmed'], stop.message ?? '');
    assert.match(stop.message ?? '', /Prometheus was started or reloaded|was edited since/);
    assert.deepEqual(chain.operator.changes(idOf(1)), []);
  });

  test('stops nothing when the series of the machine has vanished', async () => {
    await using chain = await startChain(['a']);
    const [demand] = chain.demands;
    assert.ok(demand);
    demand.jobs = undefined;
    const stop = await chain.stop('it waits for the series', waitsFor('need_unconfirmed'));
    assert.match(stop.message ?? '', /the series of the rule "GpuWanted" vanished/);
    assert.deepEqual(chain.operator.changes(idOf(1)), []);
  });
});
