/** The operator on the embedded EC2: the sandbox, the variables that lead AWS clients to it, and where to look. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from './config/schema.ts';
import { defaultFleet, parseFleet } from './sandbox/fleet.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from './sandbox/server.ts';

export interface Sandboxed extends AsyncDisposable {
  readonly url: string;
  readonly sandbox: Sandbox;
  /** Variables to set, and with undefined those to unset: a profile, say, would lead past the sandbox. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The configuration as given; without regions of its own, those of the fleet. */
  readonly config: Config;
}

/** @param fleetFile a fleet of your own, as YAML; undefined for the one that ships */
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
  const now = Date.now();
  const fleet = fleetFile === undefined ? defaultFleet(now) : parseFleet(readFileSync(fleetFile, 'utf8'), now);
  const sandbox = await startSandbox({ fleet, ...(timings === undefined ? {} : { timings }) });
  const regions = [...new Set(sandbox.instances().map(({ region }) => region))].sort();
  return {
    url: sandbox.url,
    sandbox,
    environment: {
      AWS_ENDPOINT_URL: sandbox.url,
      AWS_ACCESS_KEY_ID: 'AKIASANDBOX000000000',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_REGION: regions[0] ?? 'eu-central-1',
      AWS_ENDPOINT_URL_EC2: undefined,
      AWS_ENDPOINT_URL_STS: undefined,
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
      AWS_PROFILE: undefined,
      AWS_SESSION_TOKEN: undefined,
    },
    // Never in the database of the real thing: what is left open here would be carried out there.
    config: {
      ...config,
      data_dir: path.join(config.data_dir, 'sandbox'),
      regions: config.regions.length === 0 ? regions : config.regions,
    },
    [Symbol.asyncDispose]: async () => sandbox.close(),
  };
}
