/** Forgets what ended long ago, with its trail and its episodes. */
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

export async function prune(db: Kysely<Database>, endedBefore: number, limit: number): Promise<number> {
  const old = db
    .selectFrom('operation')
    .select('id')
    .where('ended_at', '<', endedBefore)
    .orderBy('ended_at')
    .limit(limit);
  const result = await db.deleteFrom('operation').where('id', 'in', old).executeTakeFirst();
  return Number(result.numDeletedRows);
}
