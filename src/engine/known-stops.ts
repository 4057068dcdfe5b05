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
/** After that, everything is read afresh beside it, without what was deleted meanwhile. */
const KEPT_MS = 86_400_000;
/** Small enough that the embedded database keeps nothing else waiting. */
const PAGE = 250;

interface Kept {
  readonly columns: StopColumns;
  readonly since: number;
  /** The last one in the columns. */
  after: Parameters<Store['settledStops']>[0]['after'];
}

function keep(now: number): Kept {
  return { columns: createStopColumns(), since: now, after: undefined };
}

export function createKnownStops({ store, clock }: KnownStopsParts): KnownStops {
  let kept: Kept | undefined;
  let renewal: Promise<void> | undefined;
  let reading: Promise<readonly StopColumns[]> | undefined;

  /** When it fails half way, the next one goes on from there. */
  async function settle(into: Kept, now: number): Promise<void> {
    const until = now - SETTLES_AFTER_MS;
    for (;;) {
      const { stops, last, hasMore } = await store.settledStops({ after: into.after, until, limit: PAGE });
      for (const stop of stops) into.columns.add(stop);
      into.after = last ?? into.after;
      if (!hasMore) return;
      await nextTurn();
    }
  }

  /** It runs beside the readings: the columns of before are as good meanwhile. */
  async function renew(now: number): Promise<void> {
    const fresh = keep(now);
    await settle(fresh, now);
    kept = fresh;
  }

  async function read(): Promise<readonly StopColumns[]> {
    const now = clock();
    kept ??= keep(now);
    const isOld = now - kept.since > KEPT_MS || now < kept.since;
    if (isOld)
      renewal ??= renew(now)
        // It is tried again by the next reading, which also tells the failure.
        .catch(() => undefined)
        .finally(() => {
          renewal = undefined;
        });
    const { columns } = kept;
    await settle(kept, now);
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
