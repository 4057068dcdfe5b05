/** A store whose calls are timed and traced, for either database. */
import type { Store } from '../store/port.ts';
import type { Tracer } from './trace.ts';

/** The timed calls by the names in the metric. */
export const STORE_OPERATIONS = [
  'record_deliveries',
  'claim',
  'renew',
  'release',
  'hasten',
  'settle',
  'send',
  'acts',
  'words',
  'standing',
  'hold',
  'release_holds',
  'lease',
  'change_lease',
  'end_lease',
  'leases',
  'take_due_leases',
  'stops_asked',
  'add_notices',
  'claim_notices',
  'settle_notice',
  'notices',
  'told_of',
  'claim_watch',
  'record_seen',
  'forget_unseen',
  'named_machines',
  'count_machines',
  'machines',
  'machine',
  'machine_rows',
  'stops',
  'settled_stops',
  'unsettled_stops',
  'record_use',
  'alert_spans',
  'intervals',
  'cancel',
  'find',
  'trail',
  'list',
  'audit',
  'next_due',
  'prune',
  'check',
] as const;
export type StoreOperation = (typeof STORE_OPERATIONS)[number];

/** @param told called at the end of each call, failures included, with its duration */
export function observeStore(
  store: Store,
  tracer: Tracer,
  told: (operation: StoreOperation, ms: number) => void,
): Store {
  const observed = async <T>(operation: StoreOperation, call: () => Promise<T>): Promise<T> => {
    const begin = performance.now();
    try {
      return await tracer.step(`store ${operation}`, call);
    } finally {
      told(operation, performance.now() - begin);
    }
  };
  return {
    ...store,
    recordDeliveries: async (...args) => observed('record_deliveries', async () => store.recordDeliveries(...args)),
    claim: async (...args) => observed('claim', async () => store.claim(...args)),
    renew: async (...args) => observed('renew', async () => store.renew(...args)),
    release: async (...args) => observed('release', async () => store.release(...args)),
    hasten: async (...args) => observed('hasten', async () => store.hasten(...args)),
    settle: async (...args) => observed('settle', async () => store.settle(...args)),
    send: async (...args) => observed('send', async () => store.send(...args)),
    acts: async (...args) => observed('acts', async () => store.acts(...args)),
    audit: async (...args) => observed('audit', async () => store.audit(...args)),
    standing: async (...args) => observed('standing', async () => store.standing(...args)),
    words: async (...args) => observed('words', async () => store.words(...args)),
    hold: async (...args) => observed('hold', async () => store.hold(...args)),
    releaseHolds: async (...args) => observed('release_holds', async () => store.releaseHolds(...args)),
    lease: async (...args) => observed('lease', async () => store.lease(...args)),
    changeLease: async (...args) => observed('change_lease', async () => store.changeLease(...args)),
    endLease: async (...args) => observed('end_lease', async () => store.endLease(...args)),
    leases: async (...args) => observed('leases', async () => store.leases(...args)),
    takeDueLeases: async (...args) => observed('take_due_leases', async () => store.takeDueLeases(...args)),
    stopsAsked: async (...args) => observed('stops_asked', async () => store.stopsAsked(...args)),
    addNotices: async (...args) => observed('add_notices', async () => store.addNotices(...args)),
    claimNotices: async (...args) => observed('claim_notices', async () => store.claimNotices(...args)),
    settleNotice: async (...args) => observed('settle_notice', async () => store.settleNotice(...args)),
    notices: async (...args) => observed('notices', async () => store.notices(...args)),
    toldOf: async (...args) => observed('told_of', async () => store.toldOf(...args)),
    claimWatch: async (...args) => observed('claim_watch', async () => store.claimWatch(...args)),
    recordSeen: async (...args) => observed('record_seen', async () => store.recordSeen(...args)),
    forgetUnseen: async (...args) => observed('forget_unseen', async () => store.forgetUnseen(...args)),
    namedMachines: async (...args) => observed('named_machines', async () => store.namedMachines(...args)),
    countMachines: async (...args) => observed('count_machines', async () => store.countMachines(...args)),
    machines: async (...args) => observed('machines', async () => store.machines(...args)),
    machine: async (...args) => observed('machine', async () => store.machine(...args)),
    machineRows: async (...args) => observed('machine_rows', async () => store.machineRows(...args)),
    stops: async (...args) => observed('stops', async () => store.stops(...args)),
    settledStops: async (...args) => observed('settled_stops', async () => store.settledStops(...args)),
    alertSpans: async (...args) => observed('alert_spans', async () => store.alertSpans(...args)),
    recordUse: async (...args) => observed('record_use', async () => store.recordUse(...args)),
    unsettledStops: async (...args) => observed('unsettled_stops', async () => store.unsettledStops(...args)),
    intervals: async (...args) => observed('intervals', async () => store.intervals(...args)),
    cancel: async (...args) => observed('cancel', async () => store.cancel(...args)),
    find: async (...args) => observed('find', async () => store.find(...args)),
    trail: async (...args) => observed('trail', async () => store.trail(...args)),
    trails: async (...args) => observed('trail', async () => store.trails(...args)),
    list: async (...args) => observed('list', async () => store.list(...args)),
    nextDueAt: async (...args) => observed('next_due', async () => store.nextDueAt(...args)),
    prune: async (...args) => observed('prune', async () => store.prune(...args)),
    check: async () => observed('check', async () => store.check()),
  };
}
