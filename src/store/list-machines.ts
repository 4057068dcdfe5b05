/** Lists machines. There are thousands of them at most, so a list may look at each; what it shows of them is read for a page alone. */
import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely';
import { INSTANCE_STATES } from '../domain/instance.ts';
import { LAG_MS } from '../domain/operation.ts';
import type { MachinesPage, MachinesQuery, MachineSort } from './machine-port.ts';
import { toMachineRows } from './machine-rows.ts';
import { openMachine } from './open-machine.ts';
import type { Database, Db } from './schema.ts';
import { foldCase } from './seen-machine.ts';

/** As `Store.machines`. */
export async function listMachines(db: Db, query: MachinesQuery, now: number): Promise<MachinesPage> {
  const listed = db.selectFrom('machine').where('forgotten_at', 'is', null);
  const matching = narrow(listed, query);
  const [known, total, rows] = await Promise.all([
    count(listed),
    count(matching),
    inOrder(matching, query, now).selectAll('machine').limit(query.limit).offset(query.offset).execute(),
  ]);
  return { rows: await toMachineRows(db, rows, now), total, known };
}

type Machines = SelectQueryBuilder<Database, 'machine', object>;

async function count(machines: Machines): Promise<number> {
  const { count: counted } = await machines
    .select((row) => row.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(counted);
}

function narrow(listed: Machines, { owners, states, only = {}, text = '' }: MachinesQuery): Machines {
  let machines = listed;
  if (owners !== undefined) machines = machines.where(isOneOf(sql`owner_key`, owners.map(foldCase)));
  if (states !== undefined) machines = machines.where(isOneOf(sql`state`, states));
  for (const [key, value] of Object.entries(only)) machines = machines.where(hasTag(key, value));
  if (text !== '') machines = machines.where(contains('search_text', foldCase(text)));
  return machines;
}

function isOneOf(value: RawBuilder<unknown>, texts: readonly string[]): RawBuilder<boolean> {
  // SQL has no empty list.
  return texts.length === 0 ? sql<boolean>`1 = 0` : sql<boolean>`${value} in (${sql.join(texts)})`;
}

/** A quote that is part of a key or a value has a backslash before it, so a tag begins behind a comma or a brace only. */
function hasTag(key: string, value: string): RawBuilder<boolean> {
  const tag = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  return sql<boolean>`(${contains('tags', `{${tag}`)} or ${contains('tags', `,${tag}`)})`;
}

/** As it is: in a pattern, foreign text would have to be escaped, and databases disagree about the case of letters. */
function contains(column: 'search_text' | 'tags', part: string): RawBuilder<boolean> {
  return sql<boolean>`replace(${sql.ref(column)}, ${part}, '') <> ${sql.ref(column)}`;
}

function inOrder(machines: Machines, { sort, descending }: MachinesQuery, now: number): Machines {
  const direction = descending ? 'desc' : 'asc';
  return KEYS[sort](descending, now)
    .reduce((sorted, { by, isTurned }) => sorted.orderBy(by, isTurned ? direction : 'asc'), machines)
    .orderBy('sort_name', sort === 'name' ? direction : 'asc')
    .orderBy('id');
}

interface Key {
  readonly by: RawBuilder<unknown>;
  /** Whether it is turned round in a descending list. */
  readonly isTurned: boolean;
}

/** What comes before the name. What a machine does not have comes last: databases disagree about where null belongs. */
const KEYS: Readonly<Record<MachineSort, (descending: boolean, now: number) => readonly Key[]>> = {
  name: () => [],
  state: () => [{ by: placeInCycle(), isTurned: true }],
  owner: () => [
    { by: sql`case when owner is null then 1 else 0 end`, isTurned: false },
    { by: sql`owner_key`, isTurned: true },
  ],
  type: () => [{ by: sql`type`, isTurned: true }],
  since: () => [{ by: sql`since_at`, isTurned: true }],
  stops: (descending, now) => [{ by: sql`coalesce(${stopsAt(now)}, ${descending ? -1 : MAX_TIME})`, isTurned: true }],
};

const MAX_TIME = Number.MAX_SAFE_INTEGER;

function placeInCycle(): RawBuilder<unknown> {
  const places = INSTANCE_STATES.map((state, place) => sql`when ${state} then ${sql.lit(place)}`);
  return sql`case state ${sql.join(places, sql` `)} end`;
}

/**
 * As `stopsAt` of the domain. For each machine, SQLite would read all operations that wait if there were more conditions on them, and
 * an index on an expression answers only what has no column's type.
 */
function stopsAt(now: number): RawBuilder<unknown> {
  const lease = sql`lease.instance_id = machine.id and lease.ended_at is null and lease.since_at >= machine.launched_at - ${sql.lit(LAG_MS)}`;
  return sql`case when machine.state in ('pending', 'running') then coalesce(
    (select min(case when verb = 'stop' and dry_run = 0 and state = 'waiting' and reason = 'warned' then held_until end)
      from operation where ${openMachine()} = machine.id || '' and ended_at is null),
    (select max(kept.until_at) from (
      select lease.until_at from lease where ${lease}
      union all
      select hold.until_at from hold where hold.instance_id = machine.id and hold.until_at > ${now}
        and exists (select 1 from lease where ${lease})) as kept)) end`;
}
