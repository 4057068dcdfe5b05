/** Lists machines. There are thousands of them at most, so a list may look at each; what it shows of them is read for a page alone. */
import { sql, type RawBuilder } from 'kysely';
import { INSTANCE_STATES } from '../domain/instance.ts';
import { LAG_MS } from '../domain/operation.ts';
import type { MachineCounts, MachinesPage, MachinesQuery, MachineSort } from './machine-port.ts';
import { readRows, type MachineReader } from './machine-rows.ts';
import type { Db } from './schema.ts';
import type { MachineTable } from './machine-schema.ts';
import { foldCase, toBilled } from './seen-machine.ts';

/** As `Store.machines`. */
export async function listMachines(reader: MachineReader, query: MachinesQuery, now: number): Promise<MachinesPage> {
  const { db } = reader;
  const { sort, descending, limit, offset } = query;
  const direction = descending ? sql`desc` : sql`asc`;
  const matching = matchingOf(query);
  // Sorting whole rows costs more than reading those of a page afterwards.
  const sorted =
    sort === 'stops'
      ? sortedByStops(query, matching, direction, now)
      : sql<Sorted>`
          select id from machine where ${matching}
          order by ${ORDERS[sort](direction)}, sort_name, id limit ${limit} offset ${offset}`;
  const [{ known, total }, { rows: page }] = await Promise.all([countListed(db, query), sorted.execute(db)]);
  const ids = page.map(({ id }) => id);
  return { rows: await readRows(reader, ids, now), total, known };
}

/** As `Store.countMachines`. */
export async function countMachines(db: Db, query: MachinesQuery): Promise<MachineCounts> {
  const [{ known, total }, { rows }] = await Promise.all([
    countListed(db, query),
    sql<RunningRow>`
      select type, lifecycle, billing, availability_zone, count(*) as count from machine
      where ${matchingOf(query)} and state in ('pending', 'running')
      group by type, lifecycle, billing, availability_zone order by type, availability_zone`.execute(db),
  ]);
  const running = rows.map(({ type, lifecycle, billing, availability_zone: availabilityZone, count: found }) => ({
    type,
    availabilityZone,
    ...(lifecycle === null ? {} : { lifecycle }),
    ...toBilled({ billing, committed: null }),
    count: Number(found),
  }));
  return { total, known, running };
}

interface RunningRow extends Pick<MachineTable, 'type' | 'lifecycle' | 'billing' | 'availability_zone'> {
  readonly count: number | string;
}

function matchingOf(query: MachinesQuery): RawBuilder<boolean> {
  return sql.join<boolean>([LISTED, ...conditions(query)], sql` and `);
}

const LISTED = sql<boolean>`forgotten_at is null`;

/** Counted once where all machines match: a count looks at each of them. */
async function countListed(db: Db, query: MachinesQuery): Promise<Pick<MachinesPage, 'known' | 'total'>> {
  const known = count(db, LISTED);
  const matching = conditions(query).length === 0 ? known : count(db, matchingOf(query));
  const [all, total] = await Promise.all([known, matching]);
  return { known: all, total };
}

async function count(db: Db, matching: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{
    count: number | string;
  }>`select count(*) as count from machine where ${matching}`.execute(db);
  return Number(rows[0]?.count);
}

function conditions({ ids, owners, states, only = {}, text = '' }: MachinesQuery): readonly RawBuilder<boolean>[] {
  return [
    ...(ids === undefined ? [] : [isOneOf('id', ids)]),
    ...(owners === undefined ? [] : [isOneOf('owner_key', owners.map(foldCase))]),
    ...(states === undefined ? [] : [isOneOf('state', states)]),
    ...Object.entries(only).map(([key, value]) => hasTag(key, value)),
    ...(text === '' ? [] : [contains('search_text', foldCase(text))]),
  ];
}

function isOneOf(column: 'id' | 'owner_key' | 'state', texts: readonly string[]): RawBuilder<boolean> {
  // SQL has no empty list.
  return texts.length === 0 ? sql<boolean>`1 = 0` : sql<boolean>`${sql.ref(column)} in (${sql.join(texts)})`;
}

/** A quote that is part of a key or a value has a backslash before it, so a bracket with a quote behind it begins a tag or ends a text. */
function hasTag(key: string, value: string): RawBuilder<boolean> {
  return contains('tags', JSON.stringify([key, value]));
}

