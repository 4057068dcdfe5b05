/** Makes operations due that wait for something which has just changed: each of them is judged afresh. */
import { sql, type RawBuilder } from 'kysely';
import type { WaitingReason } from '../domain/reason.ts';
import type { Differences } from './differences.ts';
import type { Transaction } from './schema.ts';

/**
 * An operation that a worker has in hand is left to it: its wait is not written if what people say has changed meanwhile.
 *
 * @returns how many are due now
 */
export async function makeDue(
  transaction: Transaction,
  reasons: readonly WaitingReason[],
  now: number,
  { concurrent, announceWork }: Pick<Differences, 'concurrent' | 'announceWork'>,
): Promise<number> {
  const { numUpdatedRows } = await transaction
    // As in `claim.ts`: PostgreSQL may run a plain subquery more than once.
    .with(
      (cte) => cte('chosen').materialized(),
      (cte) =>
        cte
          .selectFrom('operation')
          .select('id')
          .where('ended_at', 'is', null)
          .where('state', '=', 'waiting')
          .where('reason', 'in', reasons)
          .where('owner', 'is', null)
          .orderBy('id')
          .$if(concurrent, (rows) => rows.forNoKeyUpdate()),
    )
    .updateTable('operation')
    .set({ available_at: now, held_until: endedBy(now) })
    .where('id', 'in', (query) => query.selectFrom('chosen').select('chosen.id'))
    .executeTakeFirst();
  const due = Number(numUpdatedRows);
  if (due > 0) await announceWork(transaction);
  return due;
}

/** `held_until` of an operation whose wait ends now, if not before: `give_up_after` counts from there. */
export function endedBy(now: number): RawBuilder<number | null> {
  return sql<number | null>`case when held_until > ${now} then ${now} else held_until end`;
}
