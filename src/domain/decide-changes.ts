/** Which of the changes that workers ask for are written, and who gives way to them. */
import { fence, needsWay, type Change, type Settled, type Taking } from './change.ts';
import { waitFor, type Act, type Limit } from './limit.ts';
import { moveOn, type Move } from './move.ts';
import { isOpen, type Operation } from './operation.ts';
import { findWay } from './precedence.ts';
import type { Word } from './word.ts';

/** All that was read for the decision. */
export interface Found {
  /** What the worker still owns, each as it is (`fence`). */
  readonly owned: ReadonlySet<string>;
  /** The open operations on the machines of the changes. */
  readonly open: readonly Operation[];
  /** Operations that are to be judged by another cause by now, and those for which every alert is over. */
  readonly outweighed: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
  /** By the ids of operations that are about to be begun: a word against it, and a person's operation that keeps it back. */
  readonly words: ReadonlyMap<string, Word>;
  readonly rivals: ReadonlyMap<string, string>;
  /** The acts that count for the limits of the changes. */
  readonly acts: readonly Entered[];
}

/** An act, and the key of the ledger that it is entered under. */
export interface Entered extends Act {
  readonly key: string;
}

export interface Decided {
  /** One per change, in order. */
  readonly answers: readonly Settled[];
  /** What is new in the ledger. */
  readonly entered: readonly Entered[];
}

/** One after the other: each counts for those that follow. */
export function decideChanges(changes: readonly Change[], found: Found): Decided {
  const owned = new Set(found.owned);
  const field = createField(found.open);
  const tally = createTally(found.acts);
  const decide = (change: Change): Settled => {
    const { id } = change.before;
    // First of all: an owner who has lost the operation must not cancel others for it either.
    if (!owned.has(fence(change.before))) return { outcome: 'lost' };
    if (found.outweighed.has(id)) return { outcome: 'cause_changed' };
    if (found.resolved.has(id)) return { outcome: 'resolved' };
    const word = found.words.get(id);
    if (word !== undefined) return { outcome: 'overruled', word };
    const rival = found.rivals.get(id);
    if (rival !== undefined) return { outcome: 'rival', rival, yields: false };
    if (!needsWay(change)) return { outcome: 'written', moves: ownMoves(change) };
    // Before others are cancelled for what then has to wait itself.
    const obstacle = tally.findObstacle(change);
    if (obstacle !== undefined) return obstacle;
    const answer = field.makeWay(change);
    if (answer.outcome !== 'written') return answer;
    tally.enter(change);
    // An operation that was just cancelled has ended, whatever else its worker has found out about it meanwhile.
    for (const { before } of answer.moves) if (before !== undefined) owned.delete(fence(before));
    return { outcome: 'written', moves: [...ownMoves(change), ...answer.moves] };
  };
  return { answers: changes.map(decide), entered: tally.fresh };
}

function ownMoves({ before, after, at, entry }: Change): readonly Move[] {
  return entry === undefined ? [] : [{ before, after, at, entry }];
}

/** The open operations that have resolved to the instances in question. */
interface Field {
  /** Decides about one change, and remembers the decision for those that follow. The moves are those of who gives way. */
  readonly makeWay: (change: Taking) => Settled;
}

function createField(open: readonly Operation[]): Field {
  const field = new Map<string, Map<string, Operation>>();
  const put = (operation: Operation): void => {
    const id = operation.instance?.id ?? '';
    field.set(id, (field.get(id) ?? new Map<string, Operation>()).set(operation.id, operation));
  };
  open.forEach(put);
  return {
    makeWay: ({ after, at }) => {
      const there = field.get(after.instance.id) ?? new Map<string, Operation>();
      const way = findWay(after, there.values(), at);
      if (way.way === 'barred') return { outcome: 'rival', rival: way.rival, yields: way.yields };
      for (const { id } of way.losers) there.delete(id);
      // What has ended is nobody's rival.
      if (isOpen(after)) put(after);
      else there.delete(after.id);
      return { outcome: 'written', moves: way.losers.map((rival) => supersede(rival, after, at)) };
    },
  };
}

function supersede(before: Operation, { id, intent }: Operation, at: number): Move {
  const message = `operation ${id} wants to ${intent.verb} the same instance and takes precedence`;
  return moveOn(before, { type: 'cancel', reason: 'superseded', message, at }, at);
}

interface Tally {
  /** What stands in the way of a change, if anything does. */
  readonly findObstacle: (change: Change) => Extract<Settled, { outcome: 'limited' }> | undefined;
  /** Counts a change that is written. */
  readonly enter: (change: Change) => void;
  readonly fresh: readonly Entered[];
}

function createTally(known: readonly Entered[]): Tally {
  const fresh: Entered[] = [];
  const isFull = (key: string, limit: Limit, { after, at }: Change): number | undefined => {
    const acts = [...known, ...fresh].filter((act) => act.key === key);
    // It has its place already: this is another try.
    if (acts.some(({ operation }) => operation === after.id)) return undefined;
    return waitFor(
      limit,
      acts.map((act) => act.at),
      at,
    );
  };
  return {
    fresh,
    findObstacle: (change) => {
      for (const { key, limit } of change.ledger ?? []) {
        const until = limit === undefined ? undefined : isFull(key, limit, change);
        if (limit !== undefined && until !== undefined) return { outcome: 'limited', limit, until };
      }
      return undefined;
    },
    enter: ({ ledger = [], after, at }) => {
      // Two limits can be on the same machines, one for the hour and one for the day: one act all the same.
      const keys = new Set(ledger.map(({ key }) => key));
      for (const key of keys) fresh.push({ key, operation: after.id, at });
    },
  };
}
