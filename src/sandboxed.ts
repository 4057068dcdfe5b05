/** The operator on the embedded AWS: the sandbox, the variables for AWS clients, and the configuration. */
import path from 'node:path';
import type { Config } from './config/schema.ts';
import { accountOfKey } from './sandbox/account.ts';
import { clientEnvironment, SANDBOX_KEY, type ClientEnvironment } from './sandbox/client-environment.ts';
import { readFleet } from './sandbox/fleet.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from './sandbox/server.ts';

export interface Sandboxed extends AsyncDisposable {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly environment: ClientEnvironment;
  /** The configuration as given, with the regions of the fleet unless it names some. */
  readonly config: Config;
}

/** @param fleetFile the path of a fleet file; undefined for the fleet that ships with the project */
export async function startSandboxFor(
  config: Config,
  fleetFile?: string,
  timings?: SandboxOptions['timings'],
): Promise<Sandboxed> {
  if (config.database_url !== undefined) {
    throw new Error(
      'expected no DATABASE_URL with --sandbox: its operations would be carried out in AWS later; unset it',
    );
  }
  const fleet = readFleet(fleetFile, Date.now());
  const sandbox = await startSandbox({ fleet, ...(timings === undefined ? {} : { timings }) });
  const regions = [...new Set(sandbox.instances().map(({ region }) => region))].sort();
  return {
    url: sandbox.url,
    sandbox,
    environment: clientEnvironment(sandbox.url, regions[0]),
    // A separate database: otherwise, an operation that stays open here would be carried out in AWS later.
    config: {
      ...config,
      data_dir: path.join(config.data_dir, 'sandbox'),
      // The real one, or that of another fleet file before.
      aws: { ...config.aws, account: accountOfKey(fleet.accounts, SANDBOX_KEY) },
      regions: config.regions.length === 0 ? regions : config.regions,
    },
    [Symbol.asyncDispose]: async () => sandbox.close(),
  };
}
