/** Two operations that want opposite things of one instance: which of them has its way. */
import type { Operation } from './operation.ts';

/** A person beats automation; otherwise the newer wish beats the older one, because it knows more. */
export function beats(one: Operation, other: Operation): boolean {
  const byPerson = one.intent.cause.by === 'person';
  if (byPerson !== (other.intent.cause.by === 'person')) return byPerson;
  const [asked, before] = [askedAt(one), askedAt(other)];
  return asked === before ? one.id > other.id : asked > before;
}

/** A person may have joined an operation long after it was made. */
function askedAt({ intent: { cause }, createdAt }: Operation): number {
  return cause.by === 'person' ? cause.beganAt : createdAt;
}
