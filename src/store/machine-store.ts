/** Machines and ended logins in the store over SQL. */
import { countMachines, listMachines } from './list-machines.ts';
import { keepSettings, readJudgements } from './judgements.ts';
import type { HistoryStore } from './history-port.ts';
import type { MachineStore } from './machine-port.ts';
import { createMachineReader, readMachine, readMachineRows } from './machine-rows.ts';
import { recordSeen } from './record-seen.ts';
import type { Db, Transaction } from './schema.ts';
import { readAlertSpans } from './read-alert-spans.ts';
import { keepListPrice, readListPrices, readPricedMachines } from './prices.ts';
import type { SessionStore } from './session-port.ts';
import { readChangedStops, readStops, writeUse } from './stops.ts';
import { keepVolumes, readOldVolumes } from './volumes.ts';
import { claimWatch, forgetOtherPlaces, forgetUnseen, namedMachines, readIntervals } from './watch.ts';

type Run = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;

export interface MachineStoreParts {
  readonly db: Db;
  readonly concurrent: boolean;
  readonly guarded: <T>(work: () => Promise<T>) => Promise<T>;
  readonly transact: Run;
  readonly relaxed: Run;
  readonly upToDate: Run;
}

export function createMachineStore(parts: MachineStoreParts): MachineStore & SessionStore & HistoryStore {
  const { db, concurrent, guarded, transact, relaxed, upToDate } = parts;
  const reader = createMachineReader(db);
  return {
    claimWatch: async (owner, now, until) =>
      upToDate(async (transaction) => claimWatch(transaction, owner, now, until)),
    recordSeen: async (sightings, now, costOf) => recordSeen(relaxed, sightings, { now, concurrent, costOf }),
    stops: async (query) => guarded(async () => readStops(db, query)),
    changedStops: async (query) => guarded(async () => readChangedStops(db, query)),
    recordUse: async (operation, at, now) => relaxed(async (transaction) => writeUse(transaction, operation, at, now)),
    judgements: async (operation) => guarded(async () => readJudgements(db, operation)),
    keepSettings: async (version, content, now) =>
      relaxed(async (transaction) => keepSettings(transaction, version, content, now)),
    alertSpans: async (query) => guarded(async () => readAlertSpans(db, query)),
    forgetUnseen: async (place, lookedAt, now) =>
      relaxed(async (transaction) => forgetUnseen(transaction, place, { lookedAt, now }, concurrent)),
    forgetOtherPlaces: async (watched, now) =>
      relaxed(async (transaction) => forgetOtherPlaces(transaction, watched, now, concurrent)),
    namedMachines: async (since, now) => guarded(async () => namedMachines(db, since, now)),
    countMachines: async (query) => guarded(async () => countMachines(db, query)),
    machines: async (query, now) => guarded(async () => listMachines(reader, query, now)),
    machine: async (id, now) => guarded(async () => readMachine(reader, id, now)),
    machineRows: async (ids, now) => guarded(async () => readMachineRows(reader, ids, now)),
    intervals: async (instances, since) => guarded(async () => readIntervals(db, instances, since)),
    listPrices: async () => guarded(async () => readListPrices(db)),
    keepListPrice: async (key, price) => relaxed(async (transaction) => keepListPrice(transaction, key, price)),
    pricedMachines: async () => guarded(async () => readPricedMachines(db)),
    machinesWithOldVolumes: async (since) => guarded(async () => readOldVolumes(db, since)),
    keepVolumes: async (found, at) => relaxed(async (transaction) => keepVolumes(transaction, found, at, concurrent)),
    endSession: async (id, expiresAt) => transact(async (transaction) => endSession(transaction, id, expiresAt)),
    endedSessions: async (now) => guarded(async () => readEndedSessions(db, now)),
  };
}

async function endSession(transaction: Transaction, id: string, expiresAt: number): Promise<void> {
  await transaction
    .insertInto('ended_session')
    .values({ id, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function readEndedSessions(db: Db, now: number): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('ended_session').select('id').where('expires_at', '>', now).execute();
  return new Set(rows.map(({ id }) => id));
}
