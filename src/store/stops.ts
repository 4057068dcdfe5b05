/** Stops of ours: written with the intervals of their machines, and read for savings and regret. */
import { sql } from 'kysely';
import * as z from 'zod';
import { CAUSE_KINDS } from '../domain/cause.ts';
import type { Machine } from '../domain/machine.ts';
import { PRICE_BASES } from '../domain/price.ts';
import type { Beginning } from '../domain/state-cause.ts';
import { followStops, type CostOf, type StopRecord } from '../domain/stop-record.ts';
import { chunks, readChunks } from './chunks.ts';
import type { ChangedQuery, ChangedStops, StopsQuery } from './history-port.ts';
import { LASTS, type StopRow } from './machine-schema.ts';
import { createReader } from './read-json.ts';
import { readPlace } from './rows.ts';
import type { Db, Transaction } from './schema.ts';
import { placeText, readCommitted } from './seen-machine.ts';

export interface Begun {
  readonly after: Machine;
  readonly begun: readonly Beginning[];
}

/** Follows the stops of machines that have come into other states. Their rows are locked (`lockMachines`). */
export async function writeStops(
  transaction: Transaction,
  moved: readonly Begun[],
  { now, costOf = () => ({}) }: { readonly now: number; readonly costOf?: CostOf | undefined },
): Promise<void> {
  const open = new Map(
    (await readOpen(transaction, moved)).map((row) => [row.instance_id, toStop(row)] satisfies [string, unknown]),
  );
  for (const { after, begun } of moved.toSorted(byId)) {
    const known = open.get(after.id);
    for (const stop of followStops(known, after, begun, costOf)) {
      if (stop.operation === known?.operation) await endStop(transaction, stop, now);
      // A call that EC2 has heard twice is one stop.
      else await insertStop(transaction, stop, now);
    }
    const ranAt = begun.find(({ state }) => state === 'running')?.since;
    if (ranAt !== undefined) await writeReady(transaction, after.id, ranAt, now);
  }
}

function byId({ after: { id: one } }: Begun, { after: { id: other } }: Begun): number {
  return one < other ? -1 : 1;
}

async function readOpen(transaction: Transaction, moved: readonly Begun[]): Promise<readonly StopRow[]> {
  return readChunks(
    moved.map(({ after }) => after.id),
    async (some) =>
      transaction
        .selectFrom('stop')
        .selectAll()
        .where('instance_id', 'in', some)
        .where('ended_at', '=', LASTS)
        .execute(),
  );
}

/** A machine takes no longer to boot. */
const BOOTS_FOR_MS = 3_600_000;

/** The machine is back and runs, after its boot was seen: how long that took is known. */
async function writeReady(transaction: Transaction, instance: string, ranAt: number, now: number): Promise<void> {
  await transaction
    .updateTable('stop')
    .set({ ready_at: ranAt, changed_at: now })
    .where('instance_id', '=', instance)
    .where('ended_at', '<', ranAt)
    .where('ended_at', '>=', ranAt - BOOTS_FOR_MS)
    .where('back_by', 'is not', null)
    .where('ready_at', 'is', null)
    .execute();
}

