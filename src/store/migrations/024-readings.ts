import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

/** The end of an alert finds what it has asked for, also where its labels were read otherwise by then. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('episode').addColumn('alert', 'text').execute();
  await createIndexes(db, 'index episode_alert on episode (alert) where alert is not null and resolved_at is null');
}
