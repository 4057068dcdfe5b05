/** The operator as users run it: `npm start` in a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFreePort } from '../test/support/free-port.ts';
import { monotonicMs } from './clock.ts';
import { CREDENTIALS, REGION } from './machines.ts';

export interface OperatorOptions {
  /** Of its own: the store and the configuration file go there. */
  readonly directory: string;
  readonly endpoint: string;
  /** The `aws` section of its configuration file. */
  readonly aws: Readonly<Record<string, unknown>>;
  /** Further settings of its configuration file. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly databaseUrl?: string;
  readonly path: string;
  /** Where it leaves a CPU profile as it ends. */
  readonly profileDirectory?: string;
}

export interface Operator extends AsyncDisposable {
  readonly url: string;
  /** From its start until it answers `/ping`. */
  readonly startUpMs: number;
  /** Before the first alert. */
  readonly idleRssMiB: number;
  readonly rssMiB: () => Promise<number>;
  /** The processor time that it has taken so far. */
  readonly cpuMs: () => Promise<number>;
  /** Its last words, for the message of a failure. */
  readonly tail: () => string;
  /** Resolves when no operation is open any more. */
  readonly ended: () => Promise<void>;
}

const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** @throws Error with its last words when it ends before it answers */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { directory, profileDirectory } = options;
  await mkdir(directory, { recursive: true });
  const port = await findFreePort();
  const environment = await environmentFor(options, port);
  const profiling = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  const main = path.join(import.meta.dirname, '..', 'bin', 'ec2-operator.mjs');
  const startedAt = monotonicMs();
  const child = spawn(process.execPath, ['--max-semi-space-size=4', ...profiling, main, 'serve'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(String(text)));
  const tail = (): string => output.join('').slice(-2_000);
  const exited = once(child, 'exit');
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);

  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}/ping`))) {
    if (child.exitCode !== null || monotonicMs() - startedAt > PATIENCE_MS) {
      child.kill('SIGKILL');
      throw new Error(`the operator did not start:\n${tail()}`);
    }
    await delay(2);
  }
  const startUpMs = monotonicMs() - startedAt;
  const rssMiB = async (): Promise<number> => readRssMiB(child.pid ?? 0);
  await delay(LOOK_EVERY_MS);
  return {
    url,
    startUpMs,
    idleRssMiB: await rssMiB(),
    rssMiB,
    cpuMs: async () => readCpuMs(child.pid ?? 0),
    tail,
    ended: async () => {
      while ((await countOpen(url)) > 0) await delay(LOOK_EVERY_MS);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
      process.off('exit', killWithUs);
    },
  };
}

async function environmentFor(options: OperatorOptions, port: number): Promise<Record<string, string>> {
  const { directory, endpoint, aws, settings = {}, databaseUrl } = options;
  const config = path.join(directory, 'config.yaml');
  // JSON is YAML. A thousand stops in a second are the very thing that the blast radius is there to prevent.
  await writeFile(config, JSON.stringify({ aws, guards: { fleet_limit: 'off', flapping: 'off' }, ...settings }));
  return {
    HOST: '127.0.0.1',
    PORT: String(port),
    AUTH: 'none',
    LOG_LEVEL: 'warn',
    DATA_DIR: path.join(directory, 'data'),
    CONFIG_FILE: config,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    PATH: options.path,
    HOME: directory,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

async function countOpen(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const open = text.matchAll(/^ec2_operator_operations\{state="(?:queued|waiting|acting|verifying)"\} (\d+)$/gm);
  return [...open].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** From /proc, in hundredths of a second; NaN where there is none. */
async function readCpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the name in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** From /proc, or where there is none from `ps`. */
async function readRssMiB(pid: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
  } catch {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout) / 1_024;
  }
}
