/** What others would do with the same alerts, measured in the same run. All of them give alerts per second. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import { awaitTold, mark, restartSandbox } from './ask-sandbox.ts';
import { monotonicMs } from './clock.ts';
import { inParallel } from './in-parallel.ts';
import { post } from './load.ts';
import { addressOf, CREDENTIALS, deliveryFor, idOf, numbers, REGION } from './machines.ts';
import type { Parts } from './parts.ts';

export interface Baseline {
  readonly concurrency: number;
  readonly delayMs: number;
  readonly alerts: number;
}

/** One describe and one stop per alert through the AWS SDK, with one client that is reused. */
export async function measureBareSdk(parts: Parts, { concurrency, delayMs, alerts }: Baseline): Promise<number> {
  const { sandbox, bareSdk } = parts;
  const warmUp = Math.min(alerts, 100);
  const url = await restartSandbox(sandbox, { machines: alerts + warmUp, delayMs });
  const run = async (first: number, count: number) =>
    bareSdk.ask({ url, first, count, concurrency }, z.object({ startedAt: z.number() }));
  // Connections and compiled code as the operator has them too; with a slow endpoint a few must do.
  await run(alerts + 1, delayMs > 0 ? Math.min(concurrency, warmUp) : warmUp);
  await mark(sandbox);
  const { startedAt } = await run(1, alerts);
  const told = await awaitTold(sandbox, alerts);
  return alerts / ((Math.max(...told.values()) - startedAt) / 1_000);
}

/** Processes are slow enough for a few of them to tell; two at once keep the two cores busy that targets are set for. */
const PAIRS = 6;
const PAIRS_AT_ONCE = 2;

/** One `aws ec2 describe-instances` and one `aws ec2 stop-instances` per alert, extrapolated from a few. */
export async function measureBarePair(parts: Parts, { delayMs, alerts }: Baseline): Promise<number> {
  const pairs = Math.min(PAIRS, alerts);
  const url = await restartSandbox(parts.sandbox, { machines: pairs, delayMs });
  const environment = {
    PATH: parts.path,
    HOME: parts.directory,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  };
  const aws = async (...args: readonly string[]): Promise<void> => {
    // Older versions of `aws` do not know the variables for endpoint and region.
    await promisify(execFile)('aws', ['ec2', ...args, `--endpoint-url=${url}`, `--region=${REGION}`], {
      env: environment,
    });
  };
  const startedAt = monotonicMs();
  await inParallel(numbers(1, pairs), PAIRS_AT_ONCE, async (machine) => {
    await aws('describe-instances', '--filters', `Name=private-ip-address,Values=${addressOf(machine)}`);
    await aws('stop-instances', '--instance-ids', idOf(machine));
  });
  return pairs / ((monotonicMs() - startedAt) / 1_000);
}

/** A server that parses the same POST and commits one row. */
export async function measureTrivial(parts: Parts, { concurrency, alerts }: Baseline): Promise<number> {
  const bodies = numbers(1, alerts).map((machine) => deliveryFor([machine], { verb: 'stop', client: 'native' }));
  const load = { url: `${parts.trivialUrl}/operateHostname`, concurrency };
  await post({ ...load, bodies: bodies.slice(0, 200) });
  const { sentAt, repliedAt } = await post({ ...load, bodies });
  return alerts / ((repliedAt - Math.min(...sentAt)) / 1_000);
}
