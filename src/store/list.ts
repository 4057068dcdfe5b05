/**
 * Lists operations in a time that does not grow with their number: every part of a list is read from an index that has its order,
 * and no part is longer than the list.
 */
import { VERBS } from '../domain/intent.ts';
import { STATES, type Operation } from '../domain/operation.ts';
import { latestAskedBy } from './asked-by.ts';
import { chunks } from './chunks.ts';
import { idEnd } from './migrations/006-lists.ts';
import type { MachineKeys } from '../domain/target.ts';
import type { ListQuery } from './port.ts';
import { showOperation } from './shown.ts';
import type { Db, OperationRow } from './schema.ts';

/** As `Store.list`. */
export async function list(db: Db, query: ListQuery): Promise<readonly Operation[]> {
  const parts = query.machine === undefined ? byKind(query) : await ofMachine(db, query.machine);
  if (query.askedBy !== undefined) return listAskedBy(db, parts, query, query.askedBy);
  const [first, ...others] = parts.map((part) => newestOf(db, part, query));
  if (first === undefined) return [];
  const ids = others.reduce((all, part) => all.union(part), first);
  const rows = await db
    .selectFrom('operation')
    .selectAll()
    .where('id', 'in', (inner) =>
      inner.selectFrom(ids.as('found')).select('id').orderBy('id', 'desc').limit(query.limit),
    )
    .$if(query.since !== undefined, (since) => since.where('created_at', '>=', query.since ?? 0))
    .orderBy('id', 'desc')
    .execute();
  return rows.map(showOperation);
}

/** A look into an index: equal in all of these columns. */
type Part = Partial<Pick<OperationRow, 'state' | 'verb' | 'dry_run' | 'target' | 'instance_id' | 'instance_name'>>;

/** Without a filter one part, otherwise one for each kind of operation: an index has each kind in the order of the list. */
function byKind({ states, verb, dryRun, target }: ListQuery): readonly Part[] {
  if (target !== undefined) return [{ target }];
  if (states === undefined && verb === undefined && dryRun === undefined) return [{}];
  const verbs = verb === undefined ? VERBS : [verb];
  const dryRuns = dryRun === undefined ? [0, 1] : [Number(dryRun)];
  return (states ?? STATES).flatMap((state) =>
    verbs.flatMap((one) => dryRuns.map((dry): Part => ({ state, verb: one, dry_run: dry }))),
  );
}

/** The operations that name the machine so, and all about the instance that this name last led to. */
async function ofMachine(db: Db, { target, instance, name }: MachineKeys): Promise<readonly Part[]> {
  const named: readonly Part[] = [
    ...(target === undefined ? [] : [{ target }]),
    ...(name === undefined ? [] : [{ instance_name: name }]),
  ];
  const found = await Promise.all(named.map(async (part) => lastInstance(db, part)));
  const instances = new Set([instance, ...found].filter((id) => id !== undefined));
  const byName: readonly Part[] = target === undefined ? [] : [{ target }];
  return [...byName, ...[...instances].flatMap((id): readonly Part[] => [{ instance_id: id }, { target: id }])];
}

async function lastInstance(db: Db, part: Part): Promise<string | undefined> {
  const row = await matching(db, part)
    .select('instance_id')
    .where('instance_id', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.instance_id ?? undefined;
}

function newestOf(db: Db, part: Part, query: ListQuery) {
  const { states, verb, dryRun, since, cursor, limit } = query;
  let rows = matching(db, part).select('id').orderBy('id', 'desc').limit(limit);
  if (part.state === undefined) {
    if (states !== undefined) rows = rows.where('state', 'in', states);
    if (verb !== undefined) rows = rows.where('verb', '=', verb);
    if (dryRun !== undefined) rows = rows.where('dry_run', '=', Number(dryRun));
  }
  if (since !== undefined) rows = rows.where('id', '>=', firstIdOf(since - CLOCKS_MS));
  if (cursor !== undefined) rows = rows.where('id', '<', cursor);
  return db.selectFrom(rows.as('part')).select('id');
}

/**
 * Reads the sender's latest operations and filters them here. No index has both, and a database that may choose reads all that a busy
 * sender ever did.
 */
async function listAskedBy(
  db: Db,
  parts: readonly Part[],
  { states, verb, dryRun, since, cursor, limit }: ListQuery,
  who: string,
): Promise<readonly Operation[]> {
  const isWanted = (row: OperationRow): boolean =>
    parts.some((part) => entriesOf(part).every(([column, value]) => row[column] === value)) &&
    (states === undefined || states.some((state) => state === row.state)) &&
    (verb === undefined || verb === row.verb) &&
    (dryRun === undefined || Number(dryRun) === row.dry_run) &&
    (since === undefined || row.created_at >= since);
  const found: OperationRow[] = [];
  const ids = (await latestAskedBy(db, who)).filter((id) => cursor === undefined || id < cursor);
  for (const some of chunks(ids)) {
    if (found.length >= limit) break;
    const rows = await db.selectFrom('operation').selectAll().where('id', 'in', some).orderBy('id', 'desc').execute();
    found.push(...rows.filter(isWanted));
  }
  return found.slice(0, limit).map(showOperation);
}

function matching(db: Db, part: Part) {
  let rows = db.selectFrom('operation');
  for (const [column, value] of entriesOf(part)) rows = rows.where(column, '=', value);
  return rows;
}

function entriesOf(part: Part): readonly (readonly [keyof Part, string | number])[] {
  return COLUMNS.flatMap((column) => {
    const value = part[column];
    return value === undefined || value === null ? [] : [[column, value] as const];
  });
}

const COLUMNS = [
  'state',
  'verb',
  'dry_run',
  'target',
  'instance_id',
  'instance_name',
] as const satisfies (keyof Part)[];

/** An id is made right before its operation, perhaps by another clock: `created_at` decides. */
export const CLOCKS_MS = 60_000;

/** The lowest UUIDv7 of a time. */
export function firstIdOf(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

/** As `Store.findIds`. */
export async function findIds(db: Db, text: string, limit: number): Promise<readonly string[]> {
  const turned = text.slice(-END).split('').reverse().join('');
  const begins = db
    .selectFrom('operation')
    .select('id')
    .where('id', '>=', text)
    .where('id', '<', `${text}${BEYOND_HEX}`)
    .orderBy('id', 'desc')
    .limit(limit);
  const ends = db
    .selectFrom('operation')
    .select('id')
    .where(idEnd(), '>=', turned)
    .where(idEnd(), '<', `${turned}${BEYOND_HEX}`)
    .orderBy(idEnd())
    .limit(limit);
  const rows = await db
    .selectFrom(begins.as('begins'))
    .select('id')
    .union(db.selectFrom(ends.as('ends')).select('id'))
    .execute();
  // The index holds the last characters only.
  const found = rows.map(({ id }) => id).filter((id) => id.startsWith(text) || id.endsWith(text));
  return found.toSorted().toReversed().slice(0, limit);
}

/** How many characters of an id's end `idEnd` indexes. */
const END = 8;
/** Sorts behind every hexadecimal digit, in every language. */
const BEYOND_HEX = 'g';
