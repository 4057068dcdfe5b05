/** The part of the store port that is about what people say: it keeps, lists and ends it. */
import type { ResolvedInstance } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import type { Who } from '../domain/receipt.ts';
import type { Pause, Voice } from '../domain/voice.ts';

export interface VoiceStore {
  /** The holds, the lease and the pauses that concern each of these instances now. */
  voices(instances: readonly string[], now: number): Promise<ReadonlyMap<string, Voice>>;

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
