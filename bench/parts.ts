/** What all measurements share, started once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { startCluster, type Cluster } from '../test/support/postgres.ts';
import { findTool } from '../test/support/tools.ts';
import { createAwsCounter, type AwsCounter } from './aws-counter.ts';
import { startChild, type Child } from './child.ts';

export interface Parts extends AsyncDisposable {
  readonly directory: string;
  readonly sandbox: Child;
  readonly bareSdk: Child;
  readonly trivialUrl: string;
  readonly postgres?: Cluster;
  readonly aws?: AwsCounter;
  /** The program. */
  readonly chromium?: string;
  /** The PATH for operator and bare calls. */
  readonly path: string;
  /** What this machine cannot run, and why. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
}

/** @param searched the PATH */
export async function startParts(searched: string): Promise<Parts> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-bench-'));
  stack.defer(async () => rm(directory, { recursive: true, force: true }));
  const sandbox = stack.use(startChild('sandbox'));
  const bareSdk = stack.use(startChild('bare-sdk'));
  const trivial = stack.use(startChild('trivial-server'));
  const trivialUrl = await trivial.ask({ directory }, z.string());
  const aws = await createAwsCounter(directory, searched);
  const postgres = await startCluster({ durable: true }).catch((error: unknown) => ({ why: String(error) }));
  const started = 'why' in postgres ? undefined : stack.use(postgres);
  const chromium = findTool('chromium', 'chromium');
  const running = stack.move();
  return {
    directory,
    sandbox,
    bareSdk,
    trivialUrl,
    path: aws?.path ?? searched,
    ...(aws === undefined ? {} : { aws }),
    ...(started === undefined ? {} : { postgres: started }),
    ...('path' in chromium ? { chromium: chromium.path } : {}),
    skipped: [
      ...('why' in postgres ? [{ what: 'postgres', why: postgres.why }] : []),
      ...(aws === undefined ? [{ what: 'cli', why: 'there is no `aws` in PATH' }] : []),
      ...('skip' in chromium ? [{ what: 'chromium', why: chromium.skip }] : []),
    ],
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}
