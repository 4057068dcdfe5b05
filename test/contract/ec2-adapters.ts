import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Environment } from '../../src/config/environment.ts';
import type { Ec2Settings } from '../../src/ec2/accounts.ts';
import type { Client } from '../../src/domain/intent.ts';
import { CLOSED_ROLE, MAIN_KEY, RESEARCH_ROLE } from './ec2-fleet.ts';

/** One way to EC2 that the contract is run against. */
export interface Adapter {
  readonly name: string;
  readonly kind: Client;
  /** PATH that finds this adapter's `aws` first. */
  readonly path: string;
  /** Whether it reads the field Operator, which EC2 got at the end of 2024; an older `aws` drops it. */
  readonly knowsOperator: boolean;
  /** Another version of `aws` than the one that PATH finds first: only what versions may do differently is tested by it. */
  readonly isFurther: boolean;
}

/** `native`, and every version of `aws` on PATH; or, by name, what is not there. */
export function findAdapters(): { readonly adapters: readonly Adapter[]; readonly missing: readonly string[] } {
  const path = process.env['PATH'] ?? '';
  const directories = path.split(delimiter).filter((directory) => directory !== '');
  const programs = new Set<string>();
  const found = new Map<string, Adapter>();
  for (const directory of directories) {
    const program = join(directory, 'aws');
    if (!existsSync(program) || programs.has(realpathSync(program))) continue;
    programs.add(realpathSync(program));
    const adapter = cliAdapter(program, [directory, path].join(delimiter), found.size > 0);
    if (adapter !== undefined && !found.has(adapter.name)) found.set(adapter.name, adapter);
  }
  const cli = [...found.values()];
  const missing = ['1', '2']
    .filter((major) => !cli.some(({ name }) => name.startsWith(`cli, aws ${major}.`)))
    .map((major) => `cli, aws ${major}: not on PATH`);
  const native = { name: 'native', kind: 'native', path, knowsOperator: true, isFurther: false } as const;
  return { adapters: [native, ...cli], missing };
}

function cliAdapter(program: string, path: string, isFurther: boolean): Adapter | undefined {
  try {
    const text = execFileSync(program, ['--version'], { encoding: 'utf8', env: { PATH: path, HOME: EMPTY_HOME } });
    const [, version = '', major, minor] = /^aws-cli\/((\d+)\.(\d+)\.\d+)/.exec(text) ?? [];
    const knowsOperator = Number(minor) >= (major === '1' ? 37 : 23);
    return { name: `cli, aws ${version}`, kind: 'cli', path, knowsOperator, isFurther };
  } catch {
    // A wrapper whose aws is gone, for example of another Python: as good as none.
    return undefined;
  }
}

/** A home with no set-up of anybody's, and a directory with no programs. */
export const EMPTY_HOME = mkdtempSync(join(tmpdir(), 'ec2-contract-'));

/**
 * The SDK reads profiles by the process's own environment: nothing of the machine's own set-up may be used. There is one
 * profile, `team`, with keys and a region.
 */
export function isolateProcess(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, ISOLATED);
  const keys = `aws_access_key_id = ${MAIN_KEY}\naws_secret_access_key = example\n`;
  writeFileSync(ISOLATED.AWS_CONFIG_FILE, `[profile team]\nregion = us-west-2\n${keys}`);
}

const ISOLATED = {
  AWS_CONFIG_FILE: join(EMPTY_HOME, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(EMPTY_HOME, 'credentials'),
  AWS_EC2_METADATA_DISABLED: 'true',
} as const;

/** Settings that lead to the endpoint with made-up keys; `changes` to the environment come last, `undefined` unsets. */
export function settingsFor(
  adapter: Adapter,
  endpoint: string,
  changes: Environment = {},
  limits: Partial<Ec2Settings> = {},
): Ec2Settings {
  return {
    accounts: [
      { name: 'research', roleArn: RESEARCH_ROLE, externalId: 'file:///etc/passwd' },
      { name: 'closed', roleArn: CLOSED_ROLE },
    ],
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    cliConcurrency: 2,
    environment: {
      ...ISOLATED,
      PATH: adapter.path,
      HOME: EMPTY_HOME,
      AWS_ACCESS_KEY_ID: MAIN_KEY,
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: endpoint,
      ...changes,
    },
    ...limits,
  };
}
