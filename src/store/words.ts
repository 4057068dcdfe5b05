/** Keeps what persons have said about machines. */
import type { Kysely, Transaction } from 'kysely';
import * as z from 'zod';
import { VERBS } from '../domain/intent.ts';
import { WORD_KINDS, type Word } from '../domain/word.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Database, WordRow } from './schema.ts';

/** Of two words of the same kind the newer one is kept, in whichever order they come. */
export async function speak(transaction: Transaction<Database>, words: readonly Word[]): Promise<void> {
  for (const rows of chunks(newestRows(words), CHUNK)) {
    await transaction
      .insertInto('word')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['instance_id', 'verb', 'kind'])
          .doUpdateSet((row) => ({ at: row.ref('excluded.at'), who: row.ref('excluded.who') }))
          .whereRef('excluded.at', '>', 'word.at'),
      )
      .execute();
  }
}

/** In the order of the key, so that two transactions never wait for each other in a circle. */
function newestRows(words: readonly Word[]): readonly WordRow[] {
  const newest = new Map<string, WordRow>();
  for (const { instance, verb, kind, at, who } of words) {
    const key = `${instance} ${verb} ${kind}`;
    if (at > (newest.get(key)?.at ?? -Infinity)) newest.set(key, { instance_id: instance, verb, kind, at, who });
  }
  return [...newest].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

const wordRow = z.object({
  instance_id: z.string(),
  verb: z.enum(VERBS),
  kind: z.enum(WORD_KINDS),
  at: z.number(),
  who: z.string(),
}) satisfies z.ZodType<WordRow>;

/** All that was said about these machines. */
export async function readWords(db: Kysely<Database>, instances: readonly string[]): Promise<readonly Word[]> {
  const words: Word[] = [];
  for (const some of chunks([...new Set(instances)], CHUNK)) {
    const rows = await db.selectFrom('word').selectAll().where('instance_id', 'in', some).execute();
    for (const row of rows) {
      const { instance_id: instance, ...said } = wordRow.parse(row);
      words.push({ instance, ...said });
    }
  }
  return words;
}

/**
 * How long a word is kept beyond everything else, in milliseconds. An alert that began before it may fire on for months, so the
 * word outlives it; there are at most four for each machine.
 */
const KEPT_LONGER_MS = 365 * 24 * 60 * 60_000;

/** @returns how many were forgotten, at most `limit` */
export async function prune(db: Kysely<Database>, before: number, limit: number, concurrent: boolean): Promise<number> {
  if (limit === 0) return 0;
  const old = db
    .selectFrom('word')
    .select(['instance_id', 'verb', 'kind'])
    .where('at', '<', before - KEPT_LONGER_MS)
    .orderBy('at')
    .limit(limit)
    .$if(concurrent, (rows) => rows.forUpdate().skipLocked());
  const result = await db
    .deleteFrom('word')
    .where((row) => row.refTuple('instance_id', 'verb', 'kind'), 'in', old.$asTuple('instance_id', 'verb', 'kind'))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
