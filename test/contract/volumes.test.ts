/** How the volumes of machines are kept, over the wire. Both clients promise the same: `ec2-volumes.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEc2 } from '../../src/ec2/client.ts';
import { UNLIMITED } from '../../src/ec2/quota.ts';
import { createVolumeKeeper } from '../../src/engine/keep-volumes.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { createClock } from '../support/clock.ts';
import { fleetOf, idOf, machine, type MachineEntry } from '../support/fleet.ts';
import { sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import { sighting } from './store/machine-samples.ts';

const DAY = 86_400_000;
const ROLE = 'arn:aws:iam::222222222222:role/closed';
const ACCOUNTS = {
  '222222222222': { roles: ['closed'], unauthorized: ['DescribeVolumes'] },
};

async function start(machines: readonly MachineEntry[]) {
  await using stack = new AsyncDisposableStack();
  const clock = createClock();
  const sandbox = stack.use(await startSandbox({ fleet: fleetOf(machines, ACCOUNTS) }));
  const store = stack.adopt(await openSqliteStore(await temporaryDirectory(stack)), async (open) => open.close());
  const settings = { connectTimeoutMs: 5_000, requestTimeoutMs: 5_000, cliConcurrency: 1 };
  const accounts = [{ name: 'closed', roleArn: ROLE }];
  const ec2 = stack.adopt(
    createEc2({ ...settings, accounts, environment: sandboxEnvironment(sandbox) }),
    async (open) => open.close(),
  );
  const warnings: string[] = [];
  let isChosen = true;
  const keeper = createVolumeKeeper({
    store,
    client: ec2.client('native'),
    quota: UNLIMITED,
    isChosen: () => isChosen,
    clock: clock.now,
    log: { warn: (_fields: object, message: string) => void warnings.push(message) },
    observer: { fault: (what: string, error: unknown) => assert.fail(`${what}: ${String(error)}`) },
  });
  const running = stack.move();
  return {
    clock,
    sandbox,
    store,
    warnings,
    choose: (is: boolean) => {
      isChosen = is;
    },
    see: async (number: number, account?: string) => {
      const place = { region: 'eu-central-1', ...(account === undefined ? {} : { account }) };
      await store.recordSeen([sighting(number, { id: idOf(number), place, at: clock.now() })], clock.now());
    },
    tick: async () => keeper.tick(new AbortController().signal),
    asked: () => sandbox.counts.get('DescribeVolumes') ?? 0,
    sizesOf: async (number: number) =>
      (await store.machine(idOf(number), clock.now()))?.machine.volumes?.map(({ gib }) => gib),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

test('volumes are read of machines that are new, of all once a day, and by the replica that watches', async () => {
  await using kept = await start([machine(1, { disk: 50 }), machine(2, { disk: 60 }), machine(3, { disk: 70 })]);
  const { clock, asked, tick, see, sizesOf } = kept;
  await see(1);
  await see(2);
  kept.choose(false);
  await tick();
  assert.equal(asked(), 0);
  kept.choose(true);
  await tick();
  await tick();
  assert.deepEqual([asked(), await sizesOf(1), await sizesOf(2), await sizesOf(3)], [1, [50], [60], undefined]);
  await see(3);
  await tick();
  assert.deepEqual([asked(), await sizesOf(3)], [2, [70]]);
  kept.sandbox.set(idOf(1), { volumes: [{ id: 'vol-1', type: 'gp2', gib: 500 }] });
  clock.advance(DAY - 60_000);
  await tick();
  assert.deepEqual([asked(), await sizesOf(1)], [2, [50]]);
  clock.advance(120_000);
  await tick();
  assert.deepEqual([asked(), await sizesOf(1)], [3, [500]]);
});

test('a place without the permission stays unknown, is told once and asked ever more seldom; another is read', async () => {
  await using kept = await start([machine(1, { account: '222222222222' }), machine(2)]);
  const { clock, asked, tick, see, sizesOf, warnings } = kept;
  await see(1, 'closed');
  await see(2);
  const minutes: number[] = [];
  for (let minute = 0; minute < 20; minute += 1) {
    const before = asked();
    await tick();
    if (asked() > before) minutes.push(minute);
    clock.advance(60_000);
  }
  assert.deepEqual([minutes, await sizesOf(1), await sizesOf(2)], [[0, 1, 3, 7, 15], undefined, [100]]);
  assert.equal(warnings.length, 1);
  assert.match(warnings.join(), /account closed, region eu-central-1 .*ec2:DescribeVolumes .*volumes-policy\.json/);
});
