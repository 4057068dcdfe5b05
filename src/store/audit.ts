/** The one log of all that happened: written in the transaction of what it records, never changed afterwards. */
import type { Kysely, Transaction } from 'kysely';
import type { NewEntry } from './audit-entry.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { AuditRow, Database } from './schema.ts';

export async function append(transaction: Transaction<Database>, added: readonly NewEntry[]): Promise<void> {
  for (const some of chunks(added.map(toRow), CHUNK)) await transaction.insertInto('audit').values(some).execute();
}

function toRow({ operation, entry }: NewEntry): AuditRow {
  return {
    at: entry.at,
    event: entry.event,
    operation_id: operation ?? null,
    delivery_id: 'delivery' in entry ? (entry.delivery ?? null) : null,
    who: entry.who ?? null,
    entry: JSON.stringify(entry),
  };
}

/** Forgets what belongs to these operations, at most so much of it. */
export async function pruneOf(db: Kysely<Database>, operations: readonly string[], limit: number): Promise<number> {
  const old = db.selectFrom('audit').select('id').where('operation_id', 'in', operations).limit(limit);
  const result = await db.deleteFrom('audit').where('id', 'in', old).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Forgets what belongs to no operation. */
export async function prune(db: Kysely<Database>, before: number, limit: number): Promise<number> {
  const old = db
    .selectFrom('audit')
    .select('id')
    .where('operation_id', 'is', null)
    .where('at', '<', before)
    .orderBy('at')
    .limit(limit);
  const result = await db.deleteFrom('audit').where('id', 'in', old).executeTakeFirst();
  return Number(result.numDeletedRows);
}
