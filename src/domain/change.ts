/** A change of an operation that a worker asks the store to write, and the answer. */
import { traitsOf, type Cause } from './cause.ts';
import type { JudgedBy } from './circumstances.ts';
import type { ResolvedInstance } from './instance.ts';
import type { FleetLimit, LedgerEntry } from './limit.ts';
import type { Move } from './move.ts';
import { isBeforeCall, mayHaveBeenSent, type OpenOperation, type Operation } from './operation.ts';
import { weighsMore } from './precedence.ts';
import type { TrailEntry } from './trail.ts';
import type { Voice } from './voice.ts';
import { wordOfRequest, type Word } from './word.ts';

export interface Change {
  readonly before: OpenOperation;
  readonly after: Operation;
  readonly at: number;
  /** When the machine was launched, as the look that found the end has shown it. */
  readonly launchedAt?: number;
  /** When it is due again. Undefined keeps the claim, and the owner continues. */
  readonly availableAt?: number;
  /** The trail's entry. Absent where the operation does not change and is only due later. */
  readonly entry?: TrailEntry;
  /** The voice of which the guards were told. Absent where it does not decide the change. */
  readonly heard?: Voice;
  /** What it was judged by. */
  readonly judged?: JudgedBy;
  /** The places in the ledger that an act, or the warning before it, takes. Without room the change is not written. */
  readonly ledger?: readonly LedgerEntry[];
}

export type Settled =
  /** With its own move, and those of the opposite operations that were cancelled for it. */
  | { readonly outcome: 'written'; readonly moves: readonly Move[] }
  | { readonly outcome: 'lost' }
  /** Not written, and due again at once: another cause decides by now, or people say something else. */
  | { readonly outcome: 'cause_changed' }
  /** Not written: an operation with the opposite verb is in the way, on the same instance, or perhaps so: it has not found its own yet. */
  | { readonly outcome: 'rival'; readonly rival: string; readonly yields: boolean; readonly isUnresolved?: true }
  /** Not written: every alert behind it is resolved. */
  | { readonly outcome: 'resolved' }
  /** Not written: a person's word forbids it. */
  | { readonly outcome: 'overruled'; readonly word: Word }
  /** Not written: a limit on automatic acts has no room until then. */
  | { readonly outcome: 'limited'; readonly limit: FleetLimit; readonly until: number };

/** A change for which opposite operations that wait are cancelled. */
export interface Taking extends Change {
  readonly after: Operation & { readonly instance: ResolvedInstance };
}

/**
 * Whether the change asks EC2, takes over a call of another program, or finds the machine in the state that was asked for. An
 * opposite operation that waits would undo that a moment later. A dry run changes nothing, so it has no rival.
 */
export function needsWay(change: Change): change is Taking {
  const { before, after } = change;
  if (after.intent.dryRun || after.instance === undefined) return false;
  switch (after.state) {
    case 'acting':
      return true;
    case 'verifying':
      return isBeforeCall(before);
    case 'succeeded':
      return after.reason === 'already_in_state';
    case 'queued':
    case 'waiting':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return false;
  }
}

/** Whether a look alone has found the machine as it should be. An opposite operation that ends after the look may have changed it. */
export function restsOnLook(change: Change): change is Taking {
  return needsWay(change) && change.after.state === 'succeeded';
}

/**
 * Whether the change needs an alert that still stands: EC2 is about to be asked, or was not asked yet. After an earlier call the
 * machine is looked at before the operation can end.
 */
export function beginsOrWaits({ before, after }: Change): boolean {
  return after.state === 'acting' || (after.state === 'waiting' && !mayHaveBeenSent(before));
}

/** The words that a person's request becomes. A refused or cancelled request becomes none. */
export function wordsOf({ after: { state, instance, intent } }: Change): readonly Word[] {
  if (instance === undefined || state === 'refused' || state === 'cancelled') return [];
  const word = wordOfRequest(instance.id, intent);
  return word === undefined ? [] : [word];
}

/** Whether the operation ends for its own cause alone. It goes on for others that have asked for it: a hold refuses only persons. */
export function isUnwanted({ after }: Change): boolean {
  if (after.state === 'refused') return after.reason === 'held';
  return after.state === 'cancelled' && after.reason === 'not_firing';
}

/** Whether the change keeps EC2 from being asked, for a reason that may not hold for another cause. */
function holdsBack({ before, after }: Change): boolean {
  // A person who joins is not content with a dry run that she did not ask for.
  if (after.intent.notLive === true) return true;
  if (!isBeforeCall(before)) return false;
  return after.state === 'waiting' || after.state === 'refused' || after.state === 'cancelled';
}

/** A person who joins after the look at the machine began has a later word. Another look records it. */
function findsDone({ after }: Change): boolean {
  return after.state === 'succeeded' && after.instance !== undefined && !after.intent.dryRun;
}

/** Whether the change must not be written, because the store has a cause by now that weighs more. */
export function isOutweighed(change: Change, now: Cause): boolean {
  if (!weighsMore(now, change.before.intent.cause)) return false;
  return holdsBack(change) || (findsDone(change) && traitsOf(now).isWord);
}

/** Whether `isOutweighed` has to be asked; it is false for all other changes. */
export function mayBeOutweighed(change: Change): boolean {
  return holdsBack(change) || findsDone(change);
}

/** When the act follows for which the change takes places in the ledger. Milliseconds since the epoch. */
export function actsAt({ after, at }: Change): number {
  return after.state === 'waiting' ? (after.warned?.stopsAt ?? at) : at;
}

/** Whether the place that a stop took for its warning is free again: people have answered, or the stop is put off. */
export function givesPlaceBack({ before, after }: Change): boolean {
  return before.warned !== undefined && before.acted === undefined && after.warned === undefined;
}

/** A key of an operation in the state in which it was read. */
export function fence({ id, state }: { readonly id: string; readonly state: string }): string {
  return `${id} ${state}`;
}
