/**
 * The order in which every transaction locks, so that none waits for another in a circle. Each takes only some of these, never
 * one that comes before what it has:
 *
 * 1. a delivery's signatures, by their digests; a token
 * 2. the work and the episodes of deliveries (`lockWork`)
 * 3. the ledger (`lockLedger`)
 * 4. machines (`lockInstances`)
 * 5. operations by their ids, all of them in one go (`lockOperations`)
 * 6. what belongs to those: episodes, words, entries of the ledger and of the log
 *
 * What nobody has to have at once, such as work that is due or rows that are old, is passed over while another has it.
 */
import type { Transaction } from 'kysely';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { Database, OperationRow } from './schema.ts';

/** @returns the operations as they are from now on, until this transaction changes them or ends; by their ids */
export async function lockOperations(
  transaction: Transaction<Database>,
  ids: readonly string[],
  { concurrent }: Pick<Differences, 'concurrent'>,
): Promise<readonly OperationRow[]> {
  const locked: OperationRow[] = [];
  for (const some of chunks([...new Set(ids)].toSorted(), CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .selectAll()
      .where('id', 'in', some)
      .orderBy('id')
      // The log may speak of them meanwhile: no key is changed.
      .$if(concurrent, (query) => query.forNoKeyUpdate())
      .execute();
    locked.push(...rows);
  }
  return locked;
}
