import { sql, type Kysely } from 'kysely';
import type { Differences } from '../differences.ts';
import { createIndexes } from '../create-indexes.ts';

/** One log instead of the trails: of deliveries and receipts, too. Episodes know who asked, and whether that is over. */
export async function up(db: Kysely<unknown>, { counter }: Pick<Differences, 'counter'>): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', counter.type, (column) => counter.define(column).primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('operation_id', 'text', (column) => column.references('operation.id').onDelete('cascade'))
    .addColumn('delivery_id', 'text')
    .addColumn('who', 'text')
    .addColumn('entry', 'text', (column) => column.notNull())
    .execute();
  // An entry is JSON of our own, in which no text holds a bare quotation mark.
  await sql`
    insert into audit (at, event, operation_id, entry)
    select at, case when entry like '%"event":"joined"%' then 'joined' else 'state' end, operation_id, entry
    from trail order by id
  `.execute(db);
  await db.schema.dropTable('trail').execute();

  await createIndexes(
    db,
    // Each filter in the order in which it is read: the newest first. The trail of an operation: the oldest first.
    'index audit_operation on audit (operation_id, id)',
    'index audit_at on audit (at, id)',
    'index audit_event on audit (event, at, id)',
    'index audit_who on audit (who, at, id) where who is not null',
    // Entries without an operation are pruned by themselves.
    'index audit_unbound on audit (at) where operation_id is null',
  );

  await db.schema.alterTable('episode').addColumn('resolved_at', 'bigint').execute();
  await db.schema.alterTable('episode').addColumn('cause', 'text').execute();
}
