/** Nothing accepted is lost, whenever the process dies; and it goes quickly when it is asked to. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { stopAlert } from '../support/alerts.ts';
import { fleetOf, idOf, machines } from '../support/fleet.ts';
import { requestsTo, sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import { serveProcess, type ServerProcess } from '../support/process.ts';

const GROUP = 20;
const NUMBERS = Array.from({ length: GROUP }, (_, index) => index + 1);

interface Site extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly environment: Readonly<Record<string, string>>;
  readonly serve: (more?: Readonly<Record<string, string>>) => Promise<ServerProcess>;
}

async function build(): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(
    await startSandbox({ fleet: fleetOf(machines(GROUP)), timings: { startMs: 50, stopMs: 300 } }),
  );
  const environment = { DATA_DIR: await temporaryDirectory(stack), ...sandboxEnvironment(sandbox) };
  const all = stack.move();
  return {
    sandbox,
    environment,
    serve: async (more) => serveProcess({ ...environment, ...more }),
    [Symbol.asyncDispose]: async () => all.disposeAsync(),
  };
}

const stops = (sandbox: Sandbox): number => sandbox.counts.get('StopInstances') ?? 0;

describe('a process that is killed', { concurrency: true }, () => {
  const moments: readonly (readonly [moment: string, until: (sandbox: Sandbox) => Promise<void>])[] = [
    ['right after the receipts', async () => Promise.resolve()],
    ['when it has looked for the machines', async (sandbox) => sandbox.until(() => sandbox.calls.length > 0)],
    [
      'while EC2 is being asked',
      async (sandbox) => {
        sandbox.faults.add({ kind: 'slow', ms: 500, action: 'StopInstances', times: 1 });
        await sandbox.until(() => sandbox.calls.some(({ action }) => action === 'DescribeInstances'));
        await sandbox.until(() => stops(sandbox) > 0);
      },
    ],
    [
      'when EC2 has carried the call out and the answer is lost',
      async (sandbox) => {
        sandbox.faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', times: 1 });
        await sandbox.until(() => stops(sandbox) > 0);
      },
    ],
    [
      'when the machines are stopped and nobody has looked',
      async (sandbox) => sandbox.until(() => sandbox.instances().every(({ state }) => state === 'stopped')),
    ],
  ];
  for (const [moment, until] of moments) {
    test(moment, async () => {
      await using site = await build();
      await using first = await site.serve();
      const alerts = NUMBERS.map((number) => stopAlert(number));
      const receipts = await requestsTo(first.url).post('/operateHostname', alerts);
      await until(site.sandbox);
      first.kill('SIGKILL');
      assert.equal((await first.exit).code, 'SIGKILL');

      await using second = await site.serve();
      const { end } = requestsTo(second.url);
      const ends = await Promise.all(receipts.map(async ({ operation }) => end(operation)));
      assert.deepEqual([...new Set(ends.map(({ state }) => state))], ['succeeded']);
      for (const number of NUMBERS) {
        const id = idOf(number);
        assert.equal(site.sandbox.instance(id).state, 'stopped');
        const asked = site.sandbox.calls.filter(
          ({ action, instanceIds }) => action === 'StopInstances' && instanceIds.includes(id),
        );
        assert.ok(asked.length === 1 || asked.length === 2, `${id} was stopped ${asked.length} times`);
      }
    });
  }
});

describe('a process', { concurrency: true }, () => {
  test('that finds its database in use says so and ends', async () => {
    await using site = await build();
    await using first = await site.serve();
    await assert.rejects(
      site.serve(),
      /ended with 1 .*ec2-operator\.sqlite is in use by another process.*DATABASE_URL/s,
    );
    assert.equal((await requestsTo(first.url).request('/readyz')).status, 200);
  });

  test('that cannot write its database says what to do', async () => {
    await using site = await build();
    await assert.rejects(site.serve({ DATA_DIR: '/dev/null/data' }), /ended with 1 .*set DATA_DIR to a directory/s);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`ends well on ${signal} while a person waits and EC2 takes its time`, async () => {
      await using site = await build();
      await using server = await site.serve();
      const { request, post } = requestsTo(server.url);
      site.sandbox.set(idOf(1), { state: 'pending' });
      const waits = request(`/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false&wait=60s`);
      const [receipt] = await post('/operateHostname', [stopAlert(1)]);
      assert.equal(receipt?.outcome, 'accepted');
      await site.sandbox.until(() => site.sandbox.calls.length > 0);
      site.sandbox.faults.add({ kind: 'slow', ms: 60_000 });
      await post('/operateHostname', [stopAlert(2)]);
      const began = performance.now();
      server.kill(signal);
      const { code, stderr } = await server.exit;
      const tookMs = performance.now() - began;
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(tookMs < 10_000, `it took ${Math.round(tookMs)} ms; the platform would have killed it`);
      assert.equal((await waits).status, 202, 'whoever waits is told how things stand');

      // Nothing that was under way is forgotten.
      site.sandbox.faults.clear();
      site.sandbox.set(idOf(1), { state: 'running' });
      await using second = await site.serve();
      assert.equal((await requestsTo(second.url).end(receipt.operation)).state, 'succeeded');
    });
  }

  test('keeps a token that it has made out of its log', async () => {
    await using site = await build();
    await using server = await site.serve({ AUTH: '', LOG_LEVEL: 'debug' });
    assert.equal((await requestsTo(server.url).request('/metrics')).status, 401);
    server.kill('SIGTERM');
    const { stderr } = await server.exit;
    const token = /^ {2}(ec2op_[\w-]{32,})$/m.exec(stderr)?.[1];
    assert.ok(token, stderr);
    assert.ok(server.lines.every((line) => !line.includes(token)));
  });
});
