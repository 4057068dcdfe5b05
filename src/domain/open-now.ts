/** Which of a machine's operations decides what comes. */
import type { MachineRow } from './machine.ts';
import { isOpen, mayHaveBeenSent, type Operation } from './operation.ts';

/**
 * The operation that decides what comes: one that was sent, before one that waits. A person's stop may go its own way beside the stop
 * that an alert waits for.
 */
export function openNow({ open, last }: Pick<MachineRow, 'open' | 'last'>): Operation | undefined {
  return last !== undefined && !last.intent.dryRun && isOnItsWay(last) ? last : open;
}

export function isOnItsWay(operation: Operation | undefined): boolean {
  return operation !== undefined && isOpen(operation) && mayHaveBeenSent(operation);
}
