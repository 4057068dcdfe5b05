import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';
import { LASTS } from '../machine-schema.ts';

/** Machines as EC2 showed them last, the intervals of their states, the one that watches them, and logins that people ended. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('machine')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('availability_zone', 'text', (column) => column.notNull())
    .addColumn('launched_at', 'bigint', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('lifecycle', 'text')
    .addColumn('managed_by', 'text')
    .addColumn('name', 'text')
    .addColumn('owner', 'text')
    .addColumn('owner_key', 'text', (column) => column.notNull())
    .addColumn('sort_name', 'text', (column) => column.notNull())
    .addColumn('search_text', 'text', (column) => column.notNull())
    .addColumn('since_at', 'bigint', (column) => column.notNull())
    .addColumn('cause_by', 'text', (column) => column.notNull())
    .addColumn('cause_operation', 'text')
    .addColumn('cause_detail', 'text')
    .addColumn('forgotten_at', 'bigint')
    .execute();
  await db.schema
    .createTable('machine_seen')
    .addColumn('machine_id', 'text', (column) =>
      column.primaryKey().notNull().references('machine.id').onDelete('cascade'),
    )
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('interval')
    .addColumn('instance_id', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('since_at', 'bigint', (column) => column.notNull())
    .addColumn('until_at', 'bigint', (column) => column.notNull())
    .addColumn('cause_by', 'text', (column) => column.notNull())
    // Kept when the operation itself has been deleted.
    .addColumn('cause_operation', 'text')
    .addColumn('cause_detail', 'text')
    .addPrimaryKeyConstraint('interval_once', ['instance_id', 'until_at'])
    .execute();

  await db.schema
    .createTable('watch')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('until_at', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('ended_session')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();

  await createIndexes(
    db,
    'index machine_listed on machine (sort_name, id) where forgotten_at is null',
    'index machine_forgotten on machine (forgotten_at) where forgotten_at is not null',
    // For pruning alone: no list is to read all machines' intervals of a time.
    `index interval_ended on interval (until_at) where until_at < ${LASTS}`,
    'index ended_session_expires on ended_session (expires_at)',
    // An operation that was asked for by the machine's id names it before it has found it.
    'index operation_open_machine on operation (coalesce(instance_id, target)) where ended_at is null',
    'index operation_sent on operation (instance_id, sent_at) where sent_at is not null',
  );
}
