/** Which of a machine's open operations decides what comes. The store asks it, so page, API, command line and order say the same. */
import type { MachineRow } from './machine.ts';
import { isOpen, mayHaveBeenSent, type Operation } from './operation.ts';

/**
 * An operation that was sent comes before a stop that waits, and that before the newest. A person's stop may go its own way beside the
 * stop that an alert waits for.
 */
export function openNow(open: readonly Operation[]): Operation | undefined {
  return open.toSorted((one, other) => rank(other) - rank(one) || (one.id < other.id ? 1 : -1))[0];
}

function rank(operation: Operation): number {
  if (isOnItsWay(operation)) return 2;
  return operation.intent.verb === 'stop' && operation.state === 'waiting' ? 1 : 0;
}

export function isOnItsWay(operation: Operation | undefined): boolean {
  return operation !== undefined && isOpen(operation) && mayHaveBeenSent(operation);
}

/** A lease that has ended stops nothing any more, nor a machine that is off already. */
export function isLeaseOver(open: Operation, { machine, lease }: Pick<MachineRow, 'machine' | 'lease'>): boolean {
  if (open.state !== 'waiting' || open.reason !== 'leased') return false;
  const isOff = machine.state === 'stopped' || machine.state === 'stopping';
  return isOff || (lease === undefined && open.intent.cause.by === 'lease');
}
