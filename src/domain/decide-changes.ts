/** Which of the workers' changes are written, and which operations give way to them. */
import { actsAt, fence, needsWay, type Change, type Settled, type Taking } from './change.ts';
import { timesOf, waitFor, type Act, type Limit } from './limit.ts';
import { moveOn, type Move } from './move.ts';
import { tellAsker } from './operation-story.ts';
import { isOpen, type Operation } from './operation.ts';
import { findKeeper, findWay, overtakes } from './precedence.ts';
import type { Word } from './word.ts';

export interface Found {
  /** The operations that the worker still owns, as `fence` names them. */
  readonly owned: ReadonlySet<string>;
  /** The open operations on the machines of the changes. */
  readonly open: readonly Operation[];
  /** Operations that are to be judged again, because another cause weighs more by now or people say something else; and those whose alerts are all resolved. */
  readonly outweighed: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
  /** Operations whose machine is not known, and that may keep those back that are about to begin. */
  readonly unresolved: readonly Operation[];
  /** By operation id: a word that forbids it, and an opposite one that has ended since the look. */
  readonly words: ReadonlyMap<string, Word>;
  readonly rivals: ReadonlyMap<string, string>;
  /** By operation id: a newer one with the opposite verb that has ended well on the same machine. */
  readonly overtaken: ReadonlyMap<string, string>;
  /** The acts that count for the limits of the changes. */
  readonly acts: readonly Entered[];
}

/** An act, and the key of the ledger that it is entered under. */
export interface Entered extends Act {
  readonly key: string;
}

export interface Decided {
  /** The answers to the changes, in order. */
  readonly answers: readonly Settled[];
  /** New entries of the ledger. */
  readonly entered: readonly Entered[];
}

/** In order: each change counts for those that follow. */
export function decideChanges(changes: readonly Change[], found: Found): Decided {
  const owned = new Set(found.owned);
  const field = createField(found.open);
  const tally = createTally(found.acts);
  const asFound = new Map(changes.map(({ after }) => [after.id, after]));
  const unresolved = found.unresolved.map((one) => asFound.get(one.id) ?? one);
  const decide = (change: Change): Settled => {
    const { id } = change.before;
    // Comes first: a worker that lost the operation must not cancel others for it.
    if (!owned.has(fence(change.before))) return { outcome: 'lost' };
    if (found.outweighed.has(id)) return { outcome: 'cause_changed' };
    if (found.resolved.has(id)) return { outcome: 'resolved' };
    const word = found.words.get(id);
    if (word !== undefined) return { outcome: 'overruled', word };
    const newer = found.overtaken.get(id);
    if (newer !== undefined) return { outcome: 'rival', rival: newer, yields: true };
    const keeper = change.after.state === 'acting' ? findKeeper(change.after, unresolved, change.at) : undefined;
    if (keeper !== undefined) return { outcome: 'rival', rival: keeper.id, yields: false, isUnresolved: true };
    const rival = found.rivals.get(id);
    if (rival !== undefined) return { outcome: 'rival', rival, yields: false };
    // Comes before others are cancelled, because the change itself may have to wait.
    const obstacle = tally.findObstacle(change);
    if (obstacle !== undefined) return obstacle;
    // A warning takes its place as well, but no rival has to make way for it.
    if (!needsWay(change)) {
      tally.enter(change);
      return { outcome: 'written', moves: ownMoves(change) };
    }
    const answer = field.makeWay(change);
    if (answer.outcome !== 'written') return answer;
    tally.enter(change);
    // A cancelled operation has ended, whatever its worker reports in the same batch.
    for (const { before } of answer.moves) if (before !== undefined) owned.delete(fence(before));
    return { outcome: 'written', moves: [...ownMoves(change), ...answer.moves] };
  };
  return { answers: changes.map(decide), entered: tally.fresh };
}

function ownMoves({ before, after, at, entry }: Change): readonly Move[] {
  return entry === undefined ? [] : [{ before, after, at, entry }];
}

interface Field {
  /** Decides one change and remembers the decision. The moves are those of the operations that give way. */
  readonly makeWay: (change: Taking) => Settled;
}

function createField(open: readonly Operation[]): Field {
  const field = new Map<string, Map<string, Operation>>();
  const done: Operation[] = [];
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
      const newer = done.find((other) => overtakes(other, after));
      if (newer !== undefined) return { outcome: 'rival', rival: newer.id, yields: true };
      for (const { id } of way.losers) there.delete(id);
      if (isOpen(after)) put(after);
      else {
        there.delete(after.id);
        done.push(after);
      }
      return { outcome: 'written', moves: way.losers.map((rival) => supersede(rival, after, at)) };
    },
  };
}

function supersede(before: Operation, winner: Operation, at: number): Move {
  const { id, intent } = winner;
  const message = `the ${intent.verb} by ${tellAsker(winner)} takes precedence (operation ${id})`;
  return moveOn(before, { type: 'cancel', reason: 'superseded', message, at }, at);
}

interface Tally {
  readonly findObstacle: (change: Change) => Extract<Settled, { outcome: 'limited' }> | undefined;
  readonly enter: (change: Change) => void;
  readonly fresh: readonly Entered[];
}

function createTally(known: readonly Entered[]): Tally {
  const fresh: Entered[] = [];
  const isFull = (key: string, limit: Limit, change: Change): number | undefined => {
    const { after, at } = change;
    const acts = [...known, ...fresh].filter((act) => act.key === key);
    const others = acts.filter(({ operation }) => operation !== after.id);
    // The operation has its place already: this is another try. A new warning moves its place to another time.
    if (others.length < acts.length && after.state !== 'waiting') return undefined;
    return waitFor(limit, timesOf(others, at), at, actsAt(change) - at);
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
    enter: (change) => {
      const { ledger = [], after } = change;
      const planned = after.state === 'waiting' ? { planned: true as const } : {};
      // Two limits on the same machines, such as one an hour and one a day, share a key: one act.
      const keys = new Set(ledger.map(({ key }) => key));
      for (const key of keys) fresh.push({ key, operation: after.id, at: actsAt(change), ...planned });
    },
  };
}
