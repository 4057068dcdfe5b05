/** Operations by their ids, for lists of machines. */
import { isOpen, type Operation } from '../domain/operation.ts';
import { readChunks } from './chunks.ts';
import type { Db } from './schema.ts';
import { showOperation } from './shown.ts';

/** @returns without those that there are none of */
export type ReadOperations = (ids: readonly string[]) => Promise<ReadonlyMap<string, Operation>>;

/** About 2 kB each. */
const MOST_KNOWN = 2_000;

/**
 * An operation that has ended never changes, so each is read and parsed once: for a list of a thousand machines that took longer than all
 * else.
 */
export function createReadOperations(db: Db): ReadOperations {
  const ended = new Map<string, Operation>();
  const remember = (operation: Operation): void => {
    if (isOpen(operation)) return;
    ended.set(operation.id, operation);
    const [oldest] = ended.keys();
    if (ended.size > MOST_KNOWN && oldest !== undefined) ended.delete(oldest);
  };
  return async (ids) => {
    const found = new Map(
      ids.flatMap((id): readonly (readonly [string, Operation])[] => {
        const known = ended.get(id);
        return known === undefined ? [] : [[id, known]];
      }),
    );
    const unknown = ids.filter((id) => !found.has(id));
    const rows = await readChunks(unknown, async (some) =>
      db.selectFrom('operation').selectAll().where('id', 'in', some).execute(),
    );
    for (const operation of rows.map(showOperation)) {
      found.set(operation.id, operation);
      remember(operation);
    }
    return found;
  };
}
