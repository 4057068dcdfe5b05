/**
 * Machines that a sender is not to learn of. A sender that may act on some machines only, and may not read, gets one answer for a machine of
 * others and for one that is not there.
 */
import type { Instance } from '../domain/instance.ts';
import type { Operation } from '../domain/operation.ts';
import { quote } from '../domain/parsed.ts';
import type { RefusedReason } from '../domain/reason.ts';
import { knows, knowsAll } from '../domain/scope.ts';
import type { TrailEntry } from '../domain/trail.ts';
import type { Sender } from './auth/sender.ts';
import { ProblemError } from './problem.ts';

/** Refusals that come before the sender's right to the machine is looked at, or for the lack of it: they tell which machines there are. */
const TELLING: ReadonlySet<RefusedReason> = new Set([
  'not_found',
  'ambiguous',
  'moved',
  'contradicted',
  'pod_address',
  'terminated',
  'token_selector',
]);

/** @param machine undefined where there is none, or not exactly one @throws ProblemError with 404 */
export function requireKnown(sender: Sender, machine: Pick<Instance, 'tags'> | undefined, text: string): void {
  if (machine === undefined ? knowsAll(sender.grants) : knows(sender.grants, machine)) return;
  throw new ProblemError(404, noMachine(sender, text));
}

export function tellsOfMachines(reason: RefusedReason): boolean {
  return TELLING.has(reason);
}

/** An operation and its trail, as the sender may see them. */
export function asSeenBy(
  sender: Sender,
  operation: Operation,
  trail: readonly TrailEntry[] = [],
): { readonly operation: Operation; readonly trail: readonly TrailEntry[] } {
  const isTold = operation.state !== 'refused' || !tellsOfMachines(operation.reason) || knowsAll(sender.grants);
  if (isTold) return { operation, trail };
  const told = { reason: 'not_found', message: noMachine(sender, operation.intent.target.text) } as const;
  const { instance: _, ...rest } = operation;
  return {
    operation: { ...rest, ...told },
    trail: trail.map((entry) =>
      entry.state === 'refused' ? { at: entry.at, event: entry.event, state: entry.state, ...told } : entry,
    ),
  };
}

function noMachine({ name }: Sender, text: string): string {
  return `there is no machine ${quote(text)} that ${name} may act on, or several have this name: check it, or name the machine by its instance id; a token or a person with the scope read is told more`;
}
