/** Wakes the loops that send notices once a transaction that wrote some is committed. */
import type { Differences } from './differences.ts';
import type { Transaction } from './schema.ts';
import type { Announce } from './write-notices.ts';

type Run = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;

export interface Wake {
  readonly announce: Announce;
  /** A runner of transactions that wakes the listeners when a commit calls for it. */
  readonly afterwards: (run: Run) => Run;
  /** As `Store.onNotices`. */
  readonly onNotices: (listener: () => void) => () => void;
}

export function createWake(differences: Pick<Differences, 'announceNotices' | 'onNotices'>): Wake {
  const listeners = new Set<() => void>();
  const announced = new WeakSet<Transaction>();
  return {
    announce: async (transaction) => {
      if (announced.has(transaction)) return;
      announced.add(transaction);
      await differences.announceNotices(transaction);
    },
    afterwards: (run) => async (work) => {
      const commit = { isAnnounced: false };
      const answer = await run(async (transaction) => {
        const done = await work(transaction);
        commit.isAnnounced = announced.has(transaction);
        return done;
      });
      if (commit.isAnnounced) for (const listener of listeners) listener();
      return answer;
    },
    onNotices: (listener) => {
      listeners.add(listener);
      const end = differences.onNotices(listener);
      return () => {
        listeners.delete(listener);
        end();
      };
    },
  };
}
