/** The sessions that people have ended: a copy of their cookie opens nothing any more, on any replica. */
import type { SessionStore } from '../../store/session-port.ts';

export interface EndedSessions {
  /** @throws StoreUnavailableError: without the store a session may have been ended, so it does not count */
  readonly has: (id: string) => Promise<boolean>;
  readonly add: (session: { readonly id: string; readonly expiresAt: number }) => Promise<void>;
}

/** How soon other replicas learn that a person has logged out. */
const FRESH_MS = 2_000;

/** @param now a clock that only moves forward, in milliseconds */
export function createEndedSessions(
  store: Pick<SessionStore, 'endSession' | 'endedSessions'>,
  clock: () => number,
  now: () => number,
): EndedSessions {
  // Holds the promise, so that concurrent requests share one read.
  let read: { readonly at: number; readonly ids: Promise<ReadonlySet<string>> } | undefined;
  const readAgain = async (): Promise<ReadonlySet<string>> => {
    const ids = store.endedSessions(clock());
    const mine = { at: now(), ids };
    read = mine;
    try {
      return await ids;
    } catch (error) {
      if (read === mine) read = undefined;
      throw error;
    }
  };
  return {
    has: async (id) => (await (read !== undefined && now() - read.at < FRESH_MS ? read.ids : readAgain())).has(id),
    add: async ({ id, expiresAt }) => {
      await store.endSession(id, expiresAt);
      read = undefined;
    },
  };
}