async function insertStop(transaction: Transaction, stop: StopRecord, now: number): Promise<void> {
  await transaction
    .insertInto('stop')
    .values(fromStop(stop, now))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The columns that others write stay. */
async function endStop(transaction: Transaction, stop: StopRecord, now: number): Promise<void> {
  const { ended_at, changed_at, back_by, back_who } = fromStop(stop, now);
  await transaction
    .updateTable('stop')
    .set({ ended_at, changed_at, back_by, back_who })
    // A door whose clock runs ahead has written a wish that is yet to come.
    .set({
      wanted_at: sql<number>`case when wanted_at > ${ended_at} then cast(${ended_at} as bigint) else wanted_at end`,
    })
    .where('operation_id', '=', stop.operation)
    .where('ended_at', '=', LASTS)
    .execute();
}

/** The stops of machines that are not watched any more. */
export async function loseStops(
  transaction: Transaction,
  ends: readonly { readonly id: string; readonly until: number }[],
  now: number,
): Promise<void> {
  for (const [until, some] of Map.groupBy(ends, (end) => end.until)) {
    for (const part of chunks(some.map(({ id }) => id).toSorted()))
      await transaction
        .updateTable('stop')
        .set({ ended_at: until, changed_at: now })
        .where('instance_id', 'in', part)
        .where('ended_at', '=', LASTS)
        .execute();
  }
}

/** As `Store.stops`. */
export async function readStops(db: Db, { since, until, instances }: StopsQuery): Promise<readonly StopRecord[]> {
  const lasted = db.selectFrom('stop').selectAll().where('ended_at', '>', since).where('stopped_at', '<', until);
  const rows =
    instances === undefined
      ? await lasted.execute()
      : await readChunks(instances, async (some) => lasted.where('instance_id', 'in', some).execute());
  return rows.toSorted((one, other) => one.stopped_at - other.stopped_at).flatMap((row) => toStop(row) ?? []);
}

/** As `Store.changedStops`. */
export async function readChangedStops(db: Db, { after, limit }: ChangedQuery): Promise<ChangedStops> {
  const rows = await db
    .selectFrom('stop')
    .selectAll()
    .$if(after !== undefined, (found) =>
      // As one comparison: of two, PostgreSQL without statistics sorts all the rest for each page.
      found.where((row) =>
        row(row.refTuple('changed_at', 'operation_id'), '>', row.tuple(after?.changedAt ?? 0, after?.operation ?? '')),
      ),
    )
    .orderBy('changed_at')
    .orderBy('operation_id')
    .limit(limit)
    .execute();
  const last = rows.at(-1);
  return {
    stops: rows.flatMap((row) => {
      const stop = toStop(row);
      return stop === undefined ? [] : [{ ...stop, changedAt: row.changed_at }];
    }),
    hasMore: rows.length === limit,
    ...(last === undefined ? {} : { last: { changedAt: last.changed_at, operation: last.operation_id } }),
  };
}

/** As `Store.recordUse`. */
export async function writeUse(db: Db, operation: string, at: number, now: number): Promise<void> {
  await db
    .updateTable('stop')
    .set({ used_at: at, changed_at: now })
    .where('operation_id', '=', operation)
    .where('ended_at', '<=', at)
    .where((row) => row.or([row('used_at', 'is', null), row('used_at', '>', at)]))
    .execute();
}

const readPrice = createReader(
  z.object({
    perHour: z.number(),
    currency: z.literal('USD'),
    basis: z.enum(PRICE_BASES),
    listed: z.object({ region: z.string(), date: z.string() }).exactOptional(),
    share: z.number().exactOptional(),
  }),
);

/** @returns undefined when this version does not know who stops machines so */
function toStop(row: StopRow): StopRecord | undefined {
  const by = CAUSE_KINDS.find((kind) => kind === row.cause_by);
  if (by === undefined) return undefined;
  const price = readPrice(row.price);
  const committed = readCommitted(row.committed);
  return {
    operation: row.operation_id,
    instance: row.instance_id,
    place: readPlace(row.place) ?? {},
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.owner === null ? {} : { owner: row.owner }),
    ...(row.type === null ? {} : { type: row.type }),
    by,
    rule: row.rule,
    stoppedAt: row.stopped_at,
    ...endOf(row),
    ...(row.wanted_at === null ? {} : { wantedAt: row.wanted_at }),
    ...(row.ready_at === null ? {} : { readyAt: row.ready_at }),
    ...(row.used_at === null ? {} : { usedAt: row.used_at }),
    ...(price === undefined ? {} : { price }),
    ...(row.bills_on === null ? {} : { billsOn: row.bills_on }),
    ...(committed === undefined ? {} : { committed }),
  };
}

function endOf({ ended_at: at, back_by: backBy, back_who: who }: StopRow): Pick<StopRecord, 'back' | 'lostAt'> {
  if (at === LASTS) return {};
  if (backBy === null) return { lostAt: at };
  const by = CAUSE_KINDS.find((kind) => kind === backBy) ?? 'outside';
  return { back: { at, by, ...(who === null ? {} : { who }) } };
}

export function fromStop(stop: StopRecord, now: number): StopRow {
  return {
    operation_id: stop.operation,
    instance_id: stop.instance,
    place: placeText(stop.place),
    name: stop.name ?? null,
    owner: stop.owner ?? null,
    type: stop.type ?? null,
    cause_by: stop.by,
    rule: stop.rule,
    stopped_at: stop.stoppedAt,
    ended_at: stop.back?.at ?? stop.lostAt ?? LASTS,
    changed_at: now,
    back_by: stop.back?.by ?? null,
    back_who: stop.back?.who ?? null,
    wanted_at: stop.wantedAt ?? null,
    ready_at: stop.readyAt ?? null,
    used_at: stop.usedAt ?? null,
    price: stop.price === undefined ? null : JSON.stringify(stop.price),
    bills_on: stop.billsOn ?? null,
    committed: stop.committed === undefined ? null : JSON.stringify(stop.committed),
  };
}
