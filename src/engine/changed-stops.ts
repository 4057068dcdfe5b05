/** Reads stops page by page, from the one that was changed first. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../store/port.ts';

/** Small enough that the embedded database keeps nothing else waiting. */
const PAGE = 500;

export type ChangedStops = Awaited<ReturnType<Store['changedStops']>>;
export type ChangeCursor = NonNullable<ChangedStops['last']>;

export async function* changesAfter(
  store: Pick<Store, 'changedStops'>,
  after?: ChangeCursor,
): AsyncGenerator<ChangedStops, void> {
  for (let cursor = after; ;) {
    const page = await store.changedStops({ after: cursor, limit: PAGE });
    yield page;
    if (!page.hasMore) return;
    cursor = page.last;
    await nextTurn();
  }
}
