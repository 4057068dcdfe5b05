/** A change of an operation that a worker asks the store to write, and the answer. */
import { traitsOf, type Cause } from './cause.ts';
import type { ResolvedInstance } from './instance.ts';
import type { FleetLimit, LedgerEntry } from './limit.ts';
import type { Move } from './move.ts';
import { awaitsTurn, type OpenOperation, type Operation } from './operation.ts';
import { weighsMore } from './precedence.ts';
import type { TrailEntry } from './trail.ts';
import { wordOfRequest, type Word } from './word.ts';

export interface Change {
  readonly before: OpenOperation;
  readonly after: Operation;
  readonly at: number;
  /** When it is due again. Undefined keeps the claim: the owner goes on with it. */
  readonly availableAt?: number;
  /** What the trail says of it. Absent where the operation stays as it is and is only looked at again later. */
  readonly entry?: TrailEntry;
  /** What an act is to be counted as; it is not written when a limit has no room for it. */
  readonly ledger?: readonly LedgerEntry[];
}

export type Settled =
  /** With its own move, and those of the operations that were cancelled for it: they waited to do the opposite. */
  | { readonly outcome: 'written'; readonly moves: readonly Move[] }
  | { readonly outcome: 'lost' }
  /** Not written, and due again at once: it is to be judged by another cause than the one that it was read with. */
  | { readonly outcome: 'cause_changed' }
  /** Not written: an operation with the opposite verb on the same instance is in the way. */
  | { readonly outcome: 'rival'; readonly rival: string; readonly yields: boolean }
  /** Not written: every alert that asked for it has been resolved. */
  | { readonly outcome: 'resolved' }
  /** Not written: a person has said no to it since it was asked for. */
  | { readonly outcome: 'overruled'; readonly word: Word }
  /** Not written: a limit on automatic acts has no room before then. */
  | { readonly outcome: 'limited'; readonly limit: FleetLimit; readonly until: number };

/** A change that rivals have to make way for. */
export interface Taking extends Change {
  readonly after: Operation & { readonly instance: ResolvedInstance };
}

/**
 * Whether the change asks EC2, takes over what somebody else has asked of it, or finds all as it should be: whatever wants
 * the opposite and only waits would undo that a moment later. A dry run changes nothing, so nobody is in its way.
 */
export function needsWay(change: Change): change is Taking {
  const { before, after } = change;
  if (after.intent.dryRun || after.instance === undefined) return false;
  switch (after.state) {
    case 'acting':
      return true;
    case 'verifying':
      return awaitsTurn(before.state);
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
 * Whether EC2 is about to be asked, perhaps not for the first time, or has not been asked at all: not if every alert behind it
 * has been resolved while somebody carried it. What an earlier call may have changed is looked at before it can be over.
 */
export function beginsOrWaits({ before, after }: Change): boolean {
  return after.state === 'acting' || (after.state === 'waiting' && before.acted === undefined);
}

/** What a person says about a machine by what she asks of it; nothing, where she was refused or has thought better of it. */
export function wordsOf({ after: { state, instance, intent } }: Change): readonly Word[] {
  if (instance === undefined || state === 'refused' || state === 'cancelled') return [];
  const word = wordOfRequest(instance.id, intent);
  return word === undefined ? [] : [word];
}

/** Whether the alert that it was judged by turned out to be over. */
export function isUnwanted({ after }: Change): boolean {
  return after.state === 'cancelled' && after.reason === 'not_firing';
}

/** Whether EC2 is not asked for it now: not for the reasons of one, where another has asked for the same meanwhile. */
function holdsBack({ before, after }: Change): boolean {
  if (!awaitsTurn(before.state)) return false;
  return after.state === 'waiting' || after.state === 'refused' || after.state === 'cancelled';
}

/**
 * Whether a look at the machine has found it done. A person who has joined since the look was begun has said her word later than
 * the one that would be kept: another look keeps hers.
 */
function findsDone({ after }: Change): boolean {
  return after.state === 'succeeded' && after.instance !== undefined && !after.intent.dryRun;
}

/**
 * Whether the change must not be written because the operation is to be judged by another cause by now.
 *
 * @param now the cause that the store has
 */
export function isOutweighed(change: Change, now: Cause): boolean {
  if (!weighsMore(now, change.before.intent.cause)) return false;
  return holdsBack(change) || (findsDone(change) && traitsOf(now).isWord);
}

/** Whether the store has a cause to compare the change's with: `isOutweighed` is false for all others. */
export function mayBeOutweighed(change: Change): boolean {
  return holdsBack(change) || findsDone(change);
}

/** An operation in the very state that it was read in. */
export function fence({ id, state }: { readonly id: string; readonly state: string }): string {
  return `${id} ${state}`;
}
