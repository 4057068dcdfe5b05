/** The way from Alertmanager to the operator: with a token, and to an operator that is down at first. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { findFreePort } from '../support/free-port.ts';
import { json, requestsTo } from '../support/operator.ts';
import { countWebhooks } from './alertmanager-api.ts';
import { gpuMachine } from './machines.ts';
import { findPrograms, startAlertmanager, startPrometheus } from './monitoring.ts';
import { startOperatorProcess } from './operator-process.ts';
import { countStops, eventuallyAmong, findStop } from './scenario.ts';
import { startWorld } from './world.ts';

const machines = [gpuMachine(1, 'idle-1', 'native'), gpuMachine(2, 'idle-2', 'cli')];
const found = findPrograms();
const skip = 'skip' in found ? found.skip : false;

// The two have nothing in common, and both wait most of the time.
describe('the way from Alertmanager to the operator', { concurrency: true }, () => {
  test('Alertmanager names itself with a token', { skip, timeout: 120_000 }, async (t) => {
    assert.ok('programs' in found);
    await using stack = new AsyncDisposableStack();
    const world = stack.use(await startWorld(machines));
    const token = randomBytes(16).toString('hex');
    const credentialsFile = path.join(world.directory, 'token');
    await writeFile(credentialsFile, `${token}\n`);
    const operator = stack.use(await startOperatorProcess(world, { AUTH_TOKEN: token }));

    await t.test('without it, nobody is let in', async () => {
      const answer = await requestsTo(operator.url).request('/operateHostname', json({ alerts: [] }));
      assert.equal(answer.status, 401);
    });

    await t.test('with it, the idle machines are stopped', async () => {
      const alertmanager = stack.use(await startAlertmanager(found.programs, world, operator.url, { credentialsFile }));
      const prometheus = stack.use(await startPrometheus(found.programs, world, alertmanager));
      const eventually = eventuallyAmong([operator, alertmanager, prometheus]);
      const headers = { authorization: `Bearer ${token}` };
      for (const machine of machines) {
        const operation = await eventually('the stop has ended', async () => findStop(operator, machine, headers));
        assert.partialDeepStrictEqual(operation, { state: 'succeeded', reason: 'state_reached' });
        assert.equal(world.sandbox.instance(machine.id).state, 'stopped');
      }
      assert.equal((await countWebhooks(alertmanager.url)).failedRequests, 0);
      assert.ok(!operator.lines.some((line) => line.includes(token)), 'the token is in the log');
    });
  });

  test('alerts that fire while the operator is down', { skip, timeout: 120_000 }, async () => {
    assert.ok('programs' in found);
    await using stack = new AsyncDisposableStack();
    const world = stack.use(await startWorld(machines));
    const port = await findFreePort();
    const alertmanager = stack.use(await startAlertmanager(found.programs, world, `http://127.0.0.1:${port}`));
    const prometheus = stack.use(await startPrometheus(found.programs, world, alertmanager));
    await eventuallyAmong([alertmanager, prometheus])('a notification was refused', async () =>
      (await countWebhooks(alertmanager.url)).failedRequests > 0 ? true : undefined,
    );

    const operator = stack.use(await startOperatorProcess(world, { AUTH: 'none', PORT: String(port) }));
    const eventually = eventuallyAmong([operator, alertmanager, prometheus]);
    for (const machine of machines) {
      const operation = await eventually('the stop has ended', async () => findStop(operator, machine));
      assert.partialDeepStrictEqual(operation, { state: 'succeeded', reason: 'state_reached' });
      assert.equal(world.sandbox.instance(machine.id).state, 'stopped');
      assert.equal(countStops(world, machine), 1);
    }
  });
});
