/** The requests that wait for an operation of theirs to move. Within this process only. */
import type { Move } from '../domain/move.ts';
import type { Operation } from '../domain/operation.ts';
import type { Store } from '../store/port.ts';

export interface Waiters {
  /** Wakes those who wait for this operation. */
  readonly moved: (move: Move) => void;
  /**
   * Resolves with the operation once it is as it should be, or as it is when the time is up; undefined if there is none.
   *
   * @param waitMs milliseconds
   */
  readonly awaitOperation: (
    id: string,
    enough: (operation: Operation) => boolean,
    waitMs: number,
  ) => Promise<Operation | undefined>;
  /** Nobody waits any more, now or later: each gets the operation as it is. For the shutdown. */
  readonly release: () => void;
}

/** With several replicas another one may do the work: then looking every so often is what finds out. */
const POLL_MS = 500;

export function createWaiters(find: Store['find']): Waiters {
  const waiting = new Map<string, Set<() => void>>();
  let released = false;

  async function nextMove(id: string, waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wakers = waiting.get(id) ?? new Set();
    waiting.set(id, wakers.add(resolve));
    const timer = setTimeout(resolve, Math.min(waitMs, POLL_MS));
    await promise;
    clearTimeout(timer);
    wakers.delete(resolve);
    if (wakers.size === 0) waiting.delete(id);
  }

  return {
    moved: ({ after }) => {
      for (const wake of waiting.get(after.id) ?? []) wake();
    },
    release: () => {
      released = true;
      for (const wakers of waiting.values()) for (const wake of wakers) wake();
    },
    awaitOperation: async (id, enough, waitMs) => {
      const deadline = performance.now() + waitMs;
      for (;;) {
        const left = released ? 0 : deadline - performance.now();
        // Listening begins before the look, so that nothing can happen unseen in between.
        const move = left > 0 ? nextMove(id, left) : undefined;
        const operation = await find(id);
        if (operation === undefined || enough(operation) || move === undefined) return operation;
        await move;
      }
    },
  };
}
