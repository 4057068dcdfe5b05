/** The watch of the whole operator, and of several replicas. */
import assert from 'node:assert/strict';
import { after, before, describe, mock, test, type TestContext } from 'node:test';
import type { Machine } from '../../src/domain/machine.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine, machines } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { startCluster, type Cluster } from '../support/postgres.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';
import { startWatched } from '../support/watched.ts';

const first = idOf(1);

describe('a state that began by our doing', () => {
  before(() => mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 10, 23, 8) }));
  after(() => mock.timers.reset());

  const comesTo = async ({ store }: VirtualOperator, state: string): Promise<Machine> =>
    eventually(`the machine is recorded as ${state}`, async () => {
      const row = await store.machine(first, Date.now());
      return row?.machine.state === state ? row.machine : undefined;
    });

  test('is recorded when an operation sees it, with the call that it began with', async () => {
    const fleet = [machine(1, { launched: '2d ago', tags: { Name: 'gpu-1', owner: 'alice' } })];
    await using operator = await startVirtualOperator({ machines: fleet, config: '', timers: mock.timers });
    const ask = async (action: 'start' | 'stop'): Promise<string> => {
      const path = `/operateInstance?instance=${first}&action=${action}&client=native&dryrun=false&wait=0s`;
      const { body } = await operator.request('GET', path);
      const [, id = ''] = /"id":"([^"]+)"/.exec(JSON.stringify(body)) ?? [];
      await operator.settle();
      return id;
    };
    const stop = await ask('stop');
    const stopped = await comesTo(operator, 'stopped');
    assert.deepEqual([stopped.name, stopped.owner], ['gpu-1', 'alice']);
    assert.deepEqual(stopped.why, { by: 'person', operation: stop, who: 'anyone at 127.0.0.1' });
    const start = await ask('start');
    const running = await comesTo(operator, 'running');
    assert.deepEqual(running.why, { by: 'person', operation: start, who: 'anyone at 127.0.0.1' });
    const intervals = (await operator.store.intervals([first], 0)).get(first) ?? [];
    const sent = operator.sandbox.calls.flatMap(({ action, at, dryRun }) =>
      /^(?:Start|Stop)Instances$/.test(action) && !dryRun ? [at] : [],
    );
    const began = intervals.flatMap(({ since, why }) => (why.by === 'person' ? [since] : []));
    for (const at of sent)
      assert.ok(
        began.some((since) => Math.abs(since - at) <= 2_000),
        JSON.stringify(intervals),
      );
  });
});

test('the operator watches by itself, and tells how many machines it sees in which state', async () => {
  const fleet = [machine(1, { state: 'stopped' }), machine(2), machine(3)];
  await using operator = await startOperator({ machines: fleet, watch: true });
  const shown = await eventually('the machines were counted', async () => {
    const { text } = await operator.request('/metrics');
    const lines = text
      .split('\n')
      .filter((line) => /^ec2_operator_(?:machines|watch_looks_total)\{.* [1-9]/.test(line));
    return lines.length === 3 ? lines : undefined;
  });
  assert.deepEqual(shown.toSorted(), [
    'ec2_operator_machines{region="eu-central-1",account="",state="running"} 2',
    'ec2_operator_machines{region="eu-central-1",account="",state="stopped"} 1',
    'ec2_operator_watch_looks_total{outcome="whole"} 1',
  ]);
});

describe('three replicas', () => {
  let cluster: Cluster | string;
  before(async () => {
    cluster = await startCluster().catch((error: unknown) => String(error));
  });
  after(async () => {
    if (typeof cluster !== 'string') await cluster[Symbol.asyncDispose]();
  });

  const onPostgres = (what: string, run: (database: string) => Promise<void>): void => {
    test(what, async (context: TestContext) => {
      if (typeof cluster === 'string') context.skip(cluster);
      else await run(await cluster.createDatabase());
    });
  };

  onPostgres('make the calls of one, and another goes on two minutes after that one has died', async (database) => {
    await using watched = await startWatched({ machines: machines(2), database });
    const [second, third] = [watched.other('second'), watched.other('third')];
    const lookAll = async (ms: number, watches = [watched.watch, second, third]): Promise<void> => {
      watched.clock.advance(ms);
      const { signal } = new AbortController();
      await Promise.all((await Promise.all(watches.map(async (watch) => watch.tick(signal)))).flat());
    };
    for (let minute = 0; minute < 3; minute += 1) await lookAll(61_000);
    assert.equal(watched.calls(), 3);
    const [owner = ''] = watched.told;
    assert.match(owner, /^(?:first|second|third) watches$/);
    assert.equal(watched.told.length, 1);

    const alive = { first: watched.watch, second, third };
    const left = Object.entries(alive).flatMap(([name, watch]) => (owner.startsWith(name) ? [] : [watch]));
    for (let seconds = 0; seconds < 120; seconds += 5) await lookAll(5_000, left);
    assert.equal(watched.told.length, 2);
    assert.ok(watched.calls() >= 4);
    await lookAll(61_000, left);
    assert.equal(watched.told.length, 2, 'one of the two watches');
  });

  onPostgres('a replica that ends lets another one watch at once', async (database) => {
    await using watched = await startWatched({ machines: machines(2), database });
    const ending = new AbortController();
    const ended = watched.watch.run(ending.signal);
    await eventually('the first look is over', () => (watched.states.size === 0 ? undefined : true));
    ending.abort();
    await ended;
    await watched.look(watched.other('second'));
    assert.deepEqual(watched.told, ['first watches', 'second watches']);
    assert.equal(watched.calls(), 2);
  });
});
