/** Cancels what nobody is working on. */
import type { Transaction } from 'kysely';
import { transition, type Operation } from '../domain/operation.ts';
import type { Who } from '../domain/receipt.ts';
import { toColumns, toOperation } from './rows.ts';
import type { Database } from './schema.ts';
import { appendTrail } from './trail.ts';

/** An operation that a worker holds at this moment may reach EC2 any time: it is not cancelled, and the answer shows it. */
export async function cancel(
  transaction: Transaction<Database>,
  id: string,
  who: Who,
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
  const reason = 'by_person';
  const message = `cancelled by ${who.name}`;
  const cancelled = transition(operation, { type: 'cancel', reason, message, at: now });
  await writeCancelled(transaction, cancelled, now);
  await appendTrail(transaction, [
    {
      operation: id,
      entry: { at: now, event: 'state', state: 'cancelled', reason, message, who: who.name, remote: who.remote },
    },
  ]);
  return cancelled;
}

export async function writeCancelled(
  transaction: Transaction<Database>,
  cancelled: Operation,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('operation')
    .set({ ...toColumns(cancelled), available_at: now })
    .where('id', '=', cancelled.id)
    .execute();
}
