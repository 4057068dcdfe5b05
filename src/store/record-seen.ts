/** Writes how EC2 showed machines: what is known of each is locked, compared, and written where it differs. */
import { sql } from 'kysely';
import { alertOf, type Cause } from '../domain/cause.ts';
import type { Machine, Sighting } from '../domain/machine.ts';
import { unseenOf } from '../domain/sighting.ts';
import {
  beginningsOf,
  endOfKnown,
  firstBeginning,
  isOutdated,
  latestBelieved,
  type Beginning,
  type SentOperation,
} from '../domain/state-cause.ts';
import type { CostOf } from '../domain/stop-record.ts';
import { chunks, readChunks } from './chunks.ts';
import { cutTimes } from './cut-times.ts';
import { LASTS, type IntervalRow, type MachineTable, type SeenMachineRow } from './machine-schema.ts';
import { COLUMNS, lockMachines, readMachines } from './read-machines.ts';
import { toIntent } from './rows.ts';
import type { Transaction } from './schema.ts';
import { fromMachine, fromStateCause, toMachine } from './seen-machine.ts';
import { writeStops } from './stops.ts';

type Run = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;

interface Look {
  readonly now: number;
  readonly concurrent: boolean;
  readonly costOf?: CostOf | undefined;
}

/** As `Store.recordSeen`. Machines do not depend on each other, so a transaction is no longer than it has to be. */
export async function recordSeen(run: Run, sightings: readonly Sighting[], look: Look): Promise<readonly Machine[]> {
  const { now } = look;
  const changed: Machine[] = [];
  // The clock may have been set back since EC2 was asked.
  const seen = sightings.map((one) => (one.at > now ? { ...one, at: now } : one));
  for (const some of chunks([...groupByMachine(seen)])) {
    const sought = new Map(some);
    changed.push(...(await run(async (transaction) => recordSome(transaction, sought, look))));
  }
  return changed;
}

type Sought = ReadonlyMap<string, readonly Sighting[]>;

/** The sightings of each machine, oldest first. */
function groupByMachine(sightings: readonly Sighting[]): Sought {
  return Map.groupBy(
    sightings.toSorted((one, other) => one.at - other.at),
    ({ id }) => id,
  );
}

async function recordSome(transaction: Transaction, sought: Sought, look: Look): Promise<readonly Machine[]> {
  const { now, concurrent } = look;
  const ids = [...sought.keys()];
  await lockMachines(transaction, ids, concurrent);
  const known = await readBelieved(transaction, sought, now);
  const moved = ids.filter((id) => mayHaveMoved(known.get(id), sought.get(id) ?? []));
  const since = Math.min(...moved.map((id) => known.get(id)?.seen_at ?? sought.get(id)?.at(0)?.at ?? 0));
  const sent = await readSent(transaction, moved, since - LOOKS_BACK_MS, now);
  const found = [...sought].map(([id, seen]) => compare(known.get(id), seen, sent.get(id) ?? []));
  const fresh = found.filter(({ before }) => before === undefined);
  const inserted = await insertNew(transaction, fresh);
  const changed = found.filter(({ before, isChanged }) => before !== undefined && isChanged);
  await update(transaction, changed);
  await touch(
    transaction,
    found.filter(({ before, isSeen }) => before !== undefined && isSeen),
  );
  const written = [...fresh.filter(({ after }) => inserted.has(after.id)), ...changed];
  const begun = written.filter((one) => one.begun.length > 0);
  await writeIntervals(transaction, begun);
  await writeStops(transaction, begun, look);
  const answer = written.map(({ after }) => after);
  // Another replica has seen these for the first time at this moment.
  const raced = new Map(fresh.flatMap(({ after: { id } }) => (inserted.has(id) ? [] : [[id, sought.get(id) ?? []]])));
  return raced.size === 0 ? answer : [...answer, ...(await recordSome(transaction, raced, look))];
}

