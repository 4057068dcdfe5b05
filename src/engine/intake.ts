/** Puts intents on disk: each delivery whole or not at all, and those that come at the same time with one flush. */
import { randomUUIDv7 } from 'node:crypto';
import type { Intent } from '../domain/intent.ts';
import { StoreUnavailableError, type Enqueued, type NewOperation, type Store } from '../store/port.ts';
import { naturalBatch } from './natural-batch.ts';

export interface IntakeParts {
  readonly store: Pick<Store, 'enqueue'>;
  readonly clock: () => number;
  /** Told that there is work. */
  readonly nudge: () => void;
}

/** One answer per intent, in order. @throws StoreUnavailableError when nothing of the delivery was accepted */
export type Intake = (intents: readonly Intent[]) => Promise<readonly Enqueued[]>;

type Answer = { readonly enqueued: readonly Enqueued[] } | { readonly error: unknown };

/** Senders that wait at the same time share a transaction: flushing the disk is what costs most. */
const MAX_DELIVERIES = 256;

export function createIntake({ store, clock, nudge }: IntakeParts): Intake {
  const commit = async (deliveries: readonly (readonly NewOperation[])[]): Promise<readonly Answer[]> => {
    const answers = await store.enqueue(deliveries.flat(), clock());
    let end = 0;
    return deliveries.map(({ length }) => ({ enqueued: answers.slice(end, (end += length)) }));
  };
  const add = naturalBatch<readonly NewOperation[], Answer>({
    maxSize: MAX_DELIVERIES,
    run: async (_key, deliveries) => {
      try {
        return await commit(deliveries);
      } catch (error) {
        if (error instanceof StoreUnavailableError || deliveries.length === 1) throw error;
        // A delivery that the store cannot take must not take its neighbours with it.
        return Promise.all(deliveries.map(async (delivery) => commitAlone(commit, delivery)));
      }
    },
  });
  return async (intents) => {
    const answer = await add('', identify(intents));
    if ('error' in answer) throw answer.error;
    nudge();
    return answer.enqueued;
  };
}

async function commitAlone(
  commit: (deliveries: readonly (readonly NewOperation[])[]) => Promise<readonly Answer[]>,
  delivery: readonly NewOperation[],
): Promise<Answer> {
  try {
    const [answer] = await commit([delivery]);
    return answer ?? { error: new RangeError('expected an answer of the store for the delivery') };
  } catch (error) {
    return { error };
  }
}

/** Sorted, because ids of one millisecond are in no order: the list shows a delivery as it came. */
function identify(intents: readonly Intent[]): readonly NewOperation[] {
  const ids = intents.map(() => randomUUIDv7()).sort();
  return ids.flatMap((id, index) => {
    const intent = intents[index];
    return intent === undefined ? [] : [{ id, intent }];
  });
}
