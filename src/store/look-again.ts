/** Operations that wait are due at once when people say something new. */
import { sql, type RawBuilder } from 'kysely';
import type { WaitingReason } from '../domain/reason.ts';
import { chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import { lockOperations } from './locks.ts';
import type { Transaction } from './schema.ts';

/**
 * Makes the operations due that wait on a machine: a hold or a lease was made, changed or ended. `give_up_after` counts from now where
 * they were to wait for longer. The machine is locked already. A claimed operation is judged by the voice at its next write.
 */
export async function lookAgain(
  transaction: Transaction,
  instance: string,
  now: number,
  parts: Pick<Differences, 'concurrent' | 'announceWork'>,
): Promise<void> {
  const waiting = await transaction
    .selectFrom('operation')
    .select('id')
    .where('instance_id', '=', instance)
    .where('ended_at', 'is', null)
    .where('state', '=', 'waiting')
    .execute();
  if (waiting.length === 0) return;
  await makeDue(
    transaction,
    waiting.map(({ id }) => id),
    now,
    parts,
  );
}

/**
 * As `lookAgain`, of the operations on any machine that wait for one of these reasons.
 *
 * @returns how many are due now
 */
export async function lookAgainAt(
  transaction: Transaction,
  reasons: readonly WaitingReason[],
  now: number,
  parts: Pick<Differences, 'concurrent' | 'announceWork'>,
): Promise<number> {
  const waiting = await transaction
    .selectFrom('operation')
    .select('id')
    .where('ended_at', 'is', null)
    .where('state', '=', 'waiting')
    .where('reason', 'in', reasons)
    .execute();
  return makeDue(
    transaction,
    waiting.map(({ id }) => id),
    now,
    parts,
  );
}

/** As `lookAgain`, of operations that are found already. @returns how many are due now */
export async function makeDue(
  transaction: Transaction,
  ids: readonly string[],
  now: number,
  parts: Pick<Differences, 'concurrent' | 'announceWork'>,
): Promise<number> {
  const rows = await lockOperations(transaction, ids, parts);
  const due = rows.filter(({ state, owner }) => state === 'waiting' && owner === null).map(({ id }) => id);
  if (due.length === 0) return 0;
  for (const some of chunks(due))
    await transaction
      .updateTable('operation')
      .set({ available_at: now, held_until: endedBy(now) })
      .where('id', 'in', some)
      .execute();
  await parts.announceWork(transaction);
  return due.length;
}

/** `held_until` of an operation whose wait ends now, if not before: `give_up_after` counts from there. */
export function endedBy(now: number): RawBuilder<number | null> {
  return sql<number | null>`case when held_until > ${now} then ${now} else held_until end`;
}
