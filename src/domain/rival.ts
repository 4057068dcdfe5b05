/** Two operations that want opposite things of one instance: which of them has its way. */
import { lastAskedAt, traitsOf } from './cause.ts';
import type { Operation } from './operation.ts';

/** A person beats automation; otherwise the newer wish beats the older one, because it knows more. */
export function beats(one: Operation, other: Operation): boolean {
  const [rank, otherRank] = [traitsOf(one.intent.cause).rank, traitsOf(other.intent.cause).rank];
  if (rank !== otherRank) return rank > otherRank;
  const [asked, before] = [
    lastAskedAt(one.intent.cause, one.createdAt),
    lastAskedAt(other.intent.cause, other.createdAt),
  ];
  return asked === before ? one.id > other.id : asked > before;
}
