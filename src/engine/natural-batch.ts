/**
 * Natural batching: while the calls for a key are in flight, what arrives meanwhile forms the next batch. No timer, so a lone
 * item never waits for company; under load the batches grow by themselves.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface BatchOptions<I, O> {
  readonly maxSize: number;
  /**
   * Resolves when the next call may be made, with how many items it may hold (at least 1). What arrives while this waits
   * still joins the batch. When it rejects, every item that waits for the key does.
   */
  readonly admit?: (key: string, waiting: readonly [I, ...I[]]) => Promise<number>;
  /** Carries the items out together: one answer per item, in order. When it rejects, every item of the batch does. */
  readonly run: (key: string, items: readonly I[]) => Promise<readonly O[]>;
}

/** Adds an item to the key's next batch, and resolves with the item's own answer. */
export type AddToBatch<I, O> = (key: string, item: I) => Promise<O>;

interface Pending<I, O> {
  readonly item: I;
  /** Only the first item in the queue has it, because it costs more than everything else here. */
  readonly within?: Within;
  readonly resolve: (answer: O) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs in the asynchronous context that an item was added in: the trace of a batch is that of its first item. */
type Within = <R>(run: () => R) => R;

/** Hands the answers of one call to the callers that wait for them. */
type Deliver = () => void;

/** A thousand names are five calls to EC2. */
const MAX_SIDE_BY_SIDE = 5;

export function naturalBatch<I, O>({ maxSize, admit, run }: BatchOptions<I, O>): AddToBatch<I, O> {
  /** A key is in the map exactly while its queue is drained. */
  const queues = new Map<string, Pending<I, O>[]>();

  async function drain(key: string, queue: Pending<I, O>[]): Promise<void> {
    // Items of the same turn of the event loop belong together: a delivery's alerts come all at once.
    await nextTurn();
    let within: Within = (work) => work();
    while (queue.length > 0) {
      within = queue[0]?.within ?? within;
      const deliveries = await Promise.all(await callsFor(key, queue, within));
      // All at once: items that belong together stay together, and their next step is one batch again.
      for (const deliver of deliveries) deliver();
    }
    queues.delete(key);
  }

  /** All items that wait now are one batch. If it is too large for one call, its calls go side by side. */
  async function callsFor(key: string, queue: Pending<I, O>[], within: Within): Promise<readonly Promise<Deliver>[]> {
    const calls: Promise<Deliver>[] = [];
    while (calls.length < MAX_SIDE_BY_SIDE) {
      const [first, ...others] = queue.slice(0, maxSize).map(({ item }) => item);
      if (first === undefined) break;
      const size = await admitted(key, [first, ...others]).catch((error: unknown) => {
        for (const { reject } of queue.splice(0)) reject(error);
        return 0;
      });
      if (size > 0) calls.push(runOne(key, queue.splice(0, Math.min(size, maxSize)), within));
    }
    return calls;
  }

  async function admitted(key: string, waiting: readonly [I, ...I[]]): Promise<number> {
    return admit === undefined ? maxSize : admit(key, waiting);
  }

  /** Never rejects: an error is delivered like an answer. */
  async function runOne(key: string, batch: readonly Pending<I, O>[], within: Within): Promise<Deliver> {
    try {
      const items = batch.map(({ item }) => item);
      const answers = await within(async () => run(key, items));
      if (answers.length !== batch.length) {
        throw new RangeError(`expected ${batch.length} answers from a batch, got ${answers.length}`);
      }
      return () => {
        for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
      };
    } catch (error) {
      return () => {
        for (const { reject } of batch) reject(error);
      };
    }
  }

  return async (key, item) => {
    const { promise, resolve, reject } = Promise.withResolvers<O>();
    const waiting = queues.get(key);
    const queue = waiting ?? [];
    queue.push({ item, resolve, reject, ...(queue.length === 0 && { within: AsyncLocalStorage.snapshot() }) });
    if (waiting === undefined) {
      queues.set(key, queue);
      void drain(key, queue);
    }
    return promise;
  };
}

async function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