/** The known rows of these machines. Times that are yet to come by this replica's clock are not believed, and are cut in the store. */
async function readBelieved(
  transaction: Transaction,
  sought: Sought,
  now: number,
): Promise<ReadonlyMap<string, SeenMachineRow>> {
  const ids = [...sought.keys()];
  const rows = await readMachines(transaction, ids);
  const latest = latestBelieved(now);
  const ahead = rows
    .filter((row) => Math.max(row.seen_at, row.since_at, row.forgotten_at ?? 0) > latest)
    .map(({ id }) => id);
  if (ahead.length === 0) return new Map(rows.map((row) => [row.id, row]));
  // So that these sightings are newer.
  const oldest = Math.min(...ahead.map((id) => sought.get(id)?.at(0)?.at ?? now));
  await cutTimes(transaction, ahead, oldest - 1);
  return new Map((await readMachines(transaction, ids)).map((row) => [row.id, row]));
}

function mayHaveMoved(row: SeenMachineRow | undefined, seen: readonly Sighting[]): boolean {
  const state = row?.state ?? seen.at(0)?.state;
  const launchedAt = row?.launched_at ?? seen.at(0)?.launchedAt;
  return seen.some((one) => one.state !== state || one.launchedAt !== launchedAt);
}

/** The operations that were sent to these machines in the last days, by machine. */
async function readSent(
  transaction: Transaction,
  ids: readonly string[],
  since: number,
  now: number,
): Promise<ReadonlyMap<string, readonly SentOperation[]>> {
  const rows = await readChunks(ids, async (some) =>
    transaction
      .selectFrom('operation')
      .select(['id', 'verb', 'sent_at', 'intent', 'instance_id'])
      .where('instance_id', 'in', some)
      .where('sent_at', '>=', since)
      .where('dry_run', '=', 0)
      .execute(),
  );
  const sent = rows.flatMap(({ id, verb, sent_at: sentAt, intent, instance_id: instance }) => {
    const cause = toIntent(intent)?.cause;
    if (cause === undefined || sentAt === null || instance === null || (verb !== 'start' && verb !== 'stop')) return [];
    // By the clock of another replica, it may have been sent at a time that is yet to come.
    const operation: SentOperation = { id, verb, sentAt: Math.min(sentAt, now), by: cause.by, who: whoseDoing(cause) };
    return [{ instance, operation }];
  });
  return new Map(
    [...Map.groupBy(sent, ({ instance }) => instance)].map(([instance, some]) => [
      instance,
      some.map(({ operation }) => operation),
    ]),
  );
}

/** Further back than any call whose effect has not shown yet. */
const LOOKS_BACK_MS = 60 * 60_000;

function whoseDoing(cause: Cause): string {
  const alert = alertOf(cause);
  if (alert !== undefined) return alert.alertname;
  return 'name' in cause ? cause.name : '';
}

interface Comparison {
  readonly before?: SeenMachineRow;
  readonly after: Machine;
  readonly begun: readonly Beginning[];
  /** In anything that people see. */
  readonly isChanged: boolean;
  /** Later than was known. */
  readonly isSeen: boolean;
}

/** @param seen oldest first, one at least */
function compare(
  before: SeenMachineRow | undefined,
  seen: readonly Sighting[],
  sent: readonly SentOperation[],
): Comparison {
  let machine = before && toMachine(before);
  const begun: Beginning[] = [];
  for (const states of seen) {
    const { at, beganAt: _began, detail: _detail, ...shown } = states;
    const isBack = machine?.forgottenAt !== undefined && at > machine.forgottenAt;
    let some: readonly Beginning[];
    if (machine === undefined || isBack) some = [firstBeginning(states, machine && endOfKnown(machine))];
    else if (machine.forgottenAt !== undefined || isOutdated(machine, states)) continue;
    else some = beginningsOf(machine, states, sent);
    const { since, why }: Pick<Machine, 'since' | 'why'> = some.at(-1) ?? machine ?? firstBeginning(states);
    machine = { ...shown, ...unseenOf(shown, machine), since, why, seenAt: at };
    begun.push(...some);
  }
  if (machine === undefined) throw new Error('expected a sighting of the machine, got none');
  if (before === undefined) return { after: machine, begun, isChanged: true, isSeen: true };
  const isChanged = machine.forgottenAt === undefined && differs(before, fromMachine(machine));
  return { before, after: machine, begun, isChanged, isSeen: machine.seenAt > before.seen_at };
}

