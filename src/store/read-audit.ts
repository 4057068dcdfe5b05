/** Reads the log. An entry is parsed like all input from outside this process. */
import { clampTime } from '../domain/time.ts';
import { anyEntrySchema, AUDIT_EVENTS, type AuditEntry, type AuditQuery, type UnreadableEntry } from './audit-entry.ts';
import { readChunks } from './chunks.ts';
import { CLOCKS_MS, firstIdOf } from './list.ts';
import { readJson } from './read-json.ts';
import type { Selectable } from 'kysely';
import type { AuditRow, AuditTable, Db } from './schema.ts';
import { repetitionsOf, UNREADABLE } from './trail.ts';

/** Newest first. */
export async function readAudit(db: Db, query: AuditQuery): Promise<readonly AuditEntry[]> {
  const rows = await selectNewest(db, query);
  const machines = await machinesOf(db, new Set(rows.flatMap(({ operation_id: bound }) => bound ?? [])));
  return rows.map(({ id, operation_id: bound, ...row }) => ({
    ...(bound === null ? {} : machines.get(bound)),
    ...(readJson(anyEntrySchema, row.entry) ?? unreadable(row)),
    ...repetitionsOf(row),
    id,
    ...(bound === null ? {} : { operation: bound }),
  }));
}

/** An entry says the same for ever, and its operation may have found its machine since. */
async function machinesOf(
  db: Db,
  operations: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Pick<AuditEntry, 'target' | 'instance'>>> {
  const found = await readChunks([...operations], async (some) =>
    db.selectFrom('operation').select(['id', 'target', 'instance_id']).where('id', 'in', some).execute(),
  );
  return new Map(
    found.map(({ id, target, instance_id: instance }) => [id, { target, ...(instance === null ? {} : { instance }) }]),
  );
}

/**
 * The index of `who` has each event's entries in the order of the list: without an event, each is read by itself. Entries of a machine
 * are those about its holds and leases, and those of its operations.
 */
async function selectNewest(db: Db, query: AuditQuery): Promise<readonly Found[]> {
  const { since, until } = query;
  // Entries that began before the time, and came again since.
  const again = since === undefined ? [] : [{ ...query, since: undefined, until: Math.min(since, until ?? since) }];
  const parts = [
    ...partsOf(db, query),
    ...again.flatMap((earlier) => partsOf(db, earlier)).map((part) => repeatedSince(db, part, since ?? 0)),
  ];
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only.execute() : newestOf(db, parts, query);
}

function partsOf(db: Db, query: AuditQuery): readonly Select[] {
  const { machine, who, event, operation } = query;
  if (machine !== undefined) return partsOfMachine(db, query, machine);
  if (who === undefined || event !== undefined || operation !== undefined) return [select(db, query)];
  return AUDIT_EVENTS.map((each) => select(db, { ...query, event: each }));
}

function repeatedSince(db: Db, part: Select, since: number): Select {
  return part.where('id', 'in', db.selectFrom('audit').select('id').where('last_at', '>=', since));
}

type Found = Pick<Selectable<AuditTable>, (typeof COLUMNS)[number]>;
const COLUMNS = ['id', 'at', 'who', 'operation_id', 'entry', 'times', 'last_at'] as const;
type Select = ReturnType<typeof select>;

/** Entries of more operations than anybody reads are left out. A page that is older has older ones. */
const MOST_OPERATIONS = 1_000;

function partsOfMachine(db: Db, query: AuditQuery, machine: string): readonly Select[] {
  const { event, until, cursor } = query;
  const ofIt = OF_MACHINE.filter((each) => event === undefined || event === each);
  const about = ofIt.map((each) => select(db, { ...query, event: each }).where('instance_id', '=', machine));
  if (event !== undefined && !OF_OPERATION.has(event)) return about;
  const newest = (column: 'instance_id' | 'target') => {
    let rows = db.selectFrom('operation').select('id').where(column, '=', machine);
    for (const at of [until, cursor?.at]) if (at !== undefined) rows = rows.where('id', '<', firstIdOf(at + CLOCKS_MS));
    return db.selectFrom(rows.orderBy('id', 'desc').limit(MOST_OPERATIONS).as('newest')).select('id');
  };
  // Those that found the machine, and those that name it by its id.
  const ids = newest('instance_id').union(newest('target'));
  return [...about, select(db, query).where('operation_id', 'in', ids)];
}

const OF_MACHINE = ['hold', 'lease'] as const;
const OF_OPERATION: ReadonlySet<string> = new Set(['state', 'joined', 'receipt']);

/** In the order of the parts: entries of an operation go by id, and so does the place where the next page begins. */
async function newestOf(db: Db, parts: readonly Select[], { operation, limit }: AuditQuery): Promise<readonly Found[]> {
  const [first, ...others] = parts.map((part) => db.selectFrom(part.as('some')).selectAll());
  if (first === undefined) return [];
  const all = others.reduce((united, part) => united.unionAll(part), first);
  return db
    .selectFrom(all.as('found'))
    .select(COLUMNS)
    .$if(operation === undefined, (found) => found.orderBy('at', 'desc'))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

function select(db: Db, { operation, event, who, since, until, cursor, limit }: AuditQuery) {
  let rows = db.selectFrom('audit').select(COLUMNS).limit(limit);
  // The index of operations has an operation's entries by id. For any other order, SQLite reads all entries of `who` rather than
  // sort these few.
  rows = operation === undefined ? rows.orderBy('at', 'desc') : rows.where('operation_id', '=', operation);
  rows = rows.orderBy('id', 'desc');
  if (event !== undefined) rows = rows.where('event', '=', event);
  if (who !== undefined) rows = rows.where('who', '=', who);
  if (since !== undefined) rows = rows.where('at', '>=', since);
  if (until !== undefined) rows = rows.where('at', '<', until);
  if (cursor !== undefined) {
    const { at, id } = cursor;
    // The first condition is what an index can use.
    const older = rows.where('at', '<=', at).where((row) => row.or([row('at', '<', at), row('id', '<', id)]));
    rows = operation === undefined ? older : rows.where('id', '<', id);
  }
  return rows;
}

/** Stands in the entry's place, so that the next page begins after it. */
function unreadable({ at, who }: Pick<AuditRow, 'at' | 'who'>): UnreadableEntry {
  return { at: clampTime(at), event: 'unreadable', ...(who === null ? {} : { who }), message: UNREADABLE };
}
