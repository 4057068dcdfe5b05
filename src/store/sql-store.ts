/** The store over SQL: one set of queries for every database. */
import { hasAskedFor } from './asked-by.ts';
import { cancel } from './cancel.ts';
import { claim, hasten, nextDueAt, renew } from './claim.ts';
import { countWaiting, createCount, oldestOpen } from './count.ts';
import type { Differences } from './differences.ts';
import { countHolds, hold, listHolds, readCounted, releaseHolds } from './holds.ts';
import { changeLease, countLeases, endLease, listLeases, makeLease, stopsAsked, takeDueLeases } from './leases.ts';
import { readActs } from './ledger.ts';
import { findIds, list } from './list.ts';
import { createMachineStore } from './machine-store.ts';
import { refuseNewer, sayServing } from './migrate.ts';
import { standingStarts } from './needs.ts';
import type { NoticesOf } from './notice-port.ts';
import { hastenNotices } from './notices.ts';
import { createNoticeStore } from './notice-store.ts';
import { beginPause, endPause } from './pauses.ts';
import { StoreUnavailableError, type Claim, type Store } from './port.ts';
import { previewAdmission } from './preview.ts';
import { prune } from './prune.ts';
import { readAudit } from './read-audit.ts';
import { recordDeliveries } from './record-deliveries.ts';
import { showOperation } from './shown.ts';
import type { Db, Transaction } from './schema.ts';
import { revokeToken } from './revoke.ts';
import { claimSchedule, readLeaseEnds, readSchedules, settleSchedule } from './schedules.ts';
import { send } from './send.ts';
import { settle } from './settle.ts';
import { openOn, readStanding } from './standing.ts';
import { createToken, listTokens } from './tokens.ts';
import { readTrail, readTrails } from './trail.ts';
import { readPauses, readVoices } from './voice.ts';
import { readRehearsed } from './rehearsed.ts';
import { createWake } from './wake.ts';
import { hastenMachines } from './watch.ts';
import { readWords } from './words.ts';
import { createWriteMoves } from './write-moves.ts';

