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
  concurrent: boolean,
): Promise<Operation | undefined> {
  const row = await transaction
    .selectFrom('operation')
    .selectAll()
    .where('id', '=', id)
    .$if(concurrent, (query) => query.forUpdate())
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const operation = toOperation(row);
  const idle = operation.state === 'queued' || operation.state === 'waiting';
  if (!idle || row.owner !== null) return operation;
  const cancelled = transition(operation, { type: 'cancel', reason: 'by_person', message, at: now });
  await transaction
    .updateTable('operation')
    .set({ ...toColumns(cancelled), available_at: now })
    .where('id', '=', id)
    .execute();
  await appendTrail(transaction, [
    { operation: id, entry: { at: now, event: 'state', state: 'cancelled', reason: 'by_person', message } },
  ]);
  return cancelled;
}
