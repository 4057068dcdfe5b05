/** A person's no that comes after the call was sent: every answer says so with the same facts. */
import type { Verb } from './intent.ts';

export interface TooLate {
  /** The operation that was sent. */
  readonly operation: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  readonly message: string;
}

export function tooLate(verb: Verb, { id, sentAt }: { readonly id: string; readonly sentAt: number }): TooLate {
  const message = `the ${verb} was sent to EC2 at ${new Date(sentAt).toISOString()}; ${UNDO[verb]} it again?`;
  return { operation: id, sentAt, message };
}

/** The verb that undoes the other. */
export const UNDO: Readonly<Record<Verb, Verb>> = { start: 'stop', stop: 'start' };
