import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

/** Repetitions of an entry are counted at that entry. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Of the latest entry alone: what comes next is compared with it.
  await db.schema.alterTable('audit').addColumn('repeat_key', 'text').execute();
  await db.schema.alterTable('audit').addColumn('content', 'text').execute();
  await db.schema.alterTable('audit').addColumn('times', 'integer').execute();
  await db.schema.alterTable('audit').addColumn('last_at', 'bigint').execute();
  await createIndexes(
    db,
    'unique index audit_repeats on audit (repeat_key) where repeat_key is not null',
    'index audit_last on audit (last_at) where last_at is not null',
  );
}
