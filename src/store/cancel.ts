/** Cancels what nobody is working on. */
import type { Transaction } from 'kysely';
import { transition, type Operation } from '../domain/operation.ts';
import { toColumns, toOperation } from './rows.ts';
import type { Database } from './schema.ts';
import { appendTrail } from './trail.ts';

/** An operation that a worker holds at this moment may reach EC2 any time: it is not cancelled, and the answer shows it. */
export async function cancel(
  transaction: Transaction<Database>,
  id: string,
  message: string,
  now: number,
): Promise<Operation | undefined> {
  const row = await transaction.selectFrom('operation').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const operation = toOperation(row);
  const idle = operation.state === 'queued' || operation.state === 'waiting';
  if (!idle || row.owner !== null) return operation;
  const cancelled = transition(operation, { type: 'cancel', reason: 'by_person', message, at: now });
  const result = await transaction
    .updateTable('operation')
    .set({ ...toColumns(cancelled), available_at: now })
    .where('id', '=', id)
    .where('owner', 'is', null)
    .where('state', '=', operation.state)
    .executeTakeFirst();
  if (result.numUpdatedRows !== 1n) return operation;
  await appendTrail(transaction, [
    { operation: id, entry: { at: now, event: 'state', state: 'cancelled', reason: 'by_person', message } },
  ]);
  return cancelled;
}
