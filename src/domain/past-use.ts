/** When machines were busy: what a replay asks its policies about. Times are milliseconds since the epoch. */

import type { Priced } from './price.ts';

/** Moments in pairs: where each stretch begins, and the first moment after it. One long list is small, and quick to read. */
export type Stretches = readonly number[];

/** What is known of one machine. */
export interface PastUse extends Priced {
  readonly machine: string;
  /** It had several types, and which hours were of which is not known: `type` is absent. */
  readonly isMixed?: true;
  readonly tags?: Readonly<Record<string, string>>;
  /** In order, and with time between one and the next. A use without length is a moment at which the machine was wanted. */
  readonly uses: Stretches;
  /** In order, too: times of which nothing is known. Where a use is known, it counts. */
  readonly unknown?: Stretches;
  /** When it was really launched, oldest first; absent where that is not known. */
  readonly launches?: readonly number[];
  /** The time that is looked at. No use reaches beyond it. */
  readonly span: { readonly from: number; readonly until: number };
}

/** A time without use, in which the machine ran for nothing. */
export interface Gap {
  readonly from: number;
  readonly until: number;
  /** What follows: a use, time of which nothing is known, or the end of the span. */
  readonly end: 'wanted' | 'unknown' | 'over';
}

/** Joins a use with the last one where they touch: long records of short uses stay small. A use that is out of order is kept apart. */
export function addUse(uses: number[], from: number, until: number): void {
  const last = uses.length - 2;
  const [lastFrom, lastUntil] = [uses[last] ?? Infinity, uses[last + 1] ?? -Infinity];
  if (from > lastUntil || from < lastFrom) uses.push(from, until);
  else if (until > lastUntil) uses[last + 1] = until;
}

/**
 * Uses in any order, as they may overlap, to uses in order and apart. Uses that touch are one: the machine was not quiet between
 * them.
 */
export function inOrder(uses: Stretches): Stretches {
  if (isInOrder(uses)) return uses;
  const pairs = Array.from({ length: uses.length / 2 }, (_, index) => [uses[2 * index] ?? 0, uses[2 * index + 1] ?? 0]);
  const ordered: number[] = [];
  for (const [from = 0, until = 0] of pairs.toSorted(([one = 0], [other = 0]) => one - other))
    addUse(ordered, from, until);
  return ordered;
}

function isInOrder(uses: Stretches): boolean {
  for (let at = 2; at < uses.length; at += 2) if ((uses[at] ?? 0) <= (uses[at - 1] ?? 0)) return false;
  return true;
}

/** Its span reaches from its first start to its last end. @param types all that it is said to have had */
export function pastUse(machine: string, raw: Stretches, types: ReadonlySet<string> = new Set()): PastUse {
  const uses = inOrder(raw);
  const span = { from: uses.at(0) ?? 0, until: uses.at(-1) ?? 0 };
  return { machine, uses, span, ...typeOf(types) };
}

/** A machine that had several types has no price. */
export function typeOf(types: ReadonlySet<string>): Pick<PastUse, 'type' | 'isMixed'> {
  const [type] = types;
  if (type === undefined) return {};
  return types.size === 1 ? { type } : { isMixed: true };
}

/** In order, and within the span. Before its first use, a machine counts as running and quiet since its span began. */
export function* gapsOf({ uses, unknown = [], span }: PastUse): Generator<Gap> {
  let quietSince = span.from;
  for (let use = 0, gone = 0; use < uses.length || gone < unknown.length;) {
    const isUse = (uses[use] ?? Infinity) <= (unknown[gone] ?? Infinity);
    const [from = 0, until = 0] = isUse ? [uses[use], uses[use + 1]] : [unknown[gone], unknown[gone + 1]];
    if (isUse) use += 2;
    else gone += 2;
    if (from >= span.until && !(isUse && from === span.until)) break;
    if (from > quietSince) yield { from: quietSince, until: from, end: isUse ? 'wanted' : 'unknown' };
    quietSince = Math.max(quietSince, until);
  }
  if (span.until > quietSince) yield { from: quietSince, until: span.until, end: 'over' };
}
