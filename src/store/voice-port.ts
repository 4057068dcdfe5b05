/** The part of the store port that is about what people say: it keeps, lists and ends it. */
import type { HoldLimits } from '../domain/admit-hold.ts';
import type { ResolvedInstance } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import type { Who } from '../domain/receipt.ts';
import type { Hold, Pause, Voice } from '../domain/voice.ts';

export interface VoiceStore {
  /** The holds, the lease and the pauses that concern each of these instances now. */
  voices(instances: readonly string[], now: number): Promise<ReadonlyMap<string, Voice>>;

  /**
   * Makes a hold, or moves the end of the holder's own, and makes the operations that wait for the machine due. A stop is sent only
   * where no hold came before it, so the answer knows the stops that this one is too late for.
   */
  hold(asked: NewHold, now: number): Promise<HoldAnswer>;
  /** Ends holds now, and makes the operations that wait for the machine due. */
  releaseHolds(asked: HoldRelease, now: number): Promise<ReleaseAnswer>;
  /** The holds that have not ended, by machine and holder. */
  holds(query: HoldsQuery, now: number): Promise<readonly Hold[]>;
  /** The holds of a machine that end at this time or later: what a limit on them counts. */
  heldSince(instance: string, since: number): Promise<readonly Hold[]>;
  /** How many holds have not ended. */
  countHolds(now: number): Promise<number>;

  /**
   * Begins a pause, and records who did so. Each automatic start and stop either sees it right before its call, or is told as sent.
   *
   * @returns undefined when there are too many pauses already
   */
  beginPause(pause: Pause, by: Who): Promise<BegunPause | undefined>;
  /**
   * Ends a pause, and records who did so. The operations that wait for it are due now.
   *
   * @returns undefined when there is no such pause
   */
  endPause(id: string, now: number, by: Who): Promise<EndedPause | undefined>;
  /** Those that have not ended, oldest first. */
  pauses(now: number): Promise<readonly Pause[]>;
}

export interface BegunPause {
  /** The one that stands already, where it came twice, with the later end. */
  readonly pause: Pause;
  /** The automatic calls that were too late to keep back, oldest first: of all machines, because only EC2 knows their tags. */
  readonly sent: readonly SentCall[];
}

/** An open operation whose call was sent. */
export interface SentCall {
  readonly id: string;
  readonly verb: Verb;
  readonly instance: ResolvedInstance;
  readonly sentAt: number;
}

export interface EndedPause {
  readonly pause: Pause;
  readonly endedAt: number;
  /** How many operations waited for it, and are due. */
  readonly due: number;
  /** Whether it had ended before. */
  readonly isRepeat: boolean;
}

/** A hold is asked for by, and kept for, this holder. */
export interface NewHold extends Omit<Hold, 'since' | 'who'> {
  readonly by: Who;
  readonly limits: HoldLimits;
  /** When the machine was looked at. */
  readonly lookedAt: number;
  /** Several people are this holder: none of them ends sooner what another has asked for. */
  readonly onlyLater?: boolean;
}

export type HoldAnswer =
  | {
      /** `stands`: the holder's own hold was as asked, or ends later, and nothing was written. */
      readonly outcome: 'made' | 'moved' | 'stands';
      readonly hold: Hold;
      /** As `HoldAdmission`. */
      readonly leftMs?: number;
      /** The stops of the machine that were sent before, and had not ended when it was looked at. */
      readonly sent: readonly SentStop[];
    }
  | { readonly outcome: 'refused'; readonly message: string };

/** A stop that has been sent, and when. */
export interface SentStop {
  readonly id: string;
  readonly sentAt: number;
}

export interface HoldRelease {
  readonly instance: string;
  /** Absent: the holds of all holders. */
  readonly holder?: string;
  readonly by: Who;
}

export interface ReleaseAnswer {
  readonly released: readonly Hold[];
  /** The holds that still hold the machine. */
  readonly others: readonly Hold[];
}

export interface HoldsQuery {
  /** An instance id, or a tag `Name`. */
  readonly machine?: string | undefined;
  readonly limit: number;
  /** The last hold that was seen. */
  readonly after?: Pick<Hold, 'instance' | 'holder'> | undefined;
}
