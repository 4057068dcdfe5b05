import { sql, type Kysely } from 'kysely';

/** The order by coming stops looks at each machine. With these columns SQLite reads the index alone, in half the time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index machine_listed`.execute(db);
  await sql`create index machine_listed on machine (sort_name, id, state, launched_at) where forgotten_at is null`.execute(
    db,
  );
}
