/** What is written together for the speed of it, and alone where that fails. */
import { StoreUnavailableError } from '../store/port.ts';

export type Outcome<O> = { readonly value: O } | { readonly error: unknown };

/**
 * Hands all items to the store at once. An item that the store cannot take must not take its neighbours with it: then each is
 * handed over by itself, in order.
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
  for (const item of items) outcomes.push(await alone(item, write));
  return outcomes;
}

async function alone<I, O>(item: I, write: (items: readonly I[]) => Promise<readonly O[]>): Promise<Outcome<O>> {
  try {
    const [value] = await write([item]);
    return value === undefined ? { error: new RangeError('expected an answer of the store for the item') } : { value };
  } catch (error) {
    return { error };
  }
}

export function valueOf<O>(outcome: Outcome<O>): O {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
