/** A person's no that comes after the call was sent: every answer says so with the same facts. */
import type { Verb } from './intent.ts';
import { isOpen, mayHaveBeenSent, type Operation } from './operation.ts';

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

export type CancelOutcome =
  | { readonly outcome: 'cancelled' }
  | { readonly outcome: 'too_late'; readonly tooLate: TooLate }
  | { readonly outcome: 'not_cancelled'; readonly why: string };

/** @param operation as it is after the cancel. A cancel that comes too late for one call still prevents another call (`Store.cancel`) */
export function readCancel(operation: Operation): CancelOutcome {
  const { state, intent } = operation;
  if (state === 'cancelled') return { outcome: 'cancelled' };
  if (mayHaveBeenSent(operation)) return { outcome: 'too_late', tooLate: tooLate(intent.verb, operation) };
  const why = isOpen(operation)
    ? `EC2 was asked to ${intent.verb} it by someone else, and nothing was sent that could be cancelled`
    : 'an operation that has ended cannot be cancelled';
  return { outcome: 'not_cancelled', why };
}
