/** Opposite wishes for one instance: who has to wait, who gives way, and who is cancelled. */
import type { ResolvedInstance } from '../domain/instance.ts';
import { moveOn, type Move } from '../domain/move.ts';
import { isOpen, type Operation } from '../domain/operation.ts';
import { findWay } from '../domain/precedence.ts';
import type { Change, Settled } from './port.ts';

/** A change that rivals have to make way for. */
export interface Taking extends Change {
  readonly after: Operation & { readonly instance: ResolvedInstance };
}

/** The open operations that have resolved to the instances in question. */
export interface Field {
  /** Decides about one change, and remembers the decision for those that follow. The moves are those of who gives way. */
  readonly makeWay: (change: Taking) => Settled;
}

/**
 * Whether the change asks EC2, takes over what somebody else has asked of it, or finds all as it should be: whatever wants
 * the opposite and only waits would undo that a moment later. A dry run changes nothing, so nobody is in its way.
 */
export function needsWay(change: Change): change is Taking {
  const { before, after } = change;
  if (after.intent.dryRun || after.instance === undefined) return false;
  switch (after.state) {
    case 'acting':
      return true;
    case 'verifying':
      return before.state === 'queued' || before.state === 'waiting';
    case 'succeeded':
      return after.reason === 'already_in_state';
    case 'queued':
    case 'waiting':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return false;
  }
}

export function createField(open: readonly Operation[]): Field {
  const field = new Map<string, Map<string, Operation>>();
  const put = (operation: Operation): void => {
    const id = operation.instance?.id ?? '';
    field.set(id, (field.get(id) ?? new Map<string, Operation>()).set(operation.id, operation));
  };
  open.forEach(put);
  return {
    makeWay: ({ after, at }) => {
      const there = field.get(after.instance.id) ?? new Map<string, Operation>();
      const way = findWay(after, there.values(), at);
      if (way.way === 'barred') return { outcome: 'rival', rival: way.rival, yields: way.yields };
      for (const { id } of way.losers) there.delete(id);
      // What has ended is nobody's rival.
      if (isOpen(after)) put(after);
      else there.delete(after.id);
      return { outcome: 'written', moves: way.losers.map((rival) => supersede(rival, after, at)) };
    },
  };
}

function supersede(before: Operation, { id, intent }: Operation, at: number): Move {
  const message = `operation ${id} wants to ${intent.verb} the same instance and takes precedence`;
  return moveOn(before, { type: 'cancel', reason: 'superseded', message, at }, at);
}
