/** Persons' words about machines. */
import * as z from 'zod';
import { VERBS } from '../domain/intent.ts';
import { WORD_KINDS, type Word } from '../domain/word.ts';
import { chunks, readChunks } from './chunks.ts';
import type { Db, Transaction, WordRow } from './schema.ts';

/** Of two words of the same kind the newer one is kept, in whichever order they come. */
export async function writeWords(transaction: Transaction, words: readonly Word[]): Promise<void> {
  for (const rows of chunks(newestRows(words))) {
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

/** In the order of the key, so that no two transactions wait for each other. */
function newestRows(words: readonly Word[]): readonly WordRow[] {
  const newest = new Map<string, WordRow>();
  for (const { instance, verb, kind, at, who } of words) {
    const key = `${instance} ${verb} ${kind}`;
    if (at > (newest.get(key)?.at ?? -Infinity)) newest.set(key, { instance_id: instance, verb, kind, at, who });
  }
  return [...newest].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

const word = z.object({
  instance: z.string(),
  verb: z.enum(VERBS),
  kind: z.enum(WORD_KINDS),
  at: z.number(),
  who: z.string(),
}) satisfies z.ZodType<Word>;

export async function readWords(db: Db, instances: readonly string[]): Promise<readonly Word[]> {
  const rows = await readChunks(instances, async (some) =>
    db
      .selectFrom('word')
      .select(['instance_id as instance', 'verb', 'kind', 'at', 'who'])
      .where('instance_id', 'in', some)
      .execute(),
  );
  return rows.map((row) => word.parse(row));
}
