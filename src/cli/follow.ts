/** Waits for the end of an operation, and reports each step. */
import { setTimeout } from 'node:timers/promises';
import { ENDED_STATES } from '../domain/operation.ts';
import { operationAnswer, type OperationView, type StepView } from './answers.ts';
import { CommandError, EXIT } from './command-error.ts';
import type { Server } from './server.ts';

export interface FollowOptions {
  /** When to give up waiting: milliseconds since the epoch. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Called once for each step of the trail, with the operation at that time. */
  readonly onStep: (step: StepView, operation: OperationView) => void;
  /** Called when the server cannot be reached. */
  readonly onTrouble: (error: CommandError) => void;
}

/**
 * How long the server may hold its answer back, in milliseconds. It answers at once when the operation ends; otherwise,
 * progress is shown this often. Most happens in the first seconds.
 */
const WAITS_MS = [500, 1_000, 1_000, 2_000, 2_000, 5_000, 10_000, 30_000] as const;
const LONGEST_WAIT_MS = 30_000;

/** How long an unreachable server is asked again, in milliseconds: the operation is on its disk and survives a restart. */
const AWAY_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Follows an operation until it ends or time is up.
 *
 * @returns the operation as last seen
 * @throws CommandError; the reason of the signal
 */
export async function follow(server: Server, operation: OperationView, options: FollowOptions): Promise<OperationView> {
  let seen = operation;
  let shown = report(operation, 0, options);
  for (let round = 0; !hasEnded(seen); round += 1) {
    const left = options.until - Date.now();
    if (left <= 0) return seen;
    const asked = Date.now();
    const waitMs = Math.min(Math.ceil(left), WAITS_MS[round] ?? LONGEST_WAIT_MS);
    seen = await readPatiently(server, seen.id, waitMs, options);
    shown = report(seen, shown, options);
    // A server that shuts down answers at once.
    if (!hasEnded(seen) && Date.now() - asked < waitMs / 2) await setTimeout(PAUSE_MS, undefined, options);
  }
  return seen;
}

/** A state that this program does not know does not count as an end. */
export function hasEnded(operation: OperationView): boolean {
  return ENDED_STATES.some((state) => state === operation.state);
}

/** The exit code of a command that waited for this operation. */
export function exitCodeOf(operation: OperationView): number {
  if (!hasEnded(operation)) return EXIT.notYet;
  return operation.state === 'succeeded' ? EXIT.ok : EXIT.failed;
}

/** @returns how many steps have been reported */
function report(operation: OperationView, shown: number, options: FollowOptions): number {
  const { trail = [] } = operation;
  for (const step of trail.slice(shown)) options.onStep(step, operation);
  return Math.max(shown, trail.length);
}

/** @param waitMs how long the server may wait for the end of the operation */
export async function readOperation(server: Server, id: string, waitMs?: number): Promise<OperationView> {
  const path = `api/v1/operations/${encodeURIComponent(id)}`;
  const wait = waitMs === undefined ? {} : { query: { wait: `${waitMs}ms` }, waitMs };
  return (await server.ask(operationAnswer, { path, ...wait })).operation;
}

async function readPatiently(
  server: Server,
  id: string,
  waitMs: number,
  options: FollowOptions,
): Promise<OperationView> {
  const since = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await readOperation(server, id, waitMs);
    } catch (error) {
      const now = Date.now();
      if (!isPassing(error) || now - since > AWAY_MS || now > options.until) throw error;
      if (attempt === 0) options.onTrouble(error);
      await setTimeout(PAUSE_MS, undefined, options);
    }
  }
}

/** A restarting server is unreachable, then not ready. A wrong token stays wrong. */
function isPassing(error: unknown): error is CommandError {
  if (!(error instanceof CommandError) || error.exitCode !== EXIT.unreachable) return false;
  return error.status === undefined || error.status === 429 || error.status >= 500;
}
