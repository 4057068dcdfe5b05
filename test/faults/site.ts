/** Where a campaign takes place: a sandbox in this process, and replicas of the operator as processes on one store. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import { fleetOf, machine } from '../support/fleet.ts';
import { sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import type { Cluster } from '../support/postgres.ts';
import { createReplica, type Replica } from './replica.ts';

/** Makes a store that is empty, and gives the variables that lead to it. */
export type NewStore = (stack: AsyncDisposableStack) => Promise<Readonly<Record<string, string>>>;

export const sqlite: NewStore = async (stack) => ({ DATA_DIR: await temporaryDirectory(stack) });

export function postgresOf(cluster: Cluster): NewStore {
  return async () => ({ DATABASE_URL: await cluster.createDatabase() });
}

export interface Site extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly replicas: readonly Replica[];
  readonly urls: readonly string[];
  /** Aborts when the campaign is over. */
  readonly closing: AbortSignal;
  /** The last lines of every replica, for the message of a failure. */
  readonly explain: () => string;
}

export interface SiteOptions {
  readonly machines: number;
  readonly store: NewStore;
  readonly replicas: number;
  readonly timings?: SandboxOptions['timings'];
  readonly random?: () => number;
  /** The configuration file's text. Default: CAMPAIGN_CONFIG. */
  readonly config?: string;
}

/** Thousands of stops within minutes, of machines that have just been started, are what these guards are there to prevent. */
export const CAMPAIGN_CONFIG = 'guards: { fleet_limit: off, flapping: off, min_uptime: off }\n';

async function writeConfig(stack: AsyncDisposableStack, text: string): Promise<string> {
  const file = path.join(await temporaryDirectory(stack), 'config.yaml');
  await writeFile(file, text);
  return file;
}

/** Machines that nothing is ever asked of; they come after those of the campaign. */
export const BYSTANDERS = 20;

export async function buildSite(options: SiteOptions): Promise<Site> {
  const { machines, store, replicas, random } = options;
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(
    await startSandbox({
      fleet: fleetOf(
        Array.from({ length: machines + BYSTANDERS }, (_, index) =>
          machine(index + 1, { state: index >= machines && index % 2 === 0 ? 'stopped' : 'running' }),
        ),
      ),
      timings: { startMs: 200, stopMs: 300, ...options.timings },
      keepCalls: 1_000_000,
      ...(random === undefined ? {} : { random }),
    }),
  );
  const environment = {
    ...sandboxEnvironment(sandbox),
    ...(await store(stack)),
    CONFIG_FILE: await writeConfig(stack, options.config ?? CAMPAIGN_CONFIG),
  };
  const all: Replica[] = [];
  for (let count = 0; count < replicas; count += 1) all.push(stack.use(await createReplica(environment)));
  for (const replica of all) replica.start();
  await Promise.all(all.map(async ({ ready }) => ready()));
  const closing = new AbortController();
  stack.defer(() => {
    closing.abort();
  });
  const running = stack.move();
  return {
    sandbox,
    replicas: all,
    urls: all.map(({ url }) => url),
    closing: closing.signal,
    explain: () => all.map(({ tail }) => tail()).join('\n'),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}
