/** Deletes operations that ended longer ago than the retention, a little at a time. */
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';
import { sleep } from './sleep.ts';

export interface RetentionParts {
  readonly store: Pick<Store, 'prune' | 'keepSettings'>;
  readonly observer: Observer;
  readonly clock: () => number;
  /** Milliseconds after its end. */
  readonly retentionMs: number;
  /** The same of what savings are computed from. */
  readonly historyMs: number;
  /** The version in force, which is kept for as long as it is. */
  readonly settings: { readonly version: string; readonly content: string };
}

const EVERY_MS = 10 * 60_000;
/** Small enough that no delivery waits long for the lock. */
const BATCH = 50;
/** A pause is so many times as long as the batch before it: a backlog takes a fifth of the database, however slow that is. */
const PAUSES = 4;

/** Resolves when the signal is aborted. */
export async function keepPruning(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pruneAll(parts, signal);
    await sleep(EVERY_MS, signal);
  }
}

async function pruneAll(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  const { store, observer, clock, retentionMs, historyMs, settings } = parts;
  try {
    await store.keepSettings(settings.version, settings.content, clock());
    while (!signal.aborted) {
      const begin = performance.now();
      const now = clock();
      if ((await store.prune(now - retentionMs, BATCH, now - historyMs)) < BATCH) return;
      await sleep((performance.now() - begin) * PAUSES, signal);
    }
  } catch (error) {
    observer.fault('old operations could not be pruned', error);
  }
}
