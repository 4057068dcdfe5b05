/** Cancels operations for which EC2 was not asked, and keeps the person's word. */
import { moveOn } from '../domain/move.ts';
import { isOpen, mayHaveBeenSent, type Operation } from '../domain/operation.ts';
import type { Who } from '../domain/receipt.ts';
import { wordOfCancel } from '../domain/word.ts';
import type { Differences } from './differences.ts';
import { endRow, record } from './leases.ts';
import { lockOperations } from './locks.ts';
import { toColumns } from './rows.ts';
import type { CancelAnswer } from './port.ts';
import type { OperationRow, Transaction } from './schema.ts';
import { showOperation } from './shown.ts';
import { writeWords } from './words.ts';
import type { WriteMoves } from './write-moves.ts';

/** What cancelling needs. */
export interface CancelParts extends Pick<Differences, 'concurrent' | 'lockInstances'> {
  readonly writeMoves: WriteMoves;
}

/**
 * EC2 is asked only after `send` has marked the operation, under the same lock, so an operation can be cancelled until then, even one
 * that a worker has in hand. After that it goes on until the result of the call is known: a machine must not stop for a cancelled
 * operation. The word keeps EC2 from being asked again.
 */
export async function cancel(
  transaction: Transaction,
  id: string,
  who: Who,
  now: number,
  parts: CancelParts,
): Promise<CancelAnswer | undefined> {
  const row = await lock(transaction, id, parts);
  if (row === undefined) return undefined;
  const [answer] = await cancelLocked(transaction, [row], who, now, parts);
  return answer;
}

/**
 * Cancels operations whose machines and rows are locked already. All words are written at once, to lock them in order.
 *
 * @returns one answer for each, in order
 */
export async function cancelLocked(
  transaction: Transaction,
  rows: readonly OperationRow[],
  who: Who,
  now: number,
  { writeMoves }: Pick<CancelParts, 'writeMoves'>,
): Promise<readonly CancelAnswer[]> {
  const operations = rows.map(showOperation);
  const words = operations
    .filter(isOpen)
    .flatMap(({ instance, intent }) => wordOfCancel(instance?.id, intent, who.name, now) ?? []);
  await writeWords(transaction, words);
  const answers: CancelAnswer[] = [];
  for (const operation of operations) answers.push(await cancelOne(transaction, operation, who, now));
  await writeMoves(
    transaction,
    answers.flatMap(({ moves }) => moves),
  );
  return answers;
}

async function cancelOne(transaction: Transaction, operation: Operation, who: Who, now: number): Promise<CancelAnswer> {
  const unmoved = { operation, moves: [] };
  // A call of another program, which an operation waits for, cannot be cancelled either.
  if (!isOpen(operation) || operation.state === 'verifying') return unmoved;
  await endLeaseOf(transaction, operation, who, now);
  if (mayHaveBeenSent(operation)) {
    await hasten(transaction, operation.id, now);
    return unmoved;
  }
  const message = `cancelled by ${who.name}`;
  const by = { who: who.name, remote: who.remote };
  const move = moveOn(operation, { type: 'cancel', reason: 'by_person', message, at: now }, now, by);
  await writeCancelled(transaction, move.after, now);
  return { operation: move.after, moves: [move] };
}

/** The machine is to run on. Without its lease the stop is not tried again, even if it was sent before and got no answer. */
async function endLeaseOf(
  transaction: Transaction,
  { intent: { cause } }: Operation,
  who: Who,
  now: number,
): Promise<void> {
  if (cause.by !== 'lease') return;
  const ended = await endRow(transaction, cause.lease, now);
  if (ended !== undefined) await record(transaction, ended, who, now, 'cancelled the stop, and so ended');
}

async function hasten(transaction: Transaction, id: string, now: number): Promise<void> {
  await transaction
    .updateTable('operation')
    .set({ available_at: now })
    .where('id', '=', id)
    .where('owner', 'is', null)
    .execute();
}

/** With its machine: a change that lets another operation act on it then reads the word. */
async function lock(
  transaction: Transaction,
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

export async function writeCancelled(transaction: Transaction, cancelled: Operation, now: number): Promise<void> {
  await transaction
    .updateTable('operation')
    .set({ ...toColumns(cancelled), available_at: now, owner: null })
    .where('id', '=', cancelled.id)
    .execute();
}
