/** Opposite wishes for one instance: who has to wait, who gives way, and who is cancelled. */
import { isOpen, mayStillArrive, transition, type Operation, type ResolvedInstance } from '../domain/operation.ts';
import { beats } from '../domain/rival.ts';
import type { Change, Settled, Superseded } from './port.ts';

/** A change that rivals have to make way for. */
export interface Taking extends Change {
  readonly after: Operation & { readonly instance: ResolvedInstance };
}

/** The open operations that have resolved to the instances in question. */
export interface Field {
  /** Decides about one change, and remembers the decision for those that follow. */
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
      const rivals = [...there.values()].filter(({ intent }) => intent.verb !== after.intent.verb && !intent.dryRun);
      const busy = rivals.find((rival) => isBusy(rival, at));
      if (busy !== undefined) return { outcome: 'rival', rival: busy.id, yields: false };
      const winner = rivals.find((rival) => beats(rival, after));
      if (winner !== undefined) return { outcome: 'rival', rival: winner.id, yields: true };
      for (const { id } of rivals) there.delete(id);
      // What has ended is nobody's rival.
      if (isOpen(after)) put(after);
      else there.delete(after.id);
      return { outcome: 'written', superseded: rivals.map((rival) => supersede(rival, after, at)) };
    },
  };
}

/** A call whose answer was lost may still arrive, or has, and EC2 does not show it yet. */
function isBusy(rival: Operation, at: number): boolean {
  return rival.state === 'acting' || rival.state === 'verifying' || mayStillArrive(rival, at);
}

function supersede(before: Operation, { id, intent }: Operation, at: number): Superseded {
  const message = `operation ${id} wants to ${intent.verb} the same instance and takes precedence`;
  const after = transition(before, { type: 'cancel', reason: 'superseded', message, at });
  if (after.state !== 'cancelled') throw new TypeError(`expected a cancelled operation, got ${after.state}`);
  return { before, after, at };
}
