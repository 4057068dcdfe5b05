import { sql, type Kysely } from 'kysely';

/** The verdict `passed` is called `overridden`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // An entry is JSON of our own, in which no text holds a bare quotation mark.
  await sql`
    update audit set entry = replace(entry, '"verdict":"passed"', '"verdict":"overridden"')
    where event = 'state' and entry like '%"verdict":"passed"%'
  `.execute(db);
}
