/** Who watches the machines, which of them are watched, and which are forgotten. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Place } from '../domain/instance.ts';
import type { Interval } from '../domain/machine.ts';
import { chunks, readChunks } from './chunks.ts';
import { cutTimes, machinesAhead } from './cut-times.ts';
import { firstIdOf, CLOCKS_MS } from './list.ts';
import type { MachineInPlace } from '../domain/machine.ts';
import { endOfKnown, latestBelieved } from '../domain/state-cause.ts';
import { lockMachines } from './read-machines.ts';
import { endIntervals } from './record-seen.ts';
import { readPlace } from './rows.ts';
import type { Db, Transaction } from './schema.ts';
import { placeText, toInterval } from './seen-machine.ts';
import { loseStops } from './stops.ts';

const THE_WATCH = 'machines';

/** As `Store.claimWatch`. */
export async function claimWatch(
  transaction: Transaction,
  owner: string,
  now: number,
  until: number,
): Promise<boolean> {
  const row = await transaction
    .insertInto('watch')
    .values({ id: THE_WATCH, owner, until_at: until })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ owner, until_at: until })
        .where((watch) => watch.or([watch('watch.owner', '=', owner), watch('watch.until_at', '<=', now)])),
    )
    .returning('owner')
    .executeTakeFirst();
  return row !== undefined;
}

/** As `Store.forgetUnseen`. */
export async function forgetUnseen(
  transaction: Transaction,
  place: Place,
  { lookedAt, now }: { readonly lookedAt: number; readonly now: number },
  concurrent: boolean,
): Promise<readonly string[]> {
  // This look has brought the times of the machines that it has shown back to its own clock.
  const unseen = selectListed(transaction)
    .where('place', '=', placeText(place))
    .where((row) => row.or([row('seen_at', '<', lookedAt), row('seen_at', '>', latestBelieved(now))]));
  return forget(transaction, unseen, lookedAt, concurrent);
}

/** As `Store.forgetOtherPlaces`. */
export async function forgetOtherPlaces(
  transaction: Transaction,
  watched: readonly Place[],
  now: number,
  concurrent: boolean,
): Promise<readonly string[]> {
  const listed = selectListed(transaction);
  const places = watched.map(placeText);
  const others = places.length === 0 ? listed : listed.where('place', 'not in', places);
  return forget(transaction, others, now, concurrent);
}

function selectListed(transaction: Transaction) {
  return transaction
    .selectFrom('machine')
    .innerJoin('machine_seen', 'machine_seen.machine_id', 'machine.id')
    .select(['machine.id', 'since_at', 'seen_at'])
    .where('forgotten_at', 'is', null);
}

/** A machine that another replica sees at this moment stays: once it is locked, it is not among the unseen any more. */
async function forget(
  transaction: Transaction,
  unseen: ReturnType<typeof selectListed>,
  at: number,
  concurrent: boolean,
): Promise<readonly string[]> {
  const candidates = await unseen.execute();
  if (candidates.length === 0) return [];
  await lockMachines(
    transaction,
    candidates.map(({ id }) => id),
    concurrent,
  );
  const locked = new Set(candidates.map(({ id }) => id));
  const rows = (await unseen.execute()).filter(({ id }) => locked.has(id));
  const ids = rows.map(({ id }) => id).toSorted();
  const ahead = rows.filter(({ since_at: since, seen_at: seen }) => seen >= at || since >= at).map(({ id }) => id);
  await cutTimes(transaction, ahead, at - 1);
  for (const some of chunks(ids))
    await transaction.updateTable('machine').set({ forgotten_at: at }).where('id', 'in', some).execute();
  // An interval has a length, so that all of a machine end at different times.
  const ends = rows.map(({ id, since_at: since, seen_at: seen }) => ({
    id,
    until: Math.min(at, endOfKnown({ since, seenAt: seen })),
  }));
  await endIntervals(transaction, ends);
  await loseStops(transaction, ends, at);
  return ids;
}