/** As it is: in a pattern, foreign text would have to be escaped, and databases disagree about the case of letters. */
function contains(column: 'search_text' | 'tags', part: string): RawBuilder<boolean> {
  return sql<boolean>`replace(${sql.ref(column)}, ${part}, '') <> ${sql.ref(column)}`;
}

interface Sorted {
  readonly id: string;
}

type Direction = RawBuilder<unknown>;

/** Machines without a value come last: databases disagree about where null belongs. Machines with the same value come by their names. */
const ORDERS: Readonly<Record<Exclude<MachineSort, 'stops'>, (direction: Direction) => RawBuilder<unknown>>> = {
  name: (direction) => sql`sort_name ${direction}`,
  state: (direction) => sql`${placeInCycle()} ${direction}`,
  owner: (direction) => sql`case when owner is null then 1 else 0 end, owner_key ${direction}`,
  type: (direction) => sql`type ${direction}`,
  since: (direction) => sql`since_at ${direction}`,
};

/** The machines that stop are few, and are sorted. All others follow by their names: an index has them in this order. */
function sortedByStops(
  { limit, offset, putOff = new Map() }: MachinesQuery,
  matching: RawBuilder<boolean>,
  direction: Direction,
  now: number,
): RawBuilder<Sorted> {
  const at =
    putOff.size === 0 ? STOPS_AT : sql`case when put_off.column1 is null then ${STOPS_AT} else put_off.column2 end`;
  return sql<Sorted>`
    with stopping as (
      select machine.id, machine.sort_name, ${at} as at
      from machine ${knownEnds(now)} ${otherEnds(putOff)}
      where ${matching} and ${at} is not null and machine.id in (${MAY_STOP}))
    select id from (
      select 0 as place, at, sort_name, id from stopping
      union all
      select * from (
        select 1 as place, cast(null as bigint) as at, sort_name, id from machine
        where ${matching} and id not in (select id from stopping)
        order by sort_name, id limit ${limit + offset}) as others) as sorted
    order by place, at ${direction}, sort_name, id limit ${limit} offset ${offset}`;
}

function placeInCycle(): RawBuilder<unknown> {
  const places = INSTANCE_STATES.map((state, place) => sql`when ${state} then ${sql.lit(place)}`);
  return sql`case state ${sql.join(places, sql` `)} end`;
}

/** Both databases name the columns of values so. PostgreSQL has to be told what they are. */
function otherEnds(putOff: NonNullable<MachinesQuery['putOff']>): RawBuilder<unknown> {
  if (putOff.size === 0) return sql``;
  const rows = [...putOff].map(([id, at]) => sql`(cast(${id} as text), cast(${at ?? null} as bigint))`);
  return sql`left join (values ${sql.join(rows)}) as put_off on put_off.column1 = machine.id`;
}

/** As `stopsAt` of the domain. */
const STOPS_AT = sql`case when machine.state in ('pending', 'running') and sent.instance_id is null then coalesce(
  warned.until_at,
  case when leased.since_at < machine.launched_at - ${sql.lit(LAG_MS)} then null
    when leased.held_until > leased.until_at then leased.held_until
    else leased.until_at end) end`;

const WARNED = sql`state = 'waiting' and verb = 'stop' and dry_run = 0 and reason = 'warned' and ended_at is null`;

/** The machines that may stop by themselves. Without them, both databases would look at each machine. */
const MAY_STOP = sql`
  select instance_id from operation where ${WARNED} and instance_id is not null
  union select instance_id from lease where ended_at is null`;

/** The operations that were sent, the stops that people were warned of, the leases and the holds. They are few: for each machine by itself they would be many looks. */
function knownEnds(now: number): RawBuilder<unknown> {
  return sql`
    left join (
      select distinct instance_id from operation
      where ended_at is null and sent_at is not null and dry_run = 0) as sent on sent.instance_id = machine.id
    left join (
      select instance_id, min(held_until) as until_at from operation
      where ${WARNED}
      group by instance_id) as warned on warned.instance_id = machine.id
    left join (
      select instance_id, since_at, until_at,
        (select max(hold.until_at) from hold where hold.instance_id = lease.instance_id and hold.until_at > ${now}) as held_until
      from lease where ended_at is null) as leased on leased.instance_id = machine.id`;
}
