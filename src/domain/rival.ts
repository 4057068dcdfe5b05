/** Two operations that want opposite things of one instance: which of them has its way. */
import type { Operation } from './operation.ts';

/** A person beats automation; otherwise the newer beats the older, because it knows more. */
export function beats(one: Operation, other: Operation): boolean {
  const byPerson = one.intent.cause.by === 'person';
  if (byPerson !== (other.intent.cause.by === 'person')) return byPerson;
  return one.createdAt === other.createdAt ? one.id > other.id : one.createdAt > other.createdAt;
}
