/** The requests that wait for a move of their operation, within this process. */
import type { Move } from '../domain/move.ts';
import type { Operation } from '../domain/operation.ts';
import type { Store } from '../store/port.ts';

export interface Waiters {
  /** Wakes the requests that wait for this operation. */
  readonly moved: (move: Move) => void;
  /**
   * Resolves with the operation once `enough` accepts it, or as it is when the time is up; undefined if there is none.
   *
   * @param waitMs milliseconds
   */
  readonly awaitOperation: (
    id: string,
    enough: (operation: Operation) => boolean,
    waitMs: number,
  ) => Promise<Operation | undefined>;
  /** For the shutdown: no request waits any more, now or later. Each gets its operation as it is. */
  readonly release: () => void;
}

/** Another replica may carry the operation. Its moves are found by looking this often. */
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
        // Listening begins before the look, so that no move between the two is missed.
        const move = left > 0 ? nextMove(id, left) : undefined;
        const operation = await find(id);
        if (operation === undefined || enough(operation) || move === undefined) return operation;
        await move;
      }
    },
  };
}
