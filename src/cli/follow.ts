/** Waits for the end of an operation, and tells what happens on the way. */
import { setTimeout } from 'node:timers/promises';
import { ENDED_STATES } from '../domain/operation.ts';
import { operationAnswer, type OperationView, type StepView } from './answers.ts';
import { CommandError, EXIT } from './command-error.ts';
import type { Server } from './server.ts';

export interface FollowOptions {
  /** When to give up waiting: milliseconds since the epoch. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Told every step of the trail once, with the operation as it stood then. */
  readonly onStep: (step: StepView, operation: OperationView) => void;
  /** Told when the server cannot be asked for the moment. */
  readonly onTrouble: (error: CommandError) => void;
}

/**
 * For how long the server is asked to keep its answer back, in milliseconds: it answers at once when the operation ends,
 * and otherwise what happened meanwhile is shown this often. The first seconds are the interesting ones.
 */
const WAITS_MS = [500, 1_000, 1_000, 2_000, 2_000, 5_000, 10_000, 30_000] as const;
const LONGEST_WAIT_MS = 30_000;

/** For how long a server that was there may be away, in milliseconds: the operation is on its disk and goes on after a restart. */
const AWAY_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Follows an operation until it has ended or time is up.
 *
 * @returns the operation as it was last seen
 * @throws CommandError; whatever aborted the signal
 */
export async function follow(server: Server, operation: OperationView, options: FollowOptions): Promise<OperationView> {
  let seen = operation;
  let told = tell(operation, 0, options);
  for (let round = 0; !hasEnded(seen); round += 1) {
    const left = options.until - Date.now();
    if (left <= 0) return seen;
    const asked = Date.now();
    const waitMs = Math.min(Math.ceil(left), WAITS_MS[round] ?? LONGEST_WAIT_MS);
    seen = await readPatiently(server, seen.id, waitMs, options);
    told = tell(seen, told, options);
    // A server that is about to stop answers at once.
    if (!hasEnded(seen) && Date.now() - asked < waitMs / 2) await setTimeout(PAUSE_MS, undefined, options);
  }
  return seen;
}

/** Whether nothing more will become of it. A state that this program does not know is not an end. */
export function hasEnded(operation: OperationView): boolean {
  return ENDED_STATES.some((state) => state === operation.state);
}

/** What a command ends with that waited for this operation. */
export function exitCodeOf(operation: OperationView): number {
  if (!hasEnded(operation)) return EXIT.notYet;
  return operation.state === 'succeeded' ? EXIT.ok : EXIT.failed;
}

function tell(operation: OperationView, told: number, options: FollowOptions): number {
  const trail = operation.trail ?? [];
  for (const step of trail.slice(told)) options.onStep(step, operation);
  return Math.max(told, trail.length);
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
      const path = `api/v1/operations/${encodeURIComponent(id)}`;
      return (await server.ask(operationAnswer, { path, query: { wait: `${waitMs}ms` }, waitMs })).operation;
    } catch (error) {
      const now = Date.now();
      if (!isPassing(error) || now - since > AWAY_MS || now > options.until) throw error;
      if (attempt === 0) options.onTrouble(error);
      await setTimeout(PAUSE_MS, undefined, options);
    }
  }
}

/** A server that starts again is away, then not ready; what is wrong with the token stays wrong. */
function isPassing(error: unknown): error is CommandError {
  if (!(error instanceof CommandError) || error.exitCode !== EXIT.unreachable) return false;
  return error.status === undefined || error.status === 429 || error.status >= 500;
}
