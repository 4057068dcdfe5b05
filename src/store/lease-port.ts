/** The part of the store port that is about leases. */
import type { Place } from '../domain/instance.ts';
import type { Who } from '../domain/receipt.ts';
import type { Lease } from '../domain/voice.ts';
import type { SentStop } from './voice-port.ts';

export interface LeaseStore {
  /**
   * Gives a machine that runs a fresh lease, and makes the operations that wait for the machine due. A lease that another person has
   * asked for is not made shorter. A stop is sent only where no lease came before it, so the answer knows the stops that were.
   */
  lease(asked: NewLease, now: number): Promise<LeaseAnswer>;
  /** Moves the end of a machine's lease. The lease of a machine that was launched since is over. */
  changeLease(asked: LeaseChange, now: number): Promise<ChangedLease>;
  /** Ends a machine's lease, and with it the stop of the lease. @returns undefined without a lease */
  endLease(instance: string, by: Who, now: number): Promise<LeaseAnswer | undefined>;
  /** The leases that have not ended, by machine. */
  leases(query: LeasesQuery): Promise<readonly Lease[]>;
  countLeases(): Promise<number>;
  /** The leases whose stop is to be asked for now: each is given to one caller, who has a minute to ask. */
  takeDueLeases(now: number, limit: number): Promise<readonly Lease[]>;
  /** Notes that the stops of these leases were asked for. */
  stopsAsked(leases: readonly Lease[], now: number): Promise<void>;
}

export interface NewLease {
  readonly instance: string;
  readonly place?: Place;
  readonly name?: string;
  readonly until: number;
  readonly by: Who;
  readonly why?: string;
  /** When the machine was looked at. */
  readonly lookedAt: number;
  /** Of the machine; absent where EC2 could not be asked. */
  readonly launchedAt?: number;
}

export interface LeaseAnswer {
  readonly lease: Lease;
  /** The stops of the machine that were sent before; for a fresh lease, those too that ended since the machine was looked at. */
  readonly sent: readonly SentStop[];
}

export interface LeaseChange {
  readonly instance: string;
  readonly by: Who;
  readonly to: { readonly until: number } | { readonly addMs: number };
  /** How far from now a later end may be, in milliseconds. */
  readonly longestMs: number;
  /** Whether the sender may stop the machine: only then may the lease end sooner. */
  readonly mayShorten?: true;
  /** As in `NewLease`. */
  readonly launchedAt?: number;
}

export type ChangedLease =
  | ({ readonly outcome: 'changed' } & LeaseAnswer)
  | { readonly outcome: 'refused'; readonly message: string }
  /** The end is sooner, and may only be later. */
  | { readonly outcome: 'sooner' }
  /** There is no lease, or its machine was launched after it had begun. */
  | { readonly outcome: 'none' };

export interface LeasesQuery {
  /** An instance id, or a tag `Name`. */
  readonly machine?: string | undefined;
  readonly limit: number;
  /** The machine of the last lease that was seen. */
  readonly after?: string | undefined;
}
