/** Which machines are a sender's own, where the sender asks for them. */
import { ownNames } from '../domain/mine.ts';
import type { Sender } from './auth/sender.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError } from './problem.ts';

/** @throws ProblemError with 400 for a name that several people share */
export function ownNamesOf({ name }: Pick<Sender, 'name'>, owners: HttpParts['telling']['owners']): readonly string[] {
  const names = ownNames(name, owners);
  if (names.length > 0) return names;
  throw new ProblemError(
    400,
    `mine: ${name === 'token' ? 'AUTH_TOKEN' : name} belongs to nobody: use owner=NAME (--owner NAME), or give each person a token (ec2-operator token create NAME)`,
  );
}
