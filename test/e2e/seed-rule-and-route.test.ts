/** What users of the original have in their clusters works as it stands, with real programs all the way to EC2's protocol. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestsTo } from '../support/operator.ts';
import { countWebhooks, readAlerts } from './alertmanager-api.ts';
import { GPUS_PER_MACHINE, gpuMachine, withoutDryRunLabel } from './machines.ts';
import { findPrograms, startAlertmanager, startPrometheus } from './monitoring.ts';
import { deliveriesIn, startOperatorProcess } from './operator-process.ts';
import { countStops, eventuallyAmong, findStop, operationsFor, readUtilisation } from './scenario.ts';
import { startWorld } from './world.ts';

const idle = [
  gpuMachine(1, 'idle-1', 'native'),
  gpuMachine(2, 'idle-2', 'native'),
  gpuMachine(3, 'idle-3', 'cli'),
  gpuMachine(4, 'idle-4', 'cli'),
];
const busy = [
  gpuMachine(5, 'busy-1', 'native', { utilisation: 0.97 }),
  gpuMachine(6, 'busy-2', 'cli', { utilisation: 0.97 }),
];
const dryRun = [
  gpuMachine(7, 'dry-1', 'native', { dryrun: 'true' }),
  withoutDryRunLabel(gpuMachine(8, 'dry-2', 'cli')),
];
const late = gpuMachine(9, 'late-1', 'native', { state: 'stopped' });
const [restarted] = idle;

const found = findPrograms();
const skip = 'skip' in found ? found.skip : false;

test('the rule and the route of the seed', { skip, timeout: 180_000 }, async (t) => {
  assert.ok('programs' in found && restarted !== undefined);
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await startWorld([...idle, ...busy, ...dryRun, late]));
  const { sandbox } = world;
  const operator = stack.use(await startOperatorProcess(world, { AUTH: 'none' }));
  const alertmanager = stack.use(await startAlertmanager(found.programs, world, operator.url));
  const prometheus = stack.use(await startPrometheus(found.programs, world, alertmanager));
  const eventually = eventuallyAmong([operator, alertmanager, prometheus]);

  for (const machine of idle) {
    await t.test(`stop the idle machine ${machine.name} with the client ${machine.client}`, async () => {
      const operation = await eventually('the stop has ended', async () => findStop(operator, machine));
      assert.partialDeepStrictEqual(operation, {
        state: 'succeeded',
        reason: 'state_reached',
        verb: 'stop',
        client: machine.client,
        dryRun: false,
        instance: { id: machine.id },
        cause: { by: 'alert', name: 'UnusedGPU' },
      });
      assert.equal(sandbox.instance(machine.id).state, 'stopped');
      assert.equal(countStops(world, machine), 1);
    });
  }

  await t.test('act on every machine of a notification, not on the first alone', () => {
    const most = Math.max(...deliveriesIn(operator).map(({ accepted }) => accepted));
    assert.ok(most >= idle.length, `expected a delivery that began ${idle.length} operations or more, got ${most}`);
  });

  for (const machine of dryRun) {
    await t.test(`only ask about ${machine.name}, whose label dryrun is ${machine.dryrun ?? 'missing'}`, async () => {
      const operation = await eventually('the dry run has ended', async () => findStop(operator, machine));
      assert.partialDeepStrictEqual(operation, {
        state: 'succeeded',
        reason: 'dry_run',
        client: machine.client,
        dryRun: true,
      });
      const asked = sandbox.calls.filter(({ instanceIds }) => instanceIds.includes(machine.id));
      assert.ok(asked.some((call) => call.action === 'StopInstances' && call.dryRun));
      assert.equal(countStops(world, machine), 0);
      assert.equal(sandbox.instance(machine.id).state, 'running');
    });
  }

  for (const machine of busy) {
    await t.test(`leave the busy machine ${machine.name} alone`, async () => {
      assert.deepEqual(
        await readUtilisation(prometheus, machine),
        Array.from({ length: GPUS_PER_MACHINE }, () => 97),
      );
      assert.deepEqual(await operationsFor(operator, machine), []);
      assert.equal(sandbox.instance(machine.id).state, 'running');
    });
  }

  await t.test('are what Alertmanager sees, and every notification of it arrives', async () => {
    const alerts = await readAlerts(alertmanager.url);
    const firing = [...idle, ...dryRun];
    assert.deepEqual(new Set(alerts.map(({ labels }) => labels['hostname'])), new Set(firing.map(({ name }) => name)));
    assert.equal(alerts.length, firing.length * GPUS_PER_MACHINE);
    for (const { receivers, status } of alerts) {
      assert.deepEqual(receivers, [{ name: 'ec2operator' }]);
      assert.equal(status.state, 'active');
    }
    const { sent, failed, failedRequests } = await countWebhooks(alertmanager.url);
    assert.ok(sent >= 1);
    assert.deepEqual({ failed, failedRequests }, { failed: 0, failedRequests: 0 });
  });

  await t.test(
    'act on a machine that joins the group, and do no more to the others, which are sent again',
    async () => {
      const { ask } = requestsTo(operator.url);
      const before = deliveriesIn(operator).length;
      // A person wants both. The alert of the first goes on firing: it looks five minutes back.
      for (const { name, client } of [restarted, late]) {
        await ask(`/operateHostname?hostname=${name}&action=start&client=${client}&dryrun=false`);
      }
      await sandbox.until(() => sandbox.instance(restarted.id).state === 'running');
      const stopped = await eventually('the stop has ended', async () => findStop(operator, late));
      assert.partialDeepStrictEqual(stopped, { state: 'succeeded', reason: 'state_reached' });

      const deliveries = deliveriesIn(operator).slice(before);
      const done = Math.max(...deliveries.map((delivery) => delivery.done));
      assert.ok(done >= (idle.length + dryRun.length) * GPUS_PER_MACHINE, `expected all the others again, got ${done}`);
      assert.equal(
        deliveries.reduce((sum, { accepted }) => sum + accepted, 0),
        1,
      );
      for (const machine of idle) assert.equal(countStops(world, machine), 1, machine.name);
      assert.equal(sandbox.instance(restarted.id).state, 'running');
      assert.deepEqual(
        (await operationsFor(operator, restarted)).map(({ verb, cause }) => `${verb} by ${cause.by}`),
        ['stop by alert', 'start by person'],
      );
      assert.equal((await countWebhooks(alertmanager.url)).failed, 0);
    },
  );

  await t.test('leave an operator that ends cleanly', async () => {
    assert.equal(await operator.stop(), 0);
  });
});
