/** The dead man's switch: EventBridge stops a leased machine when the operator is gone, and never while it lives. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { startSandbox } from '../../src/sandbox/server.ts';
import { ACCOUNTS, addGroup, ROLE } from '../contract/scheduler-site.ts';
import { createClock } from '../support/clock.ts';
import { fleetOf, idOf, machine, REGION } from '../support/fleet.ts';
import { sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import { serveProcess } from '../support/process.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

const MINUTE = 60_000;
const config = `leases: { scheduler: { role_arn: '${ROLE}' } }`;
const machines = [machine(1, { state: 'stopped' })];
const START = `/operateInstance?instance=${idOf(1)}&action=start&dryrun=false`;

test('an operator that is killed leaves a schedule, which stops the machine half an hour after its lease', async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const clock = createClock();
  const fleet = fleetOf(machines, ACCOUNTS);
  const timings = { startMs: 1, stopMs: 1 };
  const sandbox = stack.use(await startSandbox({ fleet, clock: clock.now, timings }));
  await addGroup(sandbox.url, REGION);
  const file = path.join(directory, 'operator.yaml');
  await writeFile(file, config);
  const environment = {
    ...sandboxEnvironment(sandbox),
    AWS_CONFIG_FILE: '/nowhere',
    CONFIG_FILE: file,
    DATA_DIR: path.join(directory, 'data'),
  };
  const first = stack.use(await serveProcess(environment));
  assert.ok((await fetch(`${first.url}${START}&for=10m&wait=30s`)).ok);
  await sandbox.until(() => sandbox.schedules().length === 1);
  first.kill('SIGKILL');
  await first.exit;
  clock.advance(39 * MINUTE);
  assert.equal(sandbox.instance(idOf(1)).state, 'running');
  clock.advance(3 * MINUTE);
  assert.match(sandbox.instance(idOf(1)).state, /stopping|stopped/);
  assert.deepEqual(
    sandbox.calls.filter(({ action }) => action === 'StopInstances').map(({ service }) => service),
    ['scheduler'],
  );
});

async function minutes(operator: VirtualOperator, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await operator.passTime(MINUTE);
    await operator.keepSchedules();
    for (const { at } of operator.sandbox.schedules()) {
      const ahead = Math.round((at - Date.now()) / MINUTE);
      assert.ok(ahead >= 29, `a schedule comes in ${ahead} minutes`);
    }
  }
}

test('while the operator lives no schedule comes, however the stop is put off', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 10, 23, 8) });
  const { timers } = mock;
  await using operator = await startVirtualOperator({ machines, accounts: ACCOUNTS, config, timers });
  const { sandbox, request } = operator;
  await addGroup(sandbox.url, REGION);
  const asked = async (method: string, where: string, body?: unknown) => {
    const answer = await request(method, where, body === undefined ? {} : { body });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  await asked('GET', `${START}&for=60m&wait=0s`);
  await operator.settle();
  await operator.keepSchedules();
  const [{ at } = assert.fail()] = sandbox.schedules();
  assert.equal(Math.floor((at - Date.now()) / MINUTE), 90);

  await minutes(operator, 59);
  await asked('POST', '/api/v1/holds', { target: idOf(1), for: '3h' });
  await minutes(operator, 150);
  await asked('POST', '/api/v1/holds', { target: idOf(1), for: '2h' });
  await minutes(operator, 60);
  const { pause } = await asked('POST', '/api/v1/pauses', { why: 'the cluster moves' });
  await minutes(operator, 180);
  assert.deepEqual(sandbox.schedules(), [], 'under a pause without an end there is none');
  assert.deepEqual(operator.stops(), []);
  assert.equal(sandbox.instance(idOf(1)).state, 'running');

  await asked('DELETE', `/api/v1/pauses/${String(pause?.['id'])}`);
  await minutes(operator, 30);
  assert.deepEqual(
    operator.stops().map(({ service }) => service),
    ['ec2'],
    'the operator has stopped it, not the schedule',
  );
  assert.deepEqual([sandbox.schedules(), await operator.store.schedules()], [[], []]);
});
