/** What a guard is asked, and what it may answer. */
import type { Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import type { Need } from './need.ts';
import type { RefusedReason, WaitingReason } from './reason.ts';
import type { GuardSettings } from './guard-settings.ts';
import type { Word } from './word.ts';

export interface GuardContext {
  readonly intent: Intent;
  /** As EC2 described it a moment ago. */
  readonly instance: Instance;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly settings: GuardSettings;
  readonly evidence: Evidence;
}

/** What cannot be read from the intent and the instance. Whatever has not been gathered holds nothing back. */
export interface Evidence {
  /** When the operator itself acted lately, by ledger key. Milliseconds since the epoch, oldest first. */
  readonly acts: ReadonlyMap<string, readonly number[]>;
  /** What Alertmanager says of the alert now; absent when it was not asked. */
  readonly firing?: Firing;
  /** When a copy of the alert came last; absent when Alertmanager is asked instead, or nothing has waited for long. */
  readonly copies?: Copies;
  /** The last time that a person asked to start the machine, running or not. */
  readonly needed?: Pick<Word, 'at' | 'who'>;
  /** Whether the machine is still needed after a resolved alert; absent when that was not asked. */
  readonly need?: Need;
}

export interface Copies {
  /** When the operation was asked for. */
  readonly askedAt: number;
  /** When the newest copy of one of the alerts behind it came; absent when none is known. */
  readonly lastAt?: number;
}

export type Firing =
  | { readonly firing: 'yes' }
  | { readonly firing: 'no'; readonly message: string }
  | { readonly firing: 'unknown'; readonly message: string }
  /** There is no Alertmanager to ask, and the alert fires after its own end. */
  | { readonly firing: 'unasked' };

export const NO_EVIDENCE: Evidence = { acts: new Map() };

/** What a guard may answer. `overridden`: it would have held the operation back, and a person's request passes it. */
export const VERDICTS = ['allow', 'wait', 'refuse', 'overridden'] as const;

export type Verdict =
  /** With a message when there is something that people should know all the same. */
  | { readonly verdict: 'allow'; readonly message?: string }
  | { readonly verdict: 'wait'; readonly until: number; readonly reason: WaitingReason; readonly message: string }
  /** `not_firing` ends the operation as cancelled: what it was for is over. */
  | { readonly verdict: 'refuse'; readonly reason: RefusedReason | 'not_firing'; readonly message: string };

/** A guard is pure, and its verdict names its evidence. */
export type Guard = (context: GuardContext) => Verdict;

export const ALLOW: Verdict = { verdict: 'allow' };

export function refuse(reason: RefusedReason | 'not_firing', message: string): Verdict {
  return { verdict: 'refuse', reason, message };
}

export function wait(until: number, reason: WaitingReason, message: string): Verdict {
  return { verdict: 'wait', until, reason, message };
}