/** As `Store.namedMachines`. Where EC2 could not be asked for the place of a hold or lease, an operation may still know it. */
export async function namedMachines(db: Db, since: number, now: number): Promise<readonly MachineInPlace[]> {
  const all = [...(await heldMachines(db, now)), ...(await openMachines(db)), ...(await lastNamed(db, since))];
  return [...new Map(all.map((one) => [one.id, one])).values()].toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

async function heldMachines(db: Db, now: number): Promise<readonly MachineInPlace[]> {
  const [holds, leases] = await Promise.all([
    db.selectFrom('hold').select(['instance_id', 'place']).where('until_at', '>', now).execute(),
    db.selectFrom('lease').select(['instance_id', 'place']).where('ended_at', 'is', null).execute(),
  ]);
  return [...holds, ...leases].flatMap(({ instance_id: id, place }) => (place === null ? [] : inPlace(id, place)));
}

async function openMachines(db: Db): Promise<readonly MachineInPlace[]> {
  const rows = await db
    .selectFrom('operation')
    .select(['instance_id', 'place'])
    .distinct()
    .where('ended_at', 'is', null)
    .where('instance_id', 'is not', null)
    .execute();
  return rows.flatMap(({ instance_id: id, place }) => (id === null ? [] : inPlace(id, place ?? '{}')));
}

function inPlace(id: string, text: string): readonly MachineInPlace[] {
  const place = readPlace(text);
  return place === undefined ? [] : [{ id, place }];
}

/**
 * The machines of operations since a time. An index has the operations of each machine: this goes from one machine to the next, and
 * reads no more than the newest operation of each.
 */
async function lastNamed(db: Db, since: number): Promise<readonly MachineInPlace[]> {
  const named: MachineInPlace[] = [];
  const first = firstIdOf(since - CLOCKS_MS);
  for (let after: string | undefined = ''; after !== undefined;) {
    const { rows } = await newestOfNext(after).execute(db);
    named.push(
      ...rows.flatMap(({ instance_id: id, newest, place }) => (newest < first ? [] : inPlace(id, place ?? '{}'))),
    );
    after = rows.length < MACHINES ? undefined : rows.at(-1)?.instance_id;
    // The embedded database keeps the whole process waiting while it reads.
    await nextTurn();
  }
  return named;
}

const MACHINES = 200;

function newestOfNext(after: string) {
  return sql<{ instance_id: string; newest: string; place: string | null }>`
    with recursive named (instance_id, number) as (
      select (select min(instance_id) from operation where instance_id > ${after}), 1
      union all
      select (select min(instance_id) from operation where instance_id > named.instance_id), number + 1
      from named where named.instance_id is not null and number < ${sql.lit(MACHINES)}
    )
    select named.instance_id, newest.id as newest, newest.place
    from named join operation as newest on newest.id =
      (select max(id) from operation where operation.instance_id = named.instance_id)
    order by named.instance_id`;
}

/** As `Store.intervals`. */
export async function readIntervals(
  db: Db,
  instances: readonly string[],
  since: number,
): Promise<ReadonlyMap<string, readonly Interval[]>> {
  const rows = await readChunks(instances, async (some) =>
    db.selectFrom('interval').selectAll().where('instance_id', 'in', some).where('until_at', '>', since).execute(),
  );
  const intervals = rows.map(toInterval).toSorted((one, other) => one.since - other.since);
  return Map.groupBy(intervals, ({ instance }) => instance);
}

/** After the clock was set back: what was seen at a time that is yet to come would count as newer than every sighting until then. */
export async function hastenMachines(
  transaction: Transaction,
  latest: number,
  now: number,
  concurrent: boolean,
): Promise<void> {
  await transaction.updateTable('watch').set({ until_at: now }).where('until_at', '>', latest).execute();
  const ahead = await machinesAhead(transaction, latest);
  await lockMachines(transaction, ahead, concurrent);
  await cutTimes(transaction, ahead, now);
}
