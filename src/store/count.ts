/** Counts operations by their state, however many there are, without delaying other queries. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { VERBS } from '../domain/intent.ts';
import { OPEN_STATES, STATES, type State } from '../domain/operation.ts';
import type { Store } from './port.ts';
import type { Db } from './schema.ts';

/** A state with more operations is counted in the background, part by part. */
const PART = 4_096;
/** How long such a count is used, in milliseconds. Open states have fewer operations and are counted anew each time. */
const GOOD_FOR_MS = 60_000;

/** As `Store.countByState`. It remembers its last counts. */
export function createCount(db: Db, part = PART): Store['countByState'] {
  const large = new Map<State, { readonly count: number; readonly at: number }>();
  const running = new Set<State>();
  const recount = async (state: State): Promise<void> => {
    running.add(state);
    try {
      large.set(state, { count: await countAll(db, state, part), at: performance.now() });
    } catch {
      // The next call begins again.
    } finally {
      running.delete(state);
    }
  };
  // A scrape waits for no count: it gets the last one, and the next scrape gets the new one.
  const countLarge = (state: State): number | undefined => {
    const known = large.get(state);
    const isGood = known !== undefined && performance.now() - known.at <= GOOD_FOR_MS;
    if (!isGood && !running.has(state)) void recount(state);
    return known?.count;
  };
  return async () => {
    const counted = await countUpTo(db, part);
    const counts: Partial<Record<State, number>> = {};
    for (const state of STATES) {
      const few = counted.get(state) ?? 0;
      const count = few < part ? few : countLarge(state);
      if (count !== undefined) counts[state] = count;
    }
    return counts;
  };
}

/**
 * Up to `most` of each state, from the newest on: pruning deletes the oldest, and PostgreSQL goes through what is deleted until it has
 * been vacuumed.
 */
async function countUpTo(db: Db, most: number): Promise<ReadonlyMap<State, number>> {
  const each = STATES.map((state) => {
    const some = db
      .selectFrom('operation')
      .select('state')
      .where('state', '=', state)
      .orderBy('verb', 'desc')
      .orderBy('dry_run', 'desc')
      .orderBy('id', 'desc')
      .limit(most);
    return db
      .selectFrom(some.as('some'))
      .select(({ fn }) => [sql<State>`${state}`.as('state'), fn.countAll<number | string>().as('count')]);
  });
  const [first, ...others] = each;
  if (first === undefined) return new Map();
  const rows = await others.reduce((all, one) => all.unionAll(one), first).execute();
  return new Map(rows.map(({ state, count }) => [state, Number(count)]));
}

/** Reads along an index, so that no part takes longer than another. */
async function countAll(db: Db, state: State, part: number): Promise<number> {
  let total = 0;
  for (const verb of VERBS) {
    for (const dryRun of [0, 1]) {
      for (let last = '', count = part; count === part; total += count) {
        // The embedded database answers within the same turn of the event loop.
        await nextTurn();
        const some = db
          .selectFrom('operation')
          .select('id')
          .where('state', '=', state)
          .where('verb', '=', verb)
          .where('dry_run', '=', dryRun)
          .where('id', '>', last)
          .orderBy('id')
          .limit(part);
        const found = await db
          .selectFrom(some.as('some'))
          .select(({ fn }) => [fn.countAll<number | string>().as('count'), fn.max<string | null>('id').as('last')])
          .executeTakeFirstOrThrow();
        count = Number(found.count);
        last = found.last ?? last;
      }
    }
  }
  return total;
}

/** As `Store.oldestOpen`. An index of the open operations has each state's oldest first. */
export async function oldestOpen(db: Db): ReturnType<Store['oldestOpen']> {
  const found = await Promise.all(
    OPEN_STATES.map(async (state) => {
      const row = await db
        .selectFrom('operation')
        .select('created_at')
        .where('state', '=', state)
        .where('ended_at', 'is', null)
        .orderBy('created_at')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? [] : ([[state, row.created_at]] as const);
    }),
  );
  return Object.fromEntries(found.flat());
}

/** So many rows are read within milliseconds. */
const MOST_WAITING = 10_000;

/** As `Store.countWaiting`. */
export async function countWaiting(db: Db): Promise<ReadonlyMap<string, number>> {
  const some = db.selectFrom('operation').select('reason').where('state', '=', 'waiting').limit(MOST_WAITING);
  const rows = await db
    .selectFrom(some.as('some'))
    .select(({ fn }) => ['reason', fn.countAll<number | string>().as('count')])
    .groupBy('reason')
    .execute();
  return new Map(rows.map(({ reason, count }) => [reason ?? '', Number(count)]));
}
