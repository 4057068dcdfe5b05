/**
 * Operations whose opposite has ended already, and is newer or of the same moment: it could not cancel them, because they had not found their
 * machine yet or were not there.
 */
import type { Operation } from '../domain/operation.ts';
import { momentOf, overtakes } from '../domain/precedence.ts';
import { readChunks } from './chunks.ts';
import { toOperations } from './rows.ts';
import type { Db } from './schema.ts';

/** @returns by the id of each operation that is overtaken, the id of the one that has done the opposite for the same machine */
export async function findOvertaken(db: Db, operations: readonly Operation[]): Promise<ReadonlyMap<string, string>> {
  const able = operations.filter(({ intent }) => !intent.dryRun);
  if (able.length === 0) return new Map();
  const { from } = momentOf(able);
  const rows = await readChunks(
    able.flatMap(({ instance }) => instance?.id ?? []),
    async (some) =>
      // Not by its state as well: for several machines SQLite would read all that have succeeded.
      db.selectFrom('operation').selectAll().where('instance_id', 'in', some).where('ended_at', '>=', from).execute(),
  );
  const ended = toOperations(rows);
  const overtaken = new Map<string, string>();
  for (const operation of able) {
    const newer = ended.find((other) => overtakes(other, operation));
    if (newer !== undefined) overtaken.set(operation.id, newer.id);
  }
  return overtaken;
}
