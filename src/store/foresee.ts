/** What the receipts of notifications would say now, without any of them being recorded. */
import type { Kysely } from 'kysely';
import { episodeOf } from '../domain/cause.ts';
import { workKey } from '../domain/intent.ts';
import { findDone, findOpen } from './enqueue.ts';
import type { Foreseen, Wish } from './port.ts';
import type { Database } from './schema.ts';

/** @returns undefined for those that would open an operation */
export async function foresee(
  db: Kysely<Database>,
  wishes: readonly Wish[],
): Promise<readonly (Foreseen | undefined)[]> {
  const open = await findOpen(db, wishes, false);
  const done = await findDone(db, wishes);
  return wishes.map(({ intent, alternates }) => {
    const finished = done.get(episodeOf(intent.cause) ?? '');
    if (finished !== undefined && !(alternates && finished.isOver)) return { outcome: 'done', operation: finished.id };
    const existing = open.get(workKey(intent));
    return existing === undefined ? undefined : { outcome: 'joined', operation: existing.id };
  });
}
