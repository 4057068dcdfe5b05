/** What a sender has asked for: has opened, joined or repeated. */
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** As `Store.hasAskedFor`. */
export async function hasAskedFor(db: Kysely<Database>, who: string, operation: string): Promise<boolean> {
  const row = await db
    .selectFrom('audit')
    .select('id')
    .where('operation_id', '=', operation)
    .where('who', '=', who)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
