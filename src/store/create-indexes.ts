import { sql, type Kysely } from 'kysely';

/** @param indexes what stands after `create`, in words that SQLite and PostgreSQL share */
export async function createIndexes(db: Kysely<unknown>, ...indexes: readonly string[]): Promise<void> {
  for (const index of indexes) await sql.raw(`create ${index}`).execute(db);
}
