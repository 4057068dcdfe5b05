/** A guard's input and its possible answers. */
import type { Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import type { Need } from './need.ts';
import type { Told } from './notice.ts';
import type { CancelledReason, RefusedReason, WaitingReason } from './reason.ts';
import type { GuardSettings } from './guard-settings.ts';
import type { Voice } from './voice.ts';
import type { Warned } from './warned.ts';
import type { Word } from './word.ts';

export interface GuardContext {
  readonly intent: Intent;
  /** As EC2 described it a moment ago. */
  readonly instance: Instance;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly settings: GuardSettings;
  /** The warning that people have had of this stop. */
  readonly warned?: Warned;
  readonly evidence: Evidence;
}

/** Evidence beyond the intent and the instance. Absent evidence holds nothing back. */
export interface Evidence {
  /** The operator's own recent acts by ledger key. Milliseconds since the epoch, oldest first. */
  readonly acts: ReadonlyMap<string, readonly number[]>;
  /** Absent when Alertmanager was not asked. */
  readonly firing?: Firing;
  /** Absent when Alertmanager is asked instead, or the operation did not wait for long. */
  readonly copies?: Copies;
  /** A person's latest request to start the machine, whether it ran or not. */
  readonly needed?: Pick<Word, 'at' | 'who'>;
  /** Whether the machine is still needed after a resolved alert; absent when nothing was asked. */
  readonly need?: Need;
  /** The id of the machine that ec2-operator itself runs on; absent where that is not known, or not asked. */
  readonly own?: string;
  /** Absent before the store was asked. */
  readonly voice?: Voice;
  /** The notices of the operation's warnings. Absent before the store was asked. */
  readonly told?: readonly Told[];
}

export interface Copies {
  readonly askedAt: number;
  /** When the newest copy of its alerts came; absent when none is known. */
  readonly lastAt?: number;
}

export type Firing =
  | { readonly firing: 'yes' }
  | { readonly firing: 'no'; readonly message: string }
  | { readonly firing: 'unknown'; readonly message: string }
  /** The alert fires after its own end, and there is no Alertmanager to ask. */
  | { readonly firing: 'unasked' };

export const NO_EVIDENCE: Evidence = { acts: new Map() };

/** `overridden`: the guard would hold the operation back, but a person's request overrides it. */
export const VERDICTS = ['allow', 'wait', 'refuse', 'overridden'] as const;

export type Verdict =
  /** With a message where people should know a consequence. */
  | { readonly verdict: 'allow'; readonly message?: string }
  | {
      readonly verdict: 'wait';
      readonly until: number;
      /** Nothing says yet when it ends: `until` is the next look. */
      readonly isEndless?: true;
      readonly reason: WaitingReason;
      readonly message: string;
      /** The warning that begins, or goes on, with the wait; `over` if the wait ends a warning. */
      readonly warned?: Warned | 'over';
    }
  | { readonly verdict: 'refuse'; readonly reason: RefusedReason | MootReason; readonly message: string };

export type Wait = Extract<Verdict, { readonly verdict: 'wait' }>;

/** Nothing asks for the act any more: the operation ends as cancelled. */
export const MOOT_REASONS = ['not_firing', 'lease_over'] as const satisfies readonly CancelledReason[];
export type MootReason = (typeof MOOT_REASONS)[number];

export function isMoot(reason: RefusedReason | MootReason): reason is MootReason {
  return MOOT_REASONS.some((moot) => moot === reason);
}

/** A guard is pure, and its verdict names its evidence. */
export type Guard = (context: GuardContext) => Verdict;

export const ALLOW: Verdict = { verdict: 'allow' };

export function refuse(reason: RefusedReason | MootReason, message: string): Verdict {
  return { verdict: 'refuse', reason, message };
}

export function wait(until: number, reason: WaitingReason, message: string): Wait {
  return { verdict: 'wait', until, reason, message };
}
