/** `live.only`: alerts act on the machines that it selects, and are dry runs on all others. People act everywhere. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { plansAnswerSchema } from '../../src/http/plan-schemas.ts';
import { operationsAnswerSchema } from '../../src/http/schemas.ts';
import { alert, delivery, minutesAgo, stopAlert } from '../support/alerts.ts';
import { createClock } from '../support/clock.ts';
import { addressOf, fleetOf, idOf, machine } from '../support/fleet.ts';
import {
  json,
  requestsTo,
  sandboxEnvironment,
  startOperator,
  temporaryDirectory,
  type Operator,
  type OperatorOptions,
} from '../support/operator.ts';
import { startCluster, type Cluster } from '../support/postgres.ts';
import { serveProcess } from '../support/process.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { findTool } from '../support/tools.ts';

const ONLY_DEV = 'live: { only: { stage: dev } }';
const PROD = machine(1, { tags: { Name: 'prod-1', stage: 'prod' } });
const DEV = machine(2, { tags: { Name: 'dev-1', stage: 'dev' } });
const ID = idOf(1);
const MINUTE = 60_000;
const WHY = /live\.only makes it a dry run: alerts act only on machines with "stage"="dev"/;

const byPerson = (verb: string, more = ''): string =>
  `/operateInstance?instance=${ID}&action=${verb}&client=native&dryrun=false${more}`;
const byAlert = (more: Readonly<Record<string, unknown>> = {}): ReturnType<typeof alert> =>
  alert({ instance_id: ID, ...more });

async function ask(operator: Operator, body = byAlert()): Promise<string> {
  return (await operator.post('/operateInstance', [body]))[0]?.operation ?? '';
}

let cluster: Cluster | string;
before(async () => {
  cluster = await startCluster().catch((error: unknown) => String(error));
});
after(async () => (typeof cluster === 'string' ? undefined : cluster[Symbol.asyncDispose]()));

/** A test on a new database of each kind. */
function onBoth(what: string, run: (start: (options?: OperatorOptions) => Promise<Operator>) => Promise<void>): void {
  for (const kind of ['SQLite', 'PostgreSQL'] as const)
    test(`${what} (${kind})`, async (t) => {
      if (kind === 'PostgreSQL' && typeof cluster === 'string') return t.skip(cluster);
      const environment: Readonly<Record<string, string>> =
        kind === 'PostgreSQL' && typeof cluster !== 'string' ? { DATABASE_URL: await cluster.createDatabase() } : {};
      await run(async (options = {}) =>
        startOperator({ machines: [PROD, DEV], config: ONLY_DEV, ...options, environment }),
      );
    });
}

