/** Written together because that is faster, and one by one where that fails. */
import { StoreUnavailableError } from '../store/port.ts';

export type Outcome<O> = { readonly value: O } | { readonly error: unknown };

/**
 * Hands all items to the store at once. If the store cannot take one of them, each is handed over by itself, in order, so that
 * the others do not fail with it.
 *
 * @param write rejects for all of its items, or answers each of them, in order
 * @throws StoreUnavailableError, which is no item's fault
 */
export async function togetherOrAlone<I, O>(
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
    // One item has one outcome, or throws.
    const alone = togetherOrAlone([item], write).catch((error: unknown) => [{ error }]);
    outcomes.push(...(await alone));
  }
  return outcomes;
}

export function valueOf<O>(outcome: Outcome<O>): O {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
