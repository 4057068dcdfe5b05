/** Reads the log. An entry is parsed like all input from outside this process. */
import { clampTime } from '../domain/time.ts';
import { anyEntrySchema, AUDIT_EVENTS, type AuditEntry, type AuditQuery, type UnreadableEntry } from './audit-entry.ts';
import { readJson } from './rows.ts';
import type { AuditRow, Db } from './schema.ts';
import { UNREADABLE } from './trail.ts';

/** Newest first. */
export async function readAudit(db: Db, query: AuditQuery): Promise<readonly AuditEntry[]> {
  const rows = await selectNewest(db, query).execute();
  return rows.map(({ id, operation_id: bound, ...row }) => ({
    ...(readJson(anyEntrySchema, row.entry) ?? unreadable(row)),
    id,
    ...(bound === null ? {} : { operation: bound }),
  }));
}

/** The index of `who` has each event's entries in the order of the list: without an event, each is read by itself. */
function selectNewest(db: Db, query: AuditQuery) {
  if (query.who === undefined || query.event !== undefined || query.operation !== undefined) return select(db, query);
  const { limit } = query;
  const [first, ...others] = AUDIT_EVENTS.map((event) =>
    db.selectFrom(select(db, { ...query, event }).as('some')).selectAll(),
  );
  if (first === undefined) return select(db, query);
  const all = others.reduce((parts, part) => parts.unionAll(part), first);
  return db
    .selectFrom(all.as('found'))
    .select(['id', 'at', 'who', 'operation_id', 'entry'])
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
}

function select(db: Db, { operation, event, who, since, until, cursor, limit }: AuditQuery) {
  let rows = db.selectFrom('audit').select(['id', 'at', 'who', 'operation_id', 'entry']).limit(limit);
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
