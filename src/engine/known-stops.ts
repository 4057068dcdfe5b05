/**
 * The stops that savings are computed from. A year of 1,000 machines has hundreds of thousands: they are kept in columns, and only what
 * has changed is read each time.
 */
import { createStopColumns, type StopColumns } from '../domain/stop-columns.ts';
import type { Store } from '../store/port.ts';
import { changesAfter, type ChangeCursor, type ChangedStops } from './changed-stops.ts';

export interface KnownStops {
  /** All stops of the record. They are the same columns each time, which the next reading may change. */
  readonly read: () => Promise<StopColumns>;
}

export interface KnownStopsParts {
  readonly store: Pick<Store, 'changedStops'>;
  readonly clock: () => number;
}

/** A stop changes until its machine has been back for a day: then it is known whether the machine was used. */
const SETTLES_AFTER_MS = 2 * 86_400_000;
/** Others write with clocks of their own, and a change may become visible late. */
const OVERLAP_MS = 15 * 60_000;
/** After that, everything is read afresh beside it, without what was deleted meanwhile. */
const KEPT_MS = 86_400_000;

interface Kept {
  readonly columns: StopColumns;
  readonly since: number;
  /** The places in the columns of stops that may change, by operation. */
  readonly unsettled: Map<string, number>;
  /** Where the next reading begins. */
  after: ChangeCursor | undefined;
}

function keep(now: number): Kept {
  return { columns: createStopColumns(), since: now, unsettled: new Map(), after: undefined };
}

function put({ columns, unsettled }: Kept, stop: ChangedStops['stops'][number], now: number): void {
  const { operation, back, lostAt, changedAt } = stop;
  const place = unsettled.get(operation);
  if (place !== undefined) columns.change(place, stop);
  else {
    const added = columns.add(stop);
    const lasts = back === undefined && lostAt === undefined;
    if (lasts || changedAt > now - SETTLES_AFTER_MS) unsettled.set(operation, added);
  }
}

export function createKnownStops({ store, clock }: KnownStopsParts): KnownStops {
  let kept: Kept | undefined;
  let renewal: Promise<void> | undefined;
  let reading: Promise<StopColumns> | undefined;

  /** When it fails half way, the next one goes on from there. */
  async function follow(into: Kept, now: number): Promise<void> {
    for await (const { stops, last } of changesAfter(store, into.after)) {
      for (const stop of stops) put(into, stop, now);
      into.after = last ?? into.after;
    }
    const again = now - OVERLAP_MS;
    if (into.after !== undefined && into.after.changedAt > again) into.after = { changedAt: again, operation: '' };
  }

  /** It runs beside the readings: the columns of before are as good meanwhile. */
  async function renew(now: number): Promise<void> {
    const fresh = keep(now);
    await follow(fresh, now);
    kept = fresh;
  }

  async function read(): Promise<StopColumns> {
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
    await follow(kept, now);
    return columns;
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
