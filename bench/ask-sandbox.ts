/** The questions to the sandbox process, with the shapes of its answers. */
import * as z from 'zod';
import type { Child } from './child.ts';

export interface SandboxOptions {
  /** How many machines, numbered from 1. */
  readonly machines: number;
  /** The first so many of them are stopped, the others run. */
  readonly stopped?: number;
  /** With ids, names, owners and types as those of people; otherwise all are equal, and their ids count up. */
  readonly asPeopleHaveThem?: boolean;
  readonly delayMs?: number;
  readonly throttling?: boolean;
}

/** Starts a new sandbox in place of the one before. @returns its URL */
export async function restartSandbox(sandbox: Child, options: SandboxOptions): Promise<string> {
  return sandbox.ask(
    { ask: 'start', stopped: 0, asPeopleHaveThem: false, delayMs: 0, throttling: false, ...options },
    z.string(),
  );
}

/** What came so far does not count. */
export async function mark(sandbox: Child): Promise<void> {
  await sandbox.ask({ ask: 'mark' }, z.undefined());
}

/** Resolves once EC2 has been told about so many machines, with when that was, by their ids (monotonic clock). */
export async function awaitTold(
  sandbox: Child,
  count: number,
  timeoutMs = 120_000,
): Promise<ReadonlyMap<string, number>> {
  return new Map(await sandbox.ask({ ask: 'told', count, timeoutMs }, z.array(z.tuple([z.string(), z.number()]))));
}

const callsSchema = z.array(z.object({ action: z.string(), at: z.number(), errorCode: z.string().optional() }));

/** Every EC2 call since the mark, with when it was answered (monotonic clock). */
export async function readCalls(sandbox: Child): Promise<z.output<typeof callsSchema>> {
  return sandbox.ask({ ask: 'calls' }, callsSchema);
}
