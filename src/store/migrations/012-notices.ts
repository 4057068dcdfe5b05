import { sql, type Kysely } from 'kysely';
import type { Differences } from '../differences.ts';
import { createIndexes } from '../create-indexes.ts';

/** Notices, the keys of links, and what notices need of a machine. */
export async function up(db: Kysely<unknown>, { counter }: Pick<Differences, 'counter'>): Promise<void> {
  await db.schema.alterTable('operation').addColumn('instance_type', 'text').execute();
  await db.schema.alterTable('operation').addColumn('audience', 'text').execute();

  await db.schema
    .createTable('notice')
    // The order within a thread. Ids are made by the clocks of several replicas.
    .addColumn('number', counter.type, (column) => counter.define(column).primaryKey())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('recipient', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('thread', 'text', (column) => column.notNull())
    .addColumn('instance_id', 'text')
    .addColumn('instance_name', 'text')
    .addColumn('warned_at', 'bigint')
    .addColumn('follows', 'integer', (column) => column.notNull())
    .addColumn('news', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) =>
      column.notNull().check(sql`state in ('pending', 'sent', 'failed', 'outdated')`),
    )
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('available_at', 'bigint', (column) => column.notNull())
    .addColumn('owner', 'text')
    .addColumn('reference', 'text')
    .addColumn('error', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('settled_at', 'bigint')
    .addCheckConstraint('notice_settled', sql`(settled_at is null) = (state = 'pending')`)
    .addCheckConstraint('notice_sent', sql`(sent_at is null) = (state <> 'sent')`)
    .execute();
  await createIndexes(
    db,
    'unique index notice_id on notice (id)',
    'unique index notice_once on notice (subject, kind, channel, recipient)',
    'index notice_due on notice (channel, available_at, number) where settled_at is null',
    'index notice_thread on notice (thread, number)',
    'index notice_channel on notice (channel, id)',
    'index notice_kind on notice (kind, id)',
    'index notice_state on notice (state, id)',
    'index notice_instance on notice (instance_id, id) where instance_id is not null',
    'index notice_instance_name on notice (instance_name, id) where instance_name is not null',
    'index notice_created on notice (created_at)',
  );

  await db.schema
    .createTable('link_key')
    .addColumn('kid', 'text', (column) => column.primaryKey().notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('retired_at', 'bigint')
    .execute();
  // Replicas that make a key at the same time make one.
  await createIndexes(db, 'unique index link_key_signing on link_key ((retired_at is null)) where retired_at is null');
}
