/**
 * The order in which every transaction locks, so that no two wait for each other. A transaction takes only some of these, never one
 * that comes before a lock that it has:
 *
 * 1. a delivery's signatures, by their digests; a token
 * 2. the work and the episodes of deliveries (`lockWork`)
 * 3. the ledger (`lockLedger`)
 * 4. pauses (`sharePauses`, `lockPauses`)
 * 5. machines (`lockInstances`)
 * 6. operations by their ids, all of them in one go (`lockOperations`)
 * 7. what belongs to those: episodes, words, entries of the ledger and of the log
 *
 * Rows that can be taken later, such as work that is due or rows that are old, are skipped while another transaction has them.
 */
import { readChunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { OperationRow, Transaction } from './schema.ts';

/** @returns the operations, which no other transaction changes until this one ends; by their ids */
export async function lockOperations(
  transaction: Transaction,
  ids: readonly string[],
  { concurrent }: Pick<Differences, 'concurrent'>,
): Promise<readonly OperationRow[]> {
  return readChunks(ids.toSorted(), async (some) => locking(transaction, some, concurrent).selectAll().execute());
}

/** As `lockOperations`, for a transaction that does not read them. */
export async function lockUnread(transaction: Transaction, ids: readonly string[]): Promise<void> {
  await readChunks(ids.toSorted(), async (some) => locking(transaction, some, true).select('id').execute());
}

function locking(transaction: Transaction, ids: readonly string[], concurrent: boolean) {
  return (
    transaction
      .selectFrom('operation')
      .where('id', 'in', ids)
      .orderBy('id')
      // No key changes, so entries of the log may refer to them meanwhile.
      .$if(concurrent, (query) => query.forNoKeyUpdate())
  );
}

/** Rows that were read are gone: another transaction has deleted them since. Run again, this one does not find them. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}

/** @throws GoneError when a row with one of these ids was not changed */
export function expectAll(ids: readonly number[], changed = 0n): void {
  const expected = new Set(ids).size;
  if (changed < expected)
    throw new GoneError(`expected to change ${expected} rows, got ${changed}: the others are gone`);
}
