/** Puts deliveries on disk: each whole or not at all, and those that come at the same time with one flush. */
import { randomUUIDv7 } from 'node:crypto';
import type { Intended } from '../domain/intend.ts';
import type { Origin, Receipt } from '../domain/receipt.ts';
import { StoreUnavailableError, type NewDelivery, type Store, type Superseded } from '../store/port.ts';
import { naturalBatch } from './natural-batch.ts';

export interface IntakeParts {
  readonly store: Pick<Store, 'receive'>;
  readonly clock: () => number;
  /** Told that there is work. */
  readonly nudge: () => void;
  /** Told of the operations that were cancelled because their alerts were resolved. */
  readonly onCancelled: (cancelled: Superseded) => void;
}

export interface Incoming {
  /** The delivery's id, a UUIDv7: whoever makes it can name it in a log. */
  readonly id: string;
  readonly origin: Origin;
  /** What each alert, or a person, asks for. */
  readonly asked: readonly Intended[];
}

/** One receipt for each that asks, in order. @throws StoreUnavailableError when nothing of the delivery was accepted */
export type Intake = (delivery: Incoming) => Promise<readonly Receipt[]>;

type Answer = { readonly receipts: readonly Receipt[] } | { readonly error: unknown };

/** Senders that wait at the same time share a transaction: flushing the disk is what costs most. */
const MAX_DELIVERIES = 256;

export function createIntake({ store, clock, nudge, onCancelled }: IntakeParts): Intake {
  const commit = async (deliveries: readonly NewDelivery[]): Promise<readonly Answer[]> => {
    const { receipts, cancelled } = await store.receive(deliveries, clock());
    cancelled.forEach(onCancelled);
    return receipts.map((each) => ({ receipts: each }));
  };
  const add = naturalBatch<NewDelivery, Answer>({
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
  return async (delivery) => {
    const answer = await add('', withIds(delivery));
    if ('error' in answer) throw answer.error;
    if (answer.receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'joined')) nudge();
    return answer.receipts;
  };
}

async function commitAlone(
  commit: (deliveries: readonly NewDelivery[]) => Promise<readonly Answer[]>,
  delivery: NewDelivery,
): Promise<Answer> {
  try {
    const [answer] = await commit([delivery]);
    return answer ?? { error: new RangeError('expected an answer of the store for the delivery') };
  } catch (error) {
    return { error };
  }
}

/** Sorted, because ids of one millisecond are in no order: the list shows a delivery as it came. */
function withIds({ id: delivery, origin, asked }: Incoming): NewDelivery {
  const ids = asked.map(() => randomUUIDv7()).sort();
  const members = asked.flatMap((one, index) => {
    const id = ids[index];
    return id === undefined ? [] : [{ id, asked: one }];
  });
  return { id: delivery, origin, members };
}