function differs(before: MachineTable, after: MachineTable): boolean {
  return WRITTEN.some((column) => before[column] !== after[column]);
}

const WRITTEN = [...COLUMNS, 'owner_key', 'sort_name', 'search_text'] as const satisfies (keyof MachineTable)[];

/** @returns the ids of those that no other replica has inserted meanwhile */
async function insertNew(transaction: Transaction, fresh: readonly Comparison[]): Promise<ReadonlySet<string>> {
  const inserted = new Set<string>();
  for (const some of chunks(fresh.toSorted(byId), ROWS)) {
    const rows = await transaction
      .insertInto('machine')
      .values(some.map(({ after }) => fromMachine(after)))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute();
    for (const { id } of rows) inserted.add(id);
  }
  const seen = fresh.filter(({ after: { id } }) => inserted.has(id));
  for (const some of chunks(seen))
    await transaction
      .insertInto('machine_seen')
      .values(some.map(({ after: { id, seenAt } }) => ({ machine_id: id, seen_at: seenAt })))
      .execute();
  return inserted;
}

async function update(transaction: Transaction, changed: readonly Comparison[]): Promise<void> {
  for (const some of chunks(changed.toSorted(byId), ROWS))
    await transaction
      .insertInto('machine')
      .values(some.map(({ after }) => fromMachine(after)))
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((row) => Object.fromEntries(WRITTEN.map((column) => [column, row.ref(`excluded.${column}`)]))),
      )
      .execute();
}

/** Twenty-three values each. */
const ROWS = 128;

function byId({ after: { id: one } }: Comparison, { after: { id: other } }: Comparison): number {
  return one < other ? -1 : 1;
}

/** Nearly all machines are as they were a minute ago. A look shows many at the same moment. */
async function touch(transaction: Transaction, seen: readonly Comparison[]): Promise<void> {
  for (const [at, those] of Map.groupBy(seen, ({ after }) => after.seenAt)) {
    for (const some of chunks(those.map(({ after }) => after.id)))
      await transaction.updateTable('machine_seen').set({ seen_at: at }).where('machine_id', 'in', some).execute();
  }
}

async function writeIntervals(transaction: Transaction, begun: readonly Comparison[]): Promise<void> {
  await endIntervals(
    transaction,
    begun.flatMap(({ before, after: { id }, begun: [first] }) =>
      before === undefined || first === undefined ? [] : [{ id, until: first.since }],
    ),
  );
  const rows = begun.flatMap((one) =>
    one.begun.map((beginning, index): IntervalRow => ({
      instance_id: one.after.id,
      state: beginning.state,
      since_at: beginning.since,
      until_at: one.begun[index + 1]?.since ?? LASTS,
      ...fromStateCause(beginning.why),
    })),
  );
  for (const some of chunks(rows)) await transaction.insertInto('interval').values(some).execute();
}

/** Ends the intervals that last. All in one statement: to a database on the network, each one more is a round trip. */
export async function endIntervals(
  transaction: Transaction,
  ends: readonly { readonly id: string; readonly until: number }[],
): Promise<void> {
  for (const some of chunks(ends, ROWS)) {
    const rows = some.map(({ id, until }) => sql`(${id}, ${until})`);
    // In a list of values PostgreSQL takes every parameter for text.
    await sql`
      with ended (instance_id, until_at) as (values ${sql.join(rows)})
      update ${sql.table('interval')} set until_at = cast(ended.until_at as bigint)
      from ended where ${sql.ref('interval.instance_id')} = ended.instance_id and ${sql.ref('interval.until_at')} = ${sql.lit(LASTS)}`.execute(
      transaction,
    );
  }
}
