/** Writes that come at the same time go to the store together because that is faster, and one by one where that fails. */
import { StoreUnavailableError } from '../store/port.ts';
import { naturalBatch } from './natural-batch.ts';

type Outcome<O> = { readonly value: O } | { readonly error: unknown };

/**
 * If the store cannot take one of the items, each is handed over by itself, in order, so that the others do not fail with it.
 *
 * @param write rejects for all of its items, or answers each of them, in order
 * @returns writes one item. @throws StoreUnavailableError, which is no item's fault
 */
export function writeTogether<I, O>(
  maxSize: number,
  write: (items: readonly I[]) => Promise<readonly O[]>,
): (item: I) => Promise<O> {
  const add = naturalBatch<I, Outcome<O>>({ maxSize, run: async (_key, items) => togetherOrAlone(items, write) });
  return async (item) => {
    const outcome = await add('', item);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
}

async function togetherOrAlone<I, O>(
  items: readonly I[],
  write: (items: readonly I[]) => Promise<readonly O[]>,
): Promise<readonly Outcome<O>[]> {
  try {
    return (await write(items)).map((value) => ({ value }));
  } catch (error) {
    if (error instanceof StoreUnavailableError || items.length === 1) throw error;
  }
  const outcomes: Outcome<O>[] = [];
  for (const item of items) {
    // A single item has one outcome, or throws.
    const alone = togetherOrAlone([item], write).catch((error: unknown) => [{ error }]);
    outcomes.push(...(await alone));
  }
  return outcomes;
}