describe('live.only', { concurrency: 4 }, () => {
  onBoth('an alert acts on the selected machines, and is a dry run on the others', async (start) => {
    await using operator = await start({ config: `${ONLY_DEV}\nguards: { fleet_limit: { count: 1 } }` });
    const receipts = await operator.post('/operateHostname', [stopAlert(1), stopAlert(2)]);
    const [rehearsed, done] = await Promise.all(receipts.map(async ({ operation }) => operator.end(operation)));
    assert.deepEqual([rehearsed?.state, rehearsed?.reason, rehearsed?.dryRun], ['succeeded', 'dry_run', true]);
    assert.match(rehearsed?.message ?? '', /^would stop prod-1 .*: every guard allows it .*; live\.only/);
    assert.match(rehearsed?.message ?? '', WHY);
    assert.deepEqual([done?.state, done?.reason, done?.dryRun], ['succeeded', 'state_reached', false]);
    assert.deepEqual(
      operator.changes().map(({ instanceIds }) => instanceIds),
      [[idOf(2)]],
    );
    const listed = await operator.request('/api/v1/operations?dryrun=true&since=2026-01-01T00:00:00Z');
    const { operations } = operationsAnswerSchema.parse(JSON.parse(listed.text));
    assert.deepEqual(
      operations.map(({ id }) => id),
      [rehearsed?.id],
    );
  });

  test('a guard holds back the dry run too, and a machine in the state needs none', async () => {
    const stopped = machine(3, { state: 'stopped', tags: { stage: 'prod' } });
    const off = machine(1, { tags: { 'ec2-operator': 'off' } });
    await using operator = await startOperator({ machines: [off, stopped], config: ONLY_DEV });
    const receipts = await operator.post('/operateHostname', [stopAlert(1), stopAlert(3)]);
    const [refused, nothing] = await Promise.all(receipts.map(async ({ operation }) => operator.end(operation)));
    assert.deepEqual([refused?.state, refused?.reason, refused?.dryRun], ['refused', 'opt_out', true]);
    assert.deepEqual([nothing?.reason, nothing?.dryRun], ['already_in_state', true]);
    for (const { message = '' } of [refused, nothing].filter((one) => one !== undefined)) assert.match(message, WHY);
  });

  test('a person acts on every machine', async () => {
    await using operator = await startOperator({ machines: [PROD], config: ONLY_DEV });
    const { operation } = await operator.ask(byPerson('stop'));
    assert.deepEqual([(await operator.end(operation.id)).reason, operation.dryRun], ['state_reached', false]);
  });

  onBoth('a person who joins while the dry run is made gets the machine stopped', async (start) => {
    await using operator = await start();
    const { sandbox } = operator;
    sandbox.faults.add({ kind: 'slow', ms: 600, action: 'StopInstances', times: 1 });
    const [id] = await Promise.all([
      ask(operator),
      sandbox.until(() => sandbox.calls.filter(({ action }) => action === 'DescribeInstances').length > 1),
    ]);
    assert.deepEqual([(await operator.read(id)).state, (await operator.read(id)).dryRun], ['acting', true]);
    const { operation } = await operator.ask(byPerson('stop', '&wait=0s'));
    assert.deepEqual([operation.id, operation.dryRun], [id, false], 'she has joined');
    const end = await operator.end(id);
    assert.deepEqual([end.state, end.reason, end.dryRun], ['succeeded', 'state_reached', false]);
    assert.equal(operator.changes(ID).length, 1);
    assert.equal(sandbox.instance(ID).state, 'stopped');
  });

  onBoth('a person who joins while the machine is looked for gets it stopped', async (start) => {
    await using operator = await start();
    const { sandbox } = operator;
    sandbox.faults.add({ kind: 'slow', ms: 400, action: 'DescribeInstances', times: 1 });
    const id = await ask(operator);
    const { operation } = await operator.ask(byPerson('stop', '&wait=0s'));
    assert.equal(operation.id, id);
    assert.equal((await operator.end(id)).reason, 'state_reached');
    assert.equal(operator.changes(ID).length, 1);
  });

  for (const [from, to, reason] of [
    ['dev', 'prod', 'dry_run'],
    ['prod', 'dev', 'state_reached'],
  ] as const)
    test(`the tag is read once more right before the call: ${from}, then ${to}`, async () => {
      await using operator = await startOperator({
        machines: [machine(1, { tags: { stage: from } })],
        config: ONLY_DEV,
      });
      const { sandbox } = operator;
      const described = sandbox.until(() => sandbox.calls.some(({ action }) => action === 'DescribeInstances'));
      const asked = ask(operator);
      await described;
      sandbox.set(ID, { tags: { stage: to } });
      const end = await operator.end(await asked);
      assert.deepEqual([end.reason, end.dryRun], [reason, reason === 'dry_run'], end.message ?? '');
      assert.ok(end.trail?.some((entry) => entry.reason === 'changed_meanwhile'));
      assert.equal(operator.changes(ID).length, reason === 'dry_run' ? 0 : 1);
    });

  onBoth('an operation that waited is a dry run under a new configuration', async (start) => {
    await using first = await start({ config: '' });
    first.sandbox.set(ID, { state: 'pending' });
    const id = await ask(first);
    await first.waiting(id, 'transition');
    await first.stop();
    first.sandbox.set(ID, { state: 'running', launchTime: Date.parse(minutesAgo(90)) });
    await using second = await start({ after: first });
    const end = await second.end(id);
    assert.deepEqual([end.state, end.reason, end.dryRun], ['succeeded', 'dry_run', true]);
    assert.deepEqual(second.changes(), []);
  });

  onBoth('a call that arrived before the configuration changed is no dry run', async (start) => {
    await using first = await start({ config: '', timings: { stopMs: 400 } });
    first.sandbox.faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', times: 1 });
    const id = await ask(first);
    await first.sandbox.until(() => first.changes(ID).length > 0);
    await first.stop();
    await using second = await start({ after: first });
    const end = await second.end(id);
    assert.deepEqual([end.reason, end.dryRun], ['state_reached', false]);
    assert.equal(second.changes(ID).length, 1);
  });

  onBoth('a call that never arrived is not made again under a new configuration', async (start) => {
    const clock = createClock();
    await using first = await start({ config: '', clock: clock.now });
    first.sandbox.faults.add({ kind: 'reset', action: 'StopInstances' });
    const id = await ask(first);
    await first.sandbox.until(() => (first.sandbox.counts.get('StopInstances') ?? 0) > 0);
    await first.stop();
    first.sandbox.faults.clear();
    const asked = first.sandbox.counts.get('StopInstances');
    await using second = await start({ after: first, clock: clock.now });
    await second.waiting(id, 'answer_lost');
    assert.equal(first.sandbox.counts.get('StopInstances'), asked, 'it may still arrive');
    clock.advance(2 * MINUTE);
    const end = await second.end(id);
    assert.deepEqual([end.reason, end.dryRun], ['dry_run', true]);
    assert.equal(second.sandbox.instance(ID).state, 'running');
  });

  test('a process that is killed while it makes the dry run: the next one decides afresh', async () => {
    await using stack = new AsyncDisposableStack();
    const sandbox = stack.use(await startSandbox({ fleet: fleetOf([PROD]), timings: { startMs: 50, stopMs: 50 } }));
    const directory = await temporaryDirectory(stack);
    const environment = { DATA_DIR: directory, ...sandboxEnvironment(sandbox) };
    const config = path.join(directory, 'config.yaml');
    await writeFile(config, ONLY_DEV);
    await using first = await serveProcess({ ...environment, CONFIG_FILE: config });
    sandbox.faults.add({ kind: 'slow', ms: 5_000, action: 'StopInstances', times: 1 });
    const [receipt] = await requestsTo(first.url).post('/operateInstance', [byAlert()]);
    await sandbox.until(() => (sandbox.counts.get('DescribeInstances') ?? 0) > 1);
    first.kill('SIGKILL');
    await first.exit;
    sandbox.faults.clear();
    await using second = await serveProcess(environment);
    const end = await requestsTo(second.url).end(receipt?.operation);
    assert.deepEqual([end.reason, end.dryRun], ['state_reached', false], 'without live.only the alert acts');
    const stops = sandbox.calls.filter(({ action, dryRun }) => action === 'StopInstances' && !dryRun);
    assert.equal(stops.length, 1);
  });

  onBoth('copies of the alert are looked at again, so that a wider live.only lets it act', async (start) => {
    await using first = await start({});
    const id = await ask(first);
    assert.equal((await first.end(id)).reason, 'dry_run');
    const again = await ask(first);
    assert.notEqual(again, id);
    assert.equal((await first.end(again)).reason, 'dry_run');
    await first.stop();
    await using second = await start({ after: first, config: 'live: { only: { stage: prod } }' });
    const third = await ask(second);
    assert.equal((await second.end(third)).reason, 'state_reached');
    assert.equal((await second.post('/operateInstance', [byAlert()]))[0]?.operation, third, 'and then it is done');
    assert.equal(second.changes().length, 1);
  });

  test('a dry run that the sender asked for is done after the first, wherever alerts act', async () => {
    const clock = createClock();
    await using operator = await startOperator({ machines: [PROD, DEV], config: ONLY_DEV, clock: clock.now });
    for (const instance of [idOf(1), idOf(2)]) {
      const body = byAlert({ instance_id: instance, dryrun: 'true' });
      const end = await operator.end(await ask(operator, body));
      assert.equal(end.reason, 'dry_run');
      assert.doesNotMatch(end.message ?? '', /live\.only/);
      clock.advance(90 * MINUTE);
      assert.equal((await operator.post('/operateInstance', [body]))[0]?.outcome, 'done');
    }
  });

  test("a dry run of live.only is in nobody's way, and takes nobody's place", async () => {
    await using operator = await startOperator({ machines: [PROD], config: ONLY_DEV });
    operator.sandbox.set(ID, { state: 'stopping' });
    const { operation: start } = await operator.ask(byPerson('start', '&wait=0s'));
    await operator.waiting(start.id, 'transition');
    const stop = await operator.end(await ask(operator, byAlert({ hostname: addressOf(1) })));
    assert.equal(stop.reason, 'dry_run');
    operator.sandbox.set(ID, { state: 'stopped' });
    assert.equal((await operator.end(await ask(operator))).dryRun, true);
    assert.equal((await operator.end(start.id)).reason, 'state_reached');
  });

  test('plans say so before', async () => {
    await using operator = await startOperator({ machines: [PROD, DEV], config: ONLY_DEV });
    const plan = async (by: string) => {
      const body = json(delivery([stopAlert(1), stopAlert(2)]));
      const answer = await operator.request(`/api/v1/plan?by=${by}`, body);
      return plansAnswerSchema.parse(JSON.parse(answer.text)).plans;
    };
    const [prod, dev] = await plan('alert');
    assert.deepEqual([prod?.outcome, prod?.dryRun, prod?.isLive], ['would_stop', true, false]);
    assert.match(prod?.message ?? '', WHY);
    assert.deepEqual([dev?.outcome, dev?.dryRun, dev?.isLive], ['would_stop', false, undefined]);
    const [asked] = await plan('person');
    assert.deepEqual([asked?.outcome, asked?.dryRun, asked?.isLive], ['would_stop', false, false]);
    assert.doesNotMatch(asked?.message ?? '', WHY);
  });

  test('without tags every machine is live', async () => {
    await using operator = await startOperator({ machines: [PROD], config: 'live: { only: {} }' });
    assert.equal((await operator.end(await ask(operator))).reason, 'state_reached');
  });

  const aws = findTool('aws', 'awscli');
  test('the aws command is not called for a change either', { skip: 'skip' in aws && aws.skip }, async () => {
    await using operator = await startOperator({ machines: [PROD], config: ONLY_DEV });
    const end = await operator.end(await ask(operator, byAlert({ client: 'cli' })));
    assert.deepEqual([end.reason, end.dryRun, end.client], ['dry_run', true, 'cli']);
    assert.deepEqual(operator.changes(), []);
  });
});
