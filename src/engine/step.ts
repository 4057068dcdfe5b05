/** One step of carrying an operation: what it needs, what comes of it, and what the store says to that. */
import type { Judged } from '../domain/guard.ts';
import type { LedgerEntry } from '../domain/limit.ts';
import type { Event, OpenOperation, Operation } from '../domain/operation.ts';
import type { TrailEntry } from '../domain/trail.ts';
import type { Settled } from '../domain/change.ts';
import type { Ec2Batches } from './ec2-batches.ts';
import type { EvidenceParts, ReadStanding } from './evidence.ts';
import type { ResolveParts } from './resolve.ts';
import type { EngineSettings } from './settings.ts';

export interface CarryParts extends ResolveParts, EvidenceParts {
  readonly settings: EngineSettings;
  readonly look: Ec2Batches['look'];
  readonly change: Ec2Batches['change'];
  readonly clock: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Whether this worker's claim still holds: afterwards somebody else may be at the same work. */
  readonly isStillOurs: (id: string) => boolean;
  readonly readStanding: ReadStanding;
  /** Told of what the guards have said. */
  readonly onJudged: (judged: readonly Judged[]) => void;
  /** Writes what a step has found out, as long as this worker owns the operation. */
  readonly write: (operation: OpenOperation, step: Step) => Promise<Written>;
}

/** What comes of one look at an operation: something happened to it, or it is looked at again later as it is. */
export type Step = Happened | { readonly postponeUntil: number };

export interface Happened {
  readonly event: Event;
  readonly trail?: StepTrail;
  /** What an act is to be counted as. */
  readonly ledger?: readonly LedgerEntry[];
  readonly basis?: Basis;
}

/** What an act rests on, for the last look before the call. */
export interface Basis {
  /** As in `Resolved`: what has led to the instance. */
  readonly addresses: readonly string[];
  readonly tag?: string;
  /** What a dry run is to be told when EC2 accepts it. */
  readonly outlook: string;
}

/** What the trail tells of a step, besides the change of state. */
export type StepTrail = Pick<TrailEntry, 'guard' | 'verdicts' | 'requestId' | 'code' | 'message'>;

export type Written =
  | { readonly outcome: 'written'; readonly operation: Operation }
  /** Somebody else owns it now; it is theirs to go on with. */
  | { readonly outcome: 'lost' }
  /** It is due again, for somebody who has joined it meanwhile. */
  | { readonly outcome: 'cause_changed' }
  | Obstacle;

/** Not written: something only the store knows of is in the way. */
export type Obstacle = Extract<Settled, { readonly outcome: 'rival' | 'limited' | 'resolved' | 'overruled' }>;
