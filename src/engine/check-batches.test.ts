/** Status checks that many operations and pages ask for at the same time, over the wire, on the sandbox. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandboxEnvironment } from '../../test/support/operator.ts';
import { fleetOf, idOf, machines, REGION } from '../../test/support/fleet.ts';
import { createEc2 } from '../ec2/client.ts';
import { UNLIMITED } from '../ec2/quota.ts';
import { startSandbox } from '../sandbox/server.ts';
import { createEc2Batches } from './ec2-batches.ts';

/** Asks for the numbered machines at once, of a site that has so many. */
async function ask(count: number, numbers: readonly number[]) {
  await using sandbox = await startSandbox({ fleet: fleetOf(machines(count)) });
  const environment = sandboxEnvironment(sandbox);
  const ec2 = createEc2({
    accounts: [],
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
    cliConcurrency: 1,
    environment,
  });
  await using _closed = { [Symbol.asyncDispose]: async () => ec2.close() };
  const batches = createEc2Batches((client) => ec2.client(client), UNLIMITED);
  const answers = await Promise.all(
    numbers.map(async (number) => batches.checks('native', { region: REGION }, idOf(number))),
  );
  return { answers, calls: sandbox.counts.get('DescribeInstanceStatus') };
}

test('of many machines are few calls', async () => {
  const { answers, calls } = await ask(
    101,
    Array.from({ length: 101 }, (_, index) => index + 1),
  );
  assert.deepEqual([new Set(answers), calls], [new Set(['ok']), 2]);
});

test('of a machine that EC2 has forgotten are not known, and those of the others are', async () => {
  assert.deepEqual((await ask(2, [1, 2, 3, 4])).answers, ['ok', 'ok', 'unknown', 'unknown']);
  assert.deepEqual((await ask(2, [3])).answers, ['unknown']);
});
