/** The notices and the keys of links in the store over SQL. */
import { append } from './audit.ts';
import { linkKeys, rotateLinkKey } from './link-keys.ts';
import { refuseNewer } from './migrate.ts';
import type { NoticeStore } from './notice-port.ts';
import { claimNotices, countPendingNotices, nextNoticeAt, settleNotice, toldOf } from './notices.ts';
import { findNotice, listNotices, toNotice } from './read-notices.ts';
import { isFirst } from './replays.ts';
import type { Db, Transaction } from './schema.ts';
import type { Wake } from './wake.ts';
import { writeNotices } from './write-notices.ts';

type Run = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;

export interface NoticeStoreParts {
  readonly db: Db;
  readonly concurrent: boolean;
  readonly guarded: <T>(work: () => Promise<T>) => Promise<T>;
  readonly transact: Run;
  readonly relaxed: Run;
  readonly wake: Wake;
}

export function createNoticeStore(parts: NoticeStoreParts): NoticeStore {
  const { db, concurrent, guarded, transact, relaxed, wake } = parts;
  return {
    addNotices: async (notices, now, entry) =>
      transact(async (transaction) => {
        if (entry !== undefined) await append(transaction, [{ entry }]);
        const given = notices.map((notice) => ({ notice, at: now }));
        const rows = await writeNotices(transaction, given, wake.announce);
        return rows.flatMap((row) => toNotice(row) ?? []);
      }),
    claimNotices: async (wanted) =>
      relaxed(async (transaction) => {
        if (concurrent) await refuseNewer(transaction);
        return claimNotices(transaction, wanted, concurrent);
      }),
    settleNotice: async (owner, id, outcome, now) =>
      relaxed(async (transaction) => settleNotice(transaction, owner, id, outcome, now)),
    notice: async (id) => guarded(async () => findNotice(db, id)),
    takeAnswer: async (digest, until, now) => transact(async (transaction) => isFirst(transaction, digest, until, now)),
    notices: async (query) => guarded(async () => listNotices(db, query)),
    countPendingNotices: async () => guarded(async () => countPendingNotices(db)),
    nextNoticeAt: async (channels) => guarded(async () => nextNoticeAt(db, channels)),
    toldOf: async (operations) => guarded(async () => toldOf(db, operations)),
    onNotices: wake.onNotices,
    linkKeys: async (now) => transact(async (transaction) => linkKeys(transaction, now)),
    rotateLinkKey: async (now, by, revokes) =>
      transact(async (transaction) => rotateLinkKey(transaction, now, by, revokes)),
  };
}
