import { sql, type Kysely, type RawBuilder } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

/**
 * Lists and counts that stay quick with a million operations, and machines that are found however they were named.
 *
 * Every filter of a list has an index whose last column is the list's order. Without a filter, `src/store/list.ts` reads the few
 * values of its column one after the other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('operation')
    .addColumn('dry_run', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('operation').addColumn('instance_name', 'text').execute();
  // An intent is JSON of our own, in which no text holds a bare quotation mark.
  await sql`update operation set dry_run = 1 where intent like '%"dryRun":true%'`.execute(db);

  await createIndexes(
    db,
    'index operation_state on operation (state, verb, dry_run, id)',
    'index operation_open_state on operation (state, created_at) where ended_at is null',
    'index operation_instance_id on operation (instance_id, id) where instance_id is not null',
    'index operation_instance_name on operation (instance_name, id) where instance_name is not null',
  );
  // People name an operation by the end of its id. An index is read from its beginning, so the end is reversed.
  await sql`create index operation_id_end on operation ((${idEnd()}))`.execute(db);

  await db.schema.dropIndex('audit_who').execute();
  await db.schema.dropIndex('audit_unbound').execute();
  await createIndexes(
    db,
    'index audit_who on audit (who, event, at, id) where who is not null',
    // With `at` alone, SQLite could choose to read and sort all entries that belong to no operation.
    'index audit_unbound on audit (operation_id, at) where operation_id is null',
  );
}

/** The last characters of an id from right to left, in words that SQLite and PostgreSQL share. Part of the schema: never changed. */
export function idEnd(): RawBuilder<string> {
  return sql.raw<string>([36, 35, 34, 33, 32, 31, 30, 29].map((place) => `substr(id, ${place}, 1)`).join(' || '));
}