export function createSqlStore(db: Db, differences: Differences, noticesOf: NoticesOf = () => []): Store {
  const { concurrent } = differences;
  const wake = createWake(differences);
  const parts = { ...differences, writeMoves: createWriteMoves(noticesOf, wake.announce) };
  const countByState = createCount(db);
  /** The error itself, or that a newer version has migrated the database that it happened on. */
  const blameNewer = async (error: unknown): Promise<unknown> => {
    if (error instanceof StoreUnavailableError) return error;
    return refuseNewer(db, error).then(
      () => error,
      (other: unknown) => (other instanceof StoreUnavailableError && other.cause === error ? other : error),
    );
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await repeatOnConflict(work, differences.isConflict);
    } catch (error) {
      if (differences.isUnavailable(error))
        throw new StoreUnavailableError('the database cannot be used at the moment', { cause: error });
      throw concurrent ? await blameNewer(error) : error;
    }
  };
  const transact = wake.afterwards(async (work) => guarded(async () => db.transaction().execute(work)));
  const relaxed = wake.afterwards(async (work) => guarded(async () => differences.relaxed(db, work)));
  /** Only a replica that can read everything in the database may act. */
  const upToDate = async <T>(work: (transaction: Transaction) => Promise<T>): Promise<T> =>
    relaxed(async (transaction) => {
      if (concurrent) await refuseNewer(transaction);
      return work(transaction);
    });
  let hasServed = !concurrent;
  /** The first claim tells older replicas that this version has come up. */
  const serving = async (wanted: Claim): ReturnType<Store['claim']> => {
    const claimed = await upToDate(async (transaction) => {
      if (!hasServed) await sayServing(transaction);
      return claim(transaction, wanted, parts);
    });
    hasServed = true;
    return claimed;
  };
  return {
    recordDeliveries: async (deliveries, now) =>
      transact(async (transaction) => recordDeliveries(transaction, deliveries, now, parts)),
    previewAdmission: async (candidates, now) => guarded(async () => previewAdmission(db, candidates, now)),
    claim: serving,
    renew: async (owner, ids, until) =>
      upToDate(async (transaction) => renew(transaction, owner, ids, until, concurrent)),
    hasten: async (latest, now) =>
      relaxed(async (transaction) => {
        await hasten(transaction, latest, now, concurrent);
        await hastenNotices(transaction, latest, now, wake.announce);
        await hastenMachines(transaction, latest, now, concurrent);
      }),
    release: async (owner, ids, at) =>
      relaxed(async (transaction) => void (await renew(transaction, owner, ids, at, concurrent))),
    settle: async (owner, changes) => {
      const write = async (transaction: Transaction) => settle(transaction, owner, changes, parts);
      // Before EC2 is asked this replica must be up to date. Findings are written in any case.
      return changes.some(({ after }) => after.state === 'acting') ? upToDate(write) : relaxed(write);
    },
    send: async (owner, requests, now) =>
      upToDate(async (transaction) => send(transaction, owner, requests, now, differences)),
    audit: async (query) => guarded(async () => readAudit(db, query)),
    cancel: async (id, who, now) => transact(async (transaction) => cancel(transaction, id, who, now, parts)),
    hold: async (asked, now) => transact(async (transaction) => hold(transaction, asked, now, differences)),
    releaseHolds: async (asked, now) =>
      transact(async (transaction) => releaseHolds(transaction, asked, now, differences)),
    countHolds: async (now) => guarded(async () => countHolds(db, now)),
    holds: async (query, now) => guarded(async () => listHolds(db, query, now)),
    heldSince: async (instance, since) => guarded(async () => readCounted(db, instance, since)),
    lease: async (asked, now) => transact(async (transaction) => makeLease(transaction, asked, now, differences)),
    changeLease: async (asked, now) =>
      transact(async (transaction) => changeLease(transaction, asked, now, differences)),
    endLease: async (instance, by, now) =>
      transact(async (transaction) => endLease(transaction, instance, by, now, differences)),
    countLeases: async () => guarded(async () => countLeases(db)),
    leases: async (query) => guarded(async () => listLeases(db, query)),
    takeDueLeases: async (now, limit) => upToDate(async (transaction) => takeDueLeases(transaction, now, limit)),
    stopsAsked: async (leases, now) => relaxed(async (transaction) => stopsAsked(transaction, leases, now)),
    openOn: async (instance, names) => guarded(async () => openOn(db, instance, names)),
    words: async (instances) => guarded(async () => readWords(db, instances)),
    voices: async (instances, now) => guarded(async () => readVoices(db, instances, now)),
    acts: async (keys, since) => guarded(async () => readActs(db, keys, since)),
    standing: async (owner, ids, now) => guarded(async () => readStanding(db, owner, ids, now)),
    standingStarts: async (instance) => guarded(async () => standingStarts(db, instance)),
    find: async (id) => guarded(async () => find(db, id)),
    trail: async (id) => guarded(async () => readTrail(db, id)),
    trails: async (ids) => guarded(async () => readTrails(db, ids)),
    hasAskedFor: async (who, id) => guarded(async () => hasAskedFor(db, who, id)),
    list: async (query) => guarded(async () => list(db, query)),
    rehearsed: async (since, now, limit) => guarded(async () => readRehearsed(db, since, now, limit)),
    findIds: async (text, limit) => guarded(async () => findIds(db, text, limit)),
    nextDueAt: async (verbs) => guarded(async () => nextDueAt(db, verbs)),
    countByState: async () => guarded(countByState),
    countWaiting: async () => guarded(async () => countWaiting(db)),
    oldestOpen: async () => guarded(async () => oldestOpen(db)),
    onWork: differences.onWork,
    sendHint: async (hint) => guarded(async () => differences.sendHint(db, hint)),
    onHint: differences.onHint,
    readSetting: async (key) => guarded(async () => readSetting(db, key)),
    writeSettingOnce: async (key, value) => transact(async (transaction) => writeSettingOnce(transaction, key, value)),
    changeSetting: async (key, value) => transact(async (transaction) => changeSetting(transaction, key, value)),
    createToken: async (token, by) => transact(async (transaction) => createToken(transaction, token, by)),
    listTokens: async () => guarded(async () => listTokens(db)),
    revokeToken: async (name, now, by, wantsCancel) =>
      transact(async (transaction) => revokeToken(transaction, name, now, by, wantsCancel, parts)),
    beginPause: async (pause, by) => transact(async (transaction) => beginPause(transaction, pause, by, differences)),
    endPause: async (id, now, by) => transact(async (transaction) => endPause(transaction, id, now, by, differences)),
    pauses: async (now) => guarded(async () => readPauses(db, now)),
    leaseEnds: async (now) => guarded(async () => readLeaseEnds(db, now)),
    schedules: async () => guarded(async () => readSchedules(db)),
    claimSchedule: async (wanted) =>
      transact(async (transaction) => {
        if (concurrent) await refuseNewer(transaction);
        return claimSchedule(transaction, wanted);
      }),
    settleSchedule: async (owner, schedule, outcome) =>
      relaxed(async (transaction) => settleSchedule(transaction, owner, schedule, outcome)),
    ...createNoticeStore({ db, concurrent, guarded, transact, relaxed, wake }),
    ...createMachineStore({ db, concurrent, guarded, transact, relaxed, upToDate }),
    prune: async (endedBefore, limit, historyBefore = endedBefore) =>
      prune(relaxed, { endedBefore, historyBefore }, limit, concurrent),
    check: async () =>
      guarded(async () => {
        await refuseNewer(db);
        await check(db);
      }),
    close: async () => {
      await differences.close();
      await db.destroy();
    },
  };
}

/** Enough for every replica to win once before this one. After that the store counts as unavailable. */
const MAX_CONFLICTS = 10;

/** A transaction that met a conflict has changed nothing. Run again, it sees what the other has written. */
async function repeatOnConflict<T>(work: () => Promise<T>, isConflict: (error: unknown) => boolean): Promise<T> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await work();
    } catch (error) {
      if (conflicts >= MAX_CONFLICTS || !isConflict(error)) throw error;
    }
  }
}

async function find(db: Db, id: string): ReturnType<Store['find']> {
  const row = await db.selectFrom('operation').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : showOperation(row);
}

async function readSetting(db: Db, key: string): Promise<string | undefined> {
  const row = await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst();
  return row?.value;
}

async function writeSettingOnce(db: Db, key: string, value: string): Promise<string> {
  await db
    .insertInto('setting')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  return (await readSetting(db, key)) ?? value;
}

async function changeSetting(db: Db, key: string, value: string): Promise<void> {
  await db
    .insertInto('setting')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

/** Writes, because a full disk can still be read. */
async function check(db: Db): Promise<void> {
  await changeSetting(db, 'checked_at', String(Date.now()));
}
