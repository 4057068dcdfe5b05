import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

/** Holds, leases and pauses; and the warning that people have had of a stop. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('operation').addColumn('warned', 'text').execute();

  await db.schema
    .createTable('hold')
    .addColumn('instance_id', 'text', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('since_at', 'bigint', (column) => column.notNull())
    .addColumn('until_at', 'bigint', (column) => column.notNull())
    .addColumn('why', 'text')
    .addColumn('place', 'text')
    .addColumn('instance_name', 'text')
    .addPrimaryKeyConstraint('hold_once', ['instance_id', 'holder', 'since_at'])
    .execute();
  // A machine may have very many holds that have ended.
  await createIndexes(
    db,
    'index hold_until on hold (until_at)',
    'index hold_of_instance on hold (instance_id, until_at)',
  );

  await db.schema
    .createTable('lease')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('instance_id', 'text', (column) => column.notNull())
    .addColumn('since_at', 'bigint', (column) => column.notNull())
    .addColumn('until_at', 'bigint', (column) => column.notNull())
    .addColumn('ask_at', 'bigint', (column) => column.notNull())
    .addColumn('length_ms', 'bigint', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('why', 'text')
    .addColumn('place', 'text')
    .addColumn('instance_name', 'text')
    .addColumn('ended_at', 'bigint')
    .execute();
  await createIndexes(
    db,
    'unique index lease_open on lease (instance_id) where ended_at is null',
    'index lease_due on lease (ask_at) where ended_at is null',
    'index lease_of_instance on lease (instance_id, until_at)',
    'index lease_ended on lease (ended_at) where ended_at is not null',
  );

  await db.schema
    .createTable('pause')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('selector', 'text')
    .addColumn('until_at', 'bigint')
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('why', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await createIndexes(
    db,
    'index pause_open on pause (created_at) where ended_at is null',
    'index pause_ended on pause (ended_at) where ended_at is not null',
  );
}
