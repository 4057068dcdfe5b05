/** Records deliveries: each completely or not at all, and deliveries of the same moment with one flush of the disk. */
import { randomUUIDv7 } from 'node:crypto';
import type { Intended } from '../domain/intend.ts';
import type { Intent } from '../domain/intent.ts';
import type { Origin, Receipt } from '../domain/receipt.ts';
import type { Member, NewDelivery, Signature, Store } from '../store/port.ts';
import { naturalBatch } from './natural-batch.ts';
import type { Tell } from './tell.ts';
import { togetherOrAlone, valueOf, type Outcome } from './together.ts';

export interface IntakeParts {
  readonly store: Pick<Store, 'recordDeliveries'>;
  readonly clock: () => number;
  readonly tell: Pick<Tell, 'answered'>;
  /** Told that there is work. */
  readonly nudge: () => void;
}

export interface Incoming {
  readonly origin: Origin;
  /** Absent if the delivery is not signed. */
  readonly signature?: Signature;
  /** What each alert, or the person, asks for. */
  readonly asked: readonly Intended[];
}

/** One receipt for each member of `asked`, in order. @throws StoreUnavailableError when nothing of the delivery was recorded */
export type Intake = (delivery: Incoming) => Promise<readonly Receipt[]>;

/** Deliveries of the same moment share a transaction, because the flush costs most. */
const MAX_DELIVERIES = 256;

export function createIntake({ store, clock, tell, nudge }: IntakeParts): Intake {
  const commit = async (deliveries: readonly NewDelivery[]): Promise<readonly (readonly Receipt[])[]> => {
    const { receipts } = await store.recordDeliveries(deliveries, clock());
    return receipts;
  };
  const add = naturalBatch<NewDelivery, Outcome<readonly Receipt[]>>({
    maxSize: MAX_DELIVERIES,
    run: async (_key, deliveries) => togetherOrAlone(deliveries, commit),
  });
  return async ({ origin, asked, signature }) => {
    const id = randomUUIDv7();
    const brought = asked.map((one) =>
      one.outcome === 'intent' ? { ...one, intent: broughtBy(id, one.intent) } : one,
    );
    const members = toMembers(brought);
    const receipts = valueOf(await add('', { id, origin, members, ...(signature === undefined ? {} : { signature }) }));
    tell.answered({ id, origin, asked: brought, receipts });
    if (receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'joined')) nudge();
    return receipts;
  };
}

/** An operation names the delivery that brought its cause. */
function broughtBy(delivery: string, intent: Intent): Intent {
  return { ...intent, cause: { ...intent.cause, delivery } };
}

/** The ids are sorted, because ids of one millisecond are in no order: lists show a delivery's alerts as they came. */
function toMembers(asked: readonly Intended[]): readonly Member[] {
  const ids = asked.map(() => randomUUIDv7()).sort();
  return asked.flatMap((one, index) => {
    const id = ids[index];
    return id === undefined ? [] : [{ id, asked: one }];
  });
}
