/** A step of carrying an operation: its inputs, its result, and the store's answer. */
import type { JudgedBy } from '../domain/circumstances.ts';
import type { Judged } from '../domain/guard.ts';
import type { ResolvedInstance } from '../domain/instance.ts';
import type { LedgerEntry } from '../domain/limit.ts';
import type { Event, OpenOperation, Operation, Verifying } from '../domain/operation.ts';
import type { WaitingReason } from '../domain/reason.ts';
import type { TrailEntry } from '../domain/trail.ts';
import type { Settled } from '../domain/change.ts';
import type { Voice } from '../domain/voice.ts';
import type { Ec2Batches } from './ec2-batches.ts';
import type { EvidenceParts, ReadStanding } from './evidence.ts';
import type { ResolveParts } from './resolve.ts';

export interface CarryParts extends ResolveParts, EvidenceParts, Pick<Ec2Batches, 'look' | 'act'> {
  readonly clock: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Whether this worker's claim still holds: afterwards another worker may carry the operation. */
  readonly isStillOurs: (id: string) => boolean;
  readonly readStanding: ReadStanding;
  /** Told of the guards' verdicts. */
  readonly onJudged: (judged: readonly Judged[]) => void;
  /** Writes a step's result, as long as this worker owns the operation. */
  readonly write: (operation: OpenOperation, step: Step) => Promise<Written>;
}

/** An operation that EC2 has not accepted a call for, as far as we know. */
export type Approaching = Exclude<OpenOperation, Verifying>;

/** The result of one look at an operation: something happened to it, or it is looked at again later as it is. */
export type Step = Happened | { readonly postponeUntil: number };

export interface Happened {
  readonly event: Event;
  readonly trail?: StepTrail;
  /** Of the machine, by the look that this is about. */
  readonly launchedAt?: number;
  /** The ledger's entries for an act. */
  readonly ledger?: readonly LedgerEntry[];
  readonly basis?: Basis;
  /** As `Change.judged`. */
  readonly judged?: JudgedBy;
  /** As `Change.heard`. */
  readonly heard?: Voice;
}

/** The facts that an act rests on, for the last look before the call. */
export interface Basis {
  /** As in `Resolved`: what has led to the instance. */
  readonly addresses: readonly string[];
  readonly tag?: string;
  /** The message of a dry run that EC2 would accept. */
  readonly outlook: string;
}

/** The trail's facts about a step, besides the change of state. */
export type StepTrail = Pick<TrailEntry, 'guard' | 'verdicts' | 'addresses' | 'requestId' | 'code' | 'message'>;

export type Written =
  | { readonly outcome: 'written'; readonly operation: Operation }
  /** Not written: another worker owns the operation, or it is due again for a heavier cause. */
  | { readonly outcome: 'lost' | 'cause_changed' }
  | Obstacle;

/** Not written: something that only the store knows of is in the way. */
export type Obstacle = Extract<Settled, { readonly outcome: 'rival' | 'limited' | 'resolved' | 'overruled' }>;

/** @param instance kept with the operation, so that the next rival finds it in its way */
export function waits(
  reason: WaitingReason,
  until: number,
  message: string,
  instance?: ResolvedInstance,
): Happened & { readonly event: Extract<Event, { readonly type: 'wait' }> } {
  return { event: { type: 'wait', reason, until, message, ...(instance === undefined ? {} : { instance }) } };
}
