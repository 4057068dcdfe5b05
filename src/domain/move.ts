/** A change of an operation's state that is on disk. Logs, metrics, traces and notices are made from it. */
import { transition, type Event, type Operation } from './operation.ts';
import type { WaitingReason } from './reason.ts';
import { isSameWarning } from './warned.ts';
import type { TrailEntry } from './trail.ts';

export interface Move {
  /** Undefined for an operation that was just opened. */
  readonly before: Operation | undefined;
  readonly after: Operation;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly entry: TrailEntry;
}

/** The fields of a trail entry besides the change of state. */
export type Evidence = Omit<TrailEntry, 'at' | 'event' | 'state' | 'reason'>;

/** @throws TypeError when the state does not allow the event (`transition`) */
export function moveOn(before: Operation, event: Event, at: number, evidence: Evidence = {}): Move {
  const after = transition(before, event);
  const said = 'reason' in after ? { reason: after.reason, message: after.message } : {};
  return { before, after, at, entry: { at, event: 'state', state: after.state, ...said, ...evidence } };
}

/** Waits that end within seconds, and often begin again with the same message. */
const SHORT_WAITS: ReadonlySet<WaitingReason> = new Set([
  'fleet_limit',
  'rival',
  'retry',
  'answer_lost',
  'not_shown',
  'warning_undelivered',
]);

/** Whether an operation goes on waiting for the same reason. Its trail has one entry for that, and people are told once. */
export function isRepeat({ before, after }: Pick<Move, 'before' | 'after'>): boolean {
  if (before?.state !== 'waiting' || after.state !== 'waiting') return false;
  if (after.reason === 'warned') return before.reason === 'warned' && isSameWarning(before.warned, after.warned);
  return SHORT_WAITS.has(after.reason) && before.reason === after.reason && before.message === after.message;
}
