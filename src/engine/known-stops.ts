/**
 * The stops that savings are computed from. A year of 1,000 machines has hundreds of thousands: those that change no more are kept in
 * columns, and only the others are read each time.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createStopColumns, type StopColumns } from '../domain/stop-columns.ts';
import type { Store } from '../store/port.ts';

export interface KnownStops {
  /** Each stop of the record is in one of the parts. */
  readonly read: () => Promise<readonly StopColumns[]>;
}

export interface KnownStopsParts {
  readonly store: Pick<Store, 'settledStops' | 'unsettledStops'>;
  readonly clock: () => number;
}

/** A stop changes until its machine has been back for a day: then it is known whether the machine was used. */
const SETTLES_AFTER_MS = 2 * 86_400_000;
/** After that, everything is read afresh, without what was deleted meanwhile. */
const KEPT_MS = 86_400_000;
/** Small enough that the embedded database keeps nothing else waiting. */
const PAGE = 1_000;

interface Kept {
  readonly columns: StopColumns;
  readonly since: number;
  /** The last one in the columns. */
  after: Parameters<Store['settledStops']>[0]['after'];
}

export function createKnownStops({ store, clock }: KnownStopsParts): KnownStops {
  let kept: Kept | undefined;
  let reading: Promise<readonly StopColumns[]> | undefined;

  /** When it fails half way, the next one goes on from there. */
  async function settle(now: number): Promise<Kept> {
    if (kept === undefined || now - kept.since > KEPT_MS || now < kept.since)
      kept = { columns: createStopColumns(), since: now, after: undefined };
    const until = now - SETTLES_AFTER_MS;
    for (;;) {
      const { stops, last, hasMore } = await store.settledStops({ after: kept.after, until, limit: PAGE });
      for (const stop of stops) kept.columns.add(stop);
      kept.after = last ?? kept.after;
      if (!hasMore) return kept;
      await nextTurn();
    }
  }

  async function read(): Promise<readonly StopColumns[]> {
    const now = clock();
    const { columns } = await settle(now);
    return [columns, createStopColumns(await store.unsettledStops(now - SETTLES_AFTER_MS))];
  }

  return {
    read: async () => {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}
