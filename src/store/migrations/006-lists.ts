import { sql, type Kysely, type RawBuilder } from 'kysely';

/**
 * Lists and counts that stay quick with a million operations, and machines that are found however they were named.
 *
 * Every filter of a list has an index whose last column is the list's order. Where a filter is left out, the few values of its
 * column are read one after the other instead (`src/store/list.ts`).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('operation')
    .addColumn('dry_run', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('operation').addColumn('instance_name', 'text').execute();
  // An intent is JSON of our own, in which no text holds a bare quotation mark.
  await sql`update operation set dry_run = 1 where intent like '%"dryRun":true%'`.execute(db);

  await db.schema.createIndex('operation_state').on('operation').columns(['state', 'verb', 'dry_run', 'id']).execute();
  await db.schema
    .createIndex('operation_open_state')
    .on('operation')
    .columns(['state', 'created_at'])
    .where(sql.ref('ended_at'), 'is', null)
    .execute();
  for (const column of ['instance_id', 'instance_name'])
    await db.schema
      .createIndex(`operation_${column}`)
      .on('operation')
      .columns([column, 'id'])
      .where(sql.ref(column), 'is not', null)
      .execute();
  // People name an operation by the end of its id. An index is read from its beginning, so the end is turned round.
  await sql`create index operation_id_end on operation ((${idEnd()}))`.execute(db);

  await db.schema.dropIndex('audit_who').execute();
  await db.schema
    .createIndex('audit_who')
    .on('audit')
    .columns(['who', 'event', 'at', 'id'])
    .where(sql.ref('who'), 'is not', null)
    .execute();
  // `at` alone left SQLite the choice to read all entries that belong to no operation, and to sort them.
  await db.schema.dropIndex('audit_unbound').execute();
  await db.schema
    .createIndex('audit_unbound')
    .on('audit')
    .columns(['operation_id', 'at'])
    .where(sql.ref('operation_id'), 'is', null)
    .execute();
}

/** The last characters of an id from right to left, in words that SQLite and PostgreSQL share. Part of the schema: never changed. */
export function idEnd(): RawBuilder<string> {
  return sql.raw<string>([36, 35, 34, 33, 32, 31, 30, 29].map((place) => `substr(id, ${place}, 1)`).join(' || '));
}
