import { sql, type Kysely } from 'kysely';
import type { Differences } from '../differences.ts';
import { createIndexes } from '../create-indexes.ts';

/** Operations with their trail, the episodes they served, and settings. */
export async function up(db: Kysely<unknown>, { counter }: Pick<Differences, 'counter'>): Promise<void> {
  await db.schema
    .createTable('operation')
    // SQLite allows null in a primary key unless it is told not to (sqlite.org/quirks.html).
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('work_key', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) =>
      column
        .notNull()
        .check(
          sql`state in ('queued', 'waiting', 'acting', 'verifying', 'succeeded', 'refused', 'failed', 'cancelled')`,
        ),
    )
    .addColumn('verb', 'text', (column) => column.notNull().check(sql`verb in ('start', 'stop')`))
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('intent', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('message', 'text')
    .addColumn('instance_id', 'text')
    .addColumn('place', 'text')
    .addColumn('acted', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('accepted_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('available_at', 'bigint', (column) => column.notNull())
    .addColumn('owner', 'text')
    .addCheckConstraint(
      'an_end_has_a_reason_and_a_time',
      sql`(state in ('succeeded', 'refused', 'failed', 'cancelled')) = (ended_at is not null) and (ended_at is null or reason is not null)`,
    )
    .addCheckConstraint(
      'what_acts_knows_its_instance',
      sql`state not in ('acting', 'verifying') or (instance_id is not null and acted is not null)`,
    )
    .execute();

  await createIndexes(
    db,
    // At most one open operation for the same work: the database keeps this invariant, too.
    'unique index operation_open_work on operation (work_key) where ended_at is null',
    'index operation_due on operation (available_at) where ended_at is null',
    'index operation_open_instance on operation (instance_id) where ended_at is null',
    'index operation_ended on operation (ended_at) where ended_at is not null',
    'index operation_target on operation (target, id)',
  );

  await db.schema
    .createTable('trail')
    .addColumn('id', counter.type, (column) => counter.define(column).primaryKey())
    .addColumn('operation_id', 'text', (column) => column.notNull().references('operation.id').onDelete('cascade'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('entry', 'text', (column) => column.notNull())
    .execute();
  await createIndexes(db, 'index trail_operation on trail (operation_id, id)');

  await db.schema
    .createTable('episode')
    .addColumn('key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('operation_id', 'text', (column) => column.notNull().references('operation.id').onDelete('cascade'))
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute();

  // Deleting an operation looks its episodes up.
  await createIndexes(db, 'index episode_operation on episode (operation_id)');

  await db.schema
    .createTable('setting')
    .addColumn('key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
}
