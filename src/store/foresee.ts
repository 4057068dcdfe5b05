/** What the receipts of notifications would say now, without any of them being recorded. */
import type { Kysely } from 'kysely';
import { admit, type Wish } from '../domain/admission.ts';
import { standsBy, workKey } from '../domain/intent.ts';
import { readKnown } from './known.ts';
import type { Foreseen } from './port.ts';
import type { Database } from './schema.ts';

export async function foresee(
  db: Kysely<Database>,
  wishes: readonly Wish[],
  now: number,
): Promise<readonly Foreseen[]> {
  const known = await readKnown(
    db,
    wishes.map(({ intent }) => intent),
  );
  return wishes.map((wish) => {
    const admission = admit(wish, known.episodes.get(standsBy(wish.intent) ?? '') ?? {}, known.words, now);
    if (admission.admission === 'done') {
      const { operation, message } = admission;
      return { outcome: 'done', operation, ...(message === undefined ? {} : { message }) };
    }
    const existing = known.open.get(workKey(wish.intent));
    if (existing !== undefined) return { outcome: 'joined', operation: existing.id };
    return { outcome: 'opened', intent: admission.intent };
  });
}
