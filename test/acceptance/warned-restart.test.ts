/** What people were told stands, whatever happens to the process and to its configuration. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { stopAlert } from '../support/alerts.ts';
import { fleetOf, machines } from '../support/fleet.ts';
import { requestsTo, sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import { serveProcess, type ServerProcess } from '../support/process.ts';

const GROUP = 40;
const NUMBERS = Array.from({ length: GROUP }, (_, index) => index + 1);

interface Site extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly serve: (config: string) => Promise<ServerProcess>;
}

async function build(): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(
    await startSandbox({ fleet: fleetOf(machines(GROUP)), timings: { startMs: 50, stopMs: 50 } }),
  );
  const directory = await temporaryDirectory(stack);
  const file = path.join(directory, 'config.yaml');
  const environment = { DATA_DIR: directory, CONFIG_FILE: file, ...sandboxEnvironment(sandbox) };
  const all = stack.move();
  return {
    sandbox,
    serve: async (config) => {
      await writeFile(file, `{ guards: { fleet_limit: { count: ${GROUP}, per: 1m } }, ${config} }`);
      return serveProcess(environment);
    },
    [Symbol.asyncDispose]: async () => all.disposeAsync(),
  };
}

describe('machines whose users were warned stop when they were told', { concurrency: true }, () => {
  for (const [name, then] of [
    ['though the process was killed', 'warn: { always: true, before: 8s }'],
    ['though warnings are shorter now', 'warn: { always: true, before: 1s }'],
    ['though there are no warnings any more', 'warn: { always: false }'],
  ] as const)
    test(name, async () => {
      await using site = await build();
      const { sandbox } = site;
      await using first = await site.serve('warn: { always: true, before: 8s }');
      const receipts = await requestsTo(first.url).post(
        '/operateHostname',
        NUMBERS.map((number) => stopAlert(number)),
      );
      const ids = receipts.map(({ operation }) => operation);
      for (const id of ids) await requestsTo(first.url).waiting(id, 'warned');
      first.kill('SIGKILL');
      await first.exit;

      await using second = await site.serve(then);
      const ends = await Promise.all(ids.map(async (id) => requestsTo(second.url).end(id)));
      const told = ends.map(({ warning }) => Date.parse(warning?.stopsAt ?? ''));
      const stops = sandbox.calls.filter(({ action, dryRun }) => action === 'StopInstances' && !dryRun);
      assert.ok(stops.every(({ at }) => at >= Math.min(...told)));
      assert.equal(stops.flatMap(({ instanceIds }) => instanceIds).length, GROUP, 'each of them once');
      assert.ok(stops.length <= 4, `together, and not in ${stops.length} calls`);
      for (const { state, trail = [] } of ends) {
        assert.equal(state, 'succeeded');
        assert.equal(trail.filter(({ reason }) => reason === 'warned').length, 1);
      }
    });
});
