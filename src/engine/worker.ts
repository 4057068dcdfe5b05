/** Claims the operations that are due and carries them. Every EC2 call begins with a tick. */
import { setTimeout as delay } from 'node:timers/promises';
import { CLAIM_MS } from '../domain/claim-times.ts';
import { isAllowed, isOpen, type OpenOperation } from '../domain/operation.ts';
import type { Observer } from '../observe/observer.ts';
import type { Change } from '../domain/change.ts';
import { StoreUnavailableError, type Store } from '../store/port.ts';
import { carry } from './carry.ts';
import { toChange } from './change.ts';
import { createInFlight, roomForClaim } from './in-flight.ts';
import { keepClaims } from './keep-claims.ts';
import { sleep } from './sleep.ts';
import type { CarryParts } from './step.ts';
import { writeTogether } from './together.ts';

export interface Worker {
  /** Claims and begins to carry. `carried` resolves when each claimed operation has come as far as it can go now. */
  tick(): Promise<{ readonly claimed: number; readonly carried: Promise<void> }>;
  /** Ticks whenever something is due, until stopped. */
  start(): void;
  /** Says that something may be due now. */
  nudge(): void;
  /** Whether the last tick went well. */
  isHealthy(): boolean;
  /**
   * Resolves when everything in flight has been written, or after the patience in milliseconds. Operations that are not
   * written by then are due again at once, for other workers.
   */
  stop(patienceMs: number): Promise<void>;
}

export interface WorkerParts extends Omit<CarryParts, 'write' | 'isStillOurs'> {
  readonly store: Store;
  /** Unique to this process: its claims carry it. */
  readonly owner: string;
  readonly observer: Observer;
  /** Stands around the carrying of an operation, for its trace. */
  readonly carrying: (operation: OpenOperation, carry: () => Promise<void>) => Promise<void>;
}

/** How many changes go into one transaction. */
const MAX_CHANGES = 1_000;
/** The longest sleep: a clock that jumps or a hint that is lost costs no more than this. */
const MAX_IDLE_MS = 5_000;
/** How long the shutdown waits for a store that does not answer. */
const RELEASE_MS = 1_000;
/** After the store has failed. */
const STORE_RETRY_MS = 1_000;

export function createWorker(parts: WorkerParts): Worker {
  const { store, owner, clock, observer } = parts;
  const inFlight = createInFlight(nudge);
  const settle = writeTogether(MAX_CHANGES, async (changes: readonly Change[]) => store.settle(owner, changes));
  const stopping = new AbortController();
  const cutOff: string[] = [];
  /** Interrupted by a store outage: still claimed, not running. */
  const dropped = new Set<string>();
  let wake = Promise.withResolvers<void>();
  /** When the loop looks again by itself; while it looks, anything new makes it look once more. */
  let wakesAt = Infinity;
  let healthy = true;
  let loops: Promise<unknown> = Promise.resolve();

  const write: CarryParts['write'] = async (operation, step) => {
    const change = toChange(operation, step, clock());
    const { after, availableAt } = change;
    const answer = await settle(change);
    if (answer.outcome === 'cause_changed') nudge();
    if (answer.outcome !== 'written') return answer;
    if (isOpen(after) && availableAt !== undefined && availableAt < wakesAt) nudge();
    return { outcome: 'written', operation: after };
  };

  const isStillOurs = (id: string): boolean => inFlight.isClaimed(id, clock());

  const carryOne = async (operation: OpenOperation): Promise<void> => {
    try {
      await parts.carrying(operation, async () => carry({ ...parts, write, isStillOurs }, operation));
    } catch (error) {
      // The shutdown interrupts operations that wait; another worker takes them up.
      if (stopping.signal.aborted) return void cutOff.push(operation.id);
      observer.fault('an operation could not be carried on', error, operation.id);
      // After a store outage the operation is taken up again. Any other error would only repeat itself.
      if (error instanceof StoreUnavailableError) return void dropped.add(operation.id);
      await failWithFault(operation).catch((second: unknown) => {
        observer.fault('an operation could not be ended after a fault', second, operation.id);
      });
    }
  };

  const failWithFault = async (operation: OpenOperation): Promise<void> => {
    const current = await store.find(operation.id);
    if (current === undefined || !isOpen(current) || !isAllowed(current.state, 'fail')) return;
    const message = 'a fault of ec2-operator itself; its log has the details under this operation';
    await write(current, { event: { type: 'fail', reason: 'internal_error', message, at: clock() } });
  };

  /** Without it, these operations would be due only when their claims end. */
  const giveBack = async (now: number): Promise<void> => {
    if (dropped.size === 0) return;
    // An operation that was claimed again meanwhile is in flight.
    const ids = [...dropped.difference(new Set(inFlight.ids()))];
    await store.release(owner, ids, now + STORE_RETRY_MS);
    for (const id of ids) dropped.delete(id);
  };

  const tick: Worker['tick'] = async () => {
    const now = clock();
    await giveBack(now);
    const room = roomForClaim(inFlight);
    const until = now + CLAIM_MS.operation;
    const claimed = room.limit === 0 ? [] : (await store.claim({ owner, now, until, ...room })).operations;
    const carried = claimed.map(async (operation) => inFlight.add(operation, until, carryOne));
    return { claimed: claimed.length, carried: Promise.all(carried).then(() => undefined) };
  };

  function nudge(): void {
    wake.resolve();
  }

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake = Promise.withResolvers();
      wakesAt = Infinity;
      const idleMs = await tickSafely();
      wakesAt = clock() + idleMs;
      await Promise.race([wake.promise, sleep(idleMs, stopping.signal)]);
    }
  };

  /** @returns how long to sleep, in milliseconds */
  const tickSafely = async (): Promise<number> => {
    try {
      await tick();
      healthy = true;
      const next = await store.nextDueAt(roomForClaim(inFlight).verbs);
      return Math.min(MAX_IDLE_MS, Math.max(0, (next ?? Infinity) - clock()));
    } catch (error) {
      healthy = false;
      observer.fault('the store could not be asked for work', error);
      return STORE_RETRY_MS;
    }
  };

  return {
    tick,
    nudge,
    isHealthy: () => healthy,
    start: () => {
      loops = Promise.all([loop(), keepClaims({ ...parts, inFlight, claimMs: CLAIM_MS.operation }, stopping.signal)]);
    },
    stop: async (patienceMs) => {
      stopping.abort();
      nudge();
      const drained = Promise.all([loops, inFlight.drained()]);
      await Promise.race([drained, delay(patienceMs, undefined, { ref: false })]);
      const left = [...cutOff, ...dropped, ...inFlight.ids()];
      const released = store.release(owner, left, clock()).catch((error: unknown) => {
        observer.fault('claims could not be released', error);
      });
      await Promise.race([released, delay(RELEASE_MS, undefined, { ref: false })]);
    },
  };
}
