/** Records deliveries: each completely or not at all, and deliveries of the same moment with one flush of the disk. */
import { randomUUIDv7 } from 'node:crypto';
import type { Intended } from '../domain/intend.ts';
import type { Intent } from '../domain/intent.ts';
import type { Origin, Receipt } from '../domain/receipt.ts';
import type { Member, NewDelivery, Signature, Store } from '../store/port.ts';
import type { Tell } from './tell.ts';
import { writeTogether } from './together.ts';

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
  /** The intents of the alerts, or of the person. */
  readonly asked: readonly Intended[];
}

/** A receipt for each member of `asked`, in order. @throws StoreUnavailableError when nothing of the delivery was recorded */
export type Intake = (delivery: Incoming) => Promise<readonly Receipt[]>;

/** Deliveries of the same moment share a transaction, because the flush costs most. */
const MAX_DELIVERIES = 256;

export function createIntake({ store, clock, tell, nudge }: IntakeParts): Intake {
  const commit = writeTogether(MAX_DELIVERIES, async (deliveries: readonly NewDelivery[]) => {
    const { receipts } = await store.recordDeliveries(deliveries, clock());
    return receipts;
  });
  return async ({ origin, asked, signature }) => {
    const id = randomUUIDv7();
    const brought = asked.map((one) =>
      one.outcome === 'intent' ? { ...one, intent: broughtBy(id, one.intent) } : one,
    );
    const members = toMembers(brought);
    const receipts = await commit({ id, origin, members, ...(signature === undefined ? {} : { signature }) });
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
