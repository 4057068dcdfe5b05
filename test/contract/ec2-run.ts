import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Environment } from '../../src/config/environment.ts';
import type { Ec2Settings } from '../../src/ec2/accounts.ts';
import { createEc2 } from '../../src/ec2/client.ts';
import { createBriefMemory, type AccountMemory } from '../../src/ec2/one-account.ts';
import { Ec2Error, type Accepted, type Ec2Client } from '../../src/ec2/port.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { settingsFor, type Adapter } from './ec2-adapters.ts';
import { contractFleet } from './ec2-fleet.ts';

export const here = { region: 'eu-central-1' };

/** The contract's run against one adapter, with a sandbox of its own whose machines stay in transition. */
export interface Run {
  readonly adapter: Adapter;
  readonly sandbox: Sandbox;
  readonly client: Ec2Client;
  /** Another client, with changes to the environment and the settings. */
  open(changes?: Environment, settings?: Partial<Ec2Settings>, endpoint?: string, memory?: AccountMemory): Ec2Client;
  stop(id: string, dryRun?: boolean): Promise<Accepted>;
}

/** Call it inside `describe`: the sandbox lives from its first to its last test. */
export function prepareRun(adapter: Adapter): Run {
  const opened: { close(): Promise<void> }[] = [];
  let sandbox: Sandbox | undefined;
  let client: Ec2Client | undefined;
  const run: Run = {
    adapter,
    get sandbox() {
      return sandbox ?? assert.fail('the sandbox is there while tests run');
    },
    get client() {
      return (client ??= run.open());
    },
    open: (changes = {}, settings = {}, endpoint = run.sandbox.url, memory = createBriefMemory()) => {
      const ec2 = createEc2(settingsFor(adapter, endpoint, changes, settings), memory);
      opened.push(ec2);
      return ec2.client(adapter.kind);
    },
    stop: async (id, dryRun = false) => run.client.act(here, 'stop', [id], { dryRun }),
  };
  before(async () => {
    sandbox = await startSandbox({ fleet: contractFleet(), timings: { startMs: 3_600_000, stopMs: 3_600_000 } });
  });
  afterEach(() => run.sandbox.faults.clear());
  after(async () => {
    await Promise.all(opened.map(async (each) => each.close()));
    await run.sandbox.close();
  });
  return run;
}

/**
 * A test of what does not depend on the version of `aws`, because it is our own doing or the same request with other values.
 * A process of `aws` takes the better part of a second, so one version is enough.
 */
export function testOnce({ adapter }: Run, name: string, work: () => Promise<void>): void {
  if (!adapter.isFurther) test(name, work);
}

/** The error that the call is expected to fail with. */
export async function fails(call: Promise<unknown>, code: string): Promise<Ec2Error> {
  const error: unknown = await call.then(
    () => assert.fail(`expected ${code}, got an answer`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Ec2Error, `expected an Ec2Error, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}

/** Older versions of `aws` read the endpoint from an option alone, which does not reach the request for credentials. */
export function readsNoEndpoint({ adapter }: Run): boolean {
  return /aws 2\.(?:\d|1[0-2])\./.test(adapter.name);
}

/** Sets variables of this process until it is disposed of: the SDK reads some of its set-up there, `aws` none. */
export function inProcess({ adapter }: Run, changes: Environment): AsyncDisposable {
  const applied = adapter.kind === 'native' ? changes : {};
  const previous = new Map(Object.keys(applied).map((name) => [name, process.env[name]]));
  Object.assign(process.env, applied);
  return {
    [Symbol.asyncDispose]: async () => {
      for (const [name, value] of previous) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      return Promise.resolve();
    },
  };
}
