/** Cancels what has not been begun, and keeps the word of whoever does. */
import type { Transaction } from 'kysely';
import { isOpen, mayHaveBeenSent, transition, type Operation } from '../domain/operation.ts';
import type { Who } from '../domain/receipt.ts';
import { wordOfCancel } from '../domain/word.ts';
import type { Differences } from './differences.ts';
import { lockOperations } from './locks.ts';
import { toColumns } from './rows.ts';
import type { Database, OperationRow } from './schema.ts';
import { appendTrail } from './trail.ts';
import { showOperation } from './shown.ts';
import { speak } from './words.ts';

/**
 * EC2 is asked only after `acting` was written, and that write is fenced: so an operation is cancelled under the hands of its
 * worker, too. Not so when an earlier call may have arrived, whose machine would be stopped under a cancelled operation: what
 * became of it is looked at first, and the word keeps EC2 from being asked again.
 */
export async function cancel(
  transaction: Transaction<Database>,
  id: string,
  who: Who,
  now: number,
  parts: Pick<Differences, 'concurrent' | 'lockInstances'>,
): Promise<Operation | undefined> {
  const row = await lock(transaction, id, parts);
  if (row === undefined) return undefined;
  const [cancelled] = await cancelLocked(transaction, [row], who, now);
  return cancelled;
}

/**
 * Those whose machines and rows are locked already. All words are said at once, which is to lock them in order.
 *
 * @returns each as it then is, in order
 */
export async function cancelLocked(
  transaction: Transaction<Database>,
  rows: readonly OperationRow[],
  who: Who,
  now: number,
): Promise<readonly Operation[]> {
  const operations = rows.map(showOperation);
  const words = operations
    .filter(isOpen)
    .flatMap(({ instance, intent }) => wordOfCancel(instance?.id, intent, who.name, now) ?? []);
  await speak(transaction, words);
  const after: Operation[] = [];
  for (const operation of operations) after.push(await cancelOne(transaction, operation, who, now));
  return after;
}

async function cancelOne(
  transaction: Transaction<Database>,
  operation: Operation,
  who: Who,
  now: number,
): Promise<Operation> {
  const { id } = operation;
  if (!isOpen(operation)) return operation;
  const idle = operation.state === 'queued' || operation.state === 'waiting';
  if (!idle) return operation;
  if (mayHaveBeenSent(operation)) {
    await hasten(transaction, id, now);
    return operation;
  }
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

async function hasten(transaction: Transaction<Database>, id: string, now: number): Promise<void> {
  await transaction
    .updateTable('operation')
    .set({ available_at: now })
    .where('id', '=', id)
    .where('owner', 'is', null)
    .execute();
}

/** With its machine: whoever lets another operation act on that then knows of the word. */
async function lock(
  transaction: Transaction<Database>,
  id: string,
  parts: Pick<Differences, 'concurrent' | 'lockInstances'>,
): Promise<OperationRow | undefined> {
  if (parts.concurrent) {
    const found = await transaction
      .selectFrom('operation')
      .select('instance_id')
      .where('id', '=', id)
      .executeTakeFirst();
    const instance = found?.instance_id ?? null;
    if (instance !== null) await parts.lockInstances(transaction, [instance]);
  }
  const [row] = await lockOperations(transaction, [id], parts);
  return row;
}

export async function writeCancelled(
  transaction: Transaction<Database>,
  cancelled: Operation,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('operation')
    .set({ ...toColumns(cancelled), available_at: now, owner: null })
    .where('id', '=', cancelled.id)
    .execute();
}
