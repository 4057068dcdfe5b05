import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, fleetOf, machines, REGION } from '../../test/support/fleet.ts';
import { sandboxEnvironment } from '../../test/support/operator.ts';
import type { InstanceState } from '../domain/instance.ts';
import type { Ec2Call } from '../observe/metrics.ts';
import { NO_TRACER } from '../observe/trace.ts';
import { startSandbox } from '../sandbox/server.ts';
import { createEc2 } from './client.ts';
import { observeClient } from './observed.ts';

test('each call is reported with its size, time and code, and each instance that was looked up by id with its state', async () => {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startSandbox({ fleet: fleetOf(machines(2)), timings: { startMs: 50, stopMs: 50 } }));
  const settings = { accounts: [], connectTimeoutMs: 5_000, requestTimeoutMs: 5_000, cliConcurrency: 1 };
  const environment = sandboxEnvironment(sandbox);
  const ec2 = stack.adopt(createEc2({ ...settings, environment }), async (opened) => opened.close());
  const calls: Ec2Call[] = [];
  const seen: [string, InstanceState][] = [];
  const client = observeClient(
    ec2.client('native'),
    { called: (call) => void calls.push(call), saw: ({ id, state }) => void seen.push([id, state]) },
    NO_TRACER,
  );
  const place = { region: REGION };
  const [first, second] = sandbox.instances();
  assert.ok(first && second);

  const found = await client.describe(place, 'private', [addressOf(1)]);
  assert.equal(found.length, 1);
  assert.deepEqual(seen, []);
  await client.describe(place, 'known', [first.id, second.id]);
  assert.deepEqual(new Map(seen), new Map([first, second].map(({ id }) => [id, 'running'])));
  await client.act(place, 'stop', [first.id], { dryRun: true });
  sandbox.faults.add({ kind: 'throttle', action: 'StopInstances', times: 1 });
  await assert.rejects(client.act(place, 'stop', [first.id, second.id], { dryRun: false }));
  await assert.rejects(client.act(place, 'start', ['i-0123456789abcdef0'], { dryRun: false }));
  const firstAlone = { dryRun: true, choose: async () => Promise.resolve([first.id]) };
  await client.act(place, 'stop', [first.id, second.id], firstAlone);
  await client.act(place, 'stop', [first.id], { dryRun: false, choose: async () => Promise.resolve([]) });
  const page = await client.survey(place, { by: 'families', families: ['g'] });
  assert.equal(page.instances.length, 2);
  const broken = async (): Promise<readonly string[]> => Promise.reject(new Error('no store'));
  await assert.rejects(client.act(place, 'stop', [first.id], { dryRun: false, choose: broken }), /no store/);
  assert.deepEqual(
    calls.map(({ action, code, instances, throttled }) => [action, code, instances, throttled]),
    [
      ['DescribeInstances', 'OK', 1, false],
      ['DescribeInstances', 'OK', 2, false],
      ['StopInstances', 'OK', 1, false],
      ['StopInstances', 'RequestLimitExceeded', 2, true],
      ['StartInstances', 'InvalidInstanceID.NotFound', 1, false],
      ['StopInstances', 'OK', 1, false],
      ['DescribeInstances', 'OK', 0, false],
    ],
  );
  assert.ok(calls.every(({ ms }) => ms > 0));
});
