/** Keeps the store from growing for ever: what ended longer ago than the retention is pruned, a little at a time. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';

export interface RetentionParts {
  readonly store: Pick<Store, 'prune'>;
  readonly observer: Observer;
  readonly clock: () => number;
  /** Milliseconds after its end. */
  readonly retentionMs: number;
}

const EVERY_MS = 10 * 60_000;
/** Small enough that nobody waits for the lock. */
const BATCH = 50;
/** A pause is so many times as long as what came before it: a backlog takes a fifth of the database, however slow that is. */
const PAUSES = 4;

/** Prunes every so often until the signal says stop; resolves then. */
export async function keepPruning(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pruneAll(parts, signal);
    await pause(EVERY_MS, signal);
  }
}

/** Being woken early is the point of the signal, not an error. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

async function pruneAll({ store, observer, clock, retentionMs }: RetentionParts, signal: AbortSignal): Promise<void> {
  try {
    while (!signal.aborted) {
      const begin = performance.now();
      if ((await store.prune(clock() - retentionMs, BATCH)) < BATCH) return;
      await pause((performance.now() - begin) * PAUSES, signal);
    }
  } catch (error) {
    observer.fault('old operations could not be pruned', error);
  }
}
