/** Counts operations by their state, however many there are, without keeping anybody waiting. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import { VERBS } from '../domain/intent.ts';
import { OPEN_STATES, STATES, type State } from '../domain/operation.ts';
import type { Store } from './port.ts';
import type { Database } from './schema.ts';

/** A state with more operations is counted a part at a time, beside what else is done. */
const PART = 4_096;
/** For how long such a count is good, in milliseconds. What waits for people is always counted anew: it never is so much. */
const GOOD_FOR_MS = 60_000;

/** As `Store.countByState`. One for each store: it remembers its last count. */
export function createCount(db: Kysely<Database>, part = PART): Store['countByState'] {
  const large = new Map<State, { readonly count: number; readonly at: number }>();
  const running = new Set<State>();
  const recount = async (state: State): Promise<void> => {
    running.add(state);
    try {
      large.set(state, { count: await countAll(db, state, part), at: performance.now() });
    } catch {
      // The next who asks begins again.
    } finally {
      running.delete(state);
    }
  };
  // Each is told what is known, and those after it what is found out meanwhile: a scrape waits for no count.
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

/** Of every state at most so many. */
async function countUpTo(db: Kysely<Database>, most: number): Promise<ReadonlyMap<State, number>> {
  const each = STATES.map((state) => {
    const some = db.selectFrom('operation').select('state').where('state', '=', state).limit(most);
    return db
      .selectFrom(some.as('some'))
      .select(({ fn }) => [sql<State>`${state}`.as('state'), fn.countAll<number | string>().as('count')]);
  });
  const [first, ...others] = each;
  if (first === undefined) return new Map();
  const rows = await others.reduce((all, one) => all.unionAll(one), first).execute();
  return new Map(rows.map(({ state, count }) => [state, Number(count)]));
}

/** Walks along an index, so that no part takes longer than another. */
async function countAll(db: Kysely<Database>, state: State, part: number): Promise<number> {
  let total = 0;
  for (const verb of VERBS) {
    for (const dryRun of [0, 1]) {
      for (let last = '', count = part; count === part; total += count) {
        // The embedded database answers without leaving its turn.
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

/** As `Store.oldestOpen`. An index over what is open holds each state's oldest first. */
export async function oldestOpen(db: Kysely<Database>): ReturnType<Store['oldestOpen']> {
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
