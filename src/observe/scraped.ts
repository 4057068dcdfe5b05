/** Values that are looked up at each scrape. */
import { placeKey } from '../domain/instance.ts';
import { OPEN_STATES } from '../domain/operation.ts';
import { WAITING_REASONS } from '../domain/reason.ts';
import type { QuotaLevel } from '../domain/quota-level.ts';
import type { Sums } from '../domain/savings-tally.ts';
import type { Store } from '../store/port.ts';
import { firstOnes, QUOTA_PLACES } from './bounds.ts';
import { PAUSED_MACHINES, QUOTA_ACTIONS } from './catalog.ts';
import type { Instruments } from './instruments.ts';

export interface Scraped {
  /** Several processes may share the store, so open operations are counted there. */
  readonly store: Pick<
    Store,
    | 'countByState'
    | 'countWaiting'
    | 'oldestOpen'
    | 'nextDueAt'
    | 'pauses'
    | 'countLeases'
    | 'countHolds'
    | 'countPendingNotices'
  >;
  /** What the stops of the last `USUAL_DAYS` days have saved. */
  readonly savings: () => Promise<Readonly<Sums>>;
  /** The names of those that are configured. */
  readonly channels: readonly string[];
  readonly quota: { readonly levels: () => readonly QuotaLevel[] };
  readonly clock: () => number;
}

/**
 * @param onDropped called for each rate limit that is left out because too many places are shown
 * @returns looks all values up and never rejects: metrics are needed most while the store fails
 */
export function createScrape(sources: Scraped, make: Instruments, onDropped: () => void): () => Promise<void> {
  const { store, quota, clock, channels } = sources;
  const operations = make.gauge('ec2_operator_operations');
  const waiting = make.gauge('ec2_operator_waiting_operations');
  const reasons = Object.keys(WAITING_REASONS);
  const ages = make.gauge('ec2_operator_oldest_operation_age_seconds');
  const paused = make.gauge('ec2_operator_pauses');
  const pausedFor = make.gauge('ec2_operator_oldest_pause_age_seconds');
  const leases = make.gauge('ec2_operator_leases');
  const held = make.gauge('ec2_operator_holds');
  const pending = make.gauge('ec2_operator_pending_notices');
  const pendingFor = make.gauge('ec2_operator_oldest_pending_notice_age_seconds');
  const lag = make.gauge('ec2_operator_worker_lag_seconds');
  const tokens = make.gauge('ec2_operator_quota_tokens');
  const isShown = firstOnes(QUOTA_PLACES, onDropped);
  const since = (time: number | undefined): number => (time === undefined ? 0 : Math.max(0, clock() - time) / 1_000);

  const lookUp = async (): Promise<void> => {
    const [counts, waits, oldest, due, pauses, leased, holds, notices] = await Promise.all([
      store.countByState(),
      store.countWaiting(),
      store.oldestOpen(),
      store.nextDueAt(),
      store.pauses(clock()),
      store.countLeases(),
      store.countHolds(clock()),
      store.countPendingNotices(),
    ]);
    leases.set(leased);
    for (const machines of PAUSED_MACHINES) {
      const those = pauses.filter(({ only }) => (only === undefined) === (machines === 'all'));
      paused.set({ machines }, those.length);
      pausedFor.set({ machines }, since(those.at(0)?.createdAt));
    }
    for (const reason of reasons) waiting.set({ reason }, waits.get(reason) ?? 0);
    operations.reset();
    for (const [state, count] of Object.entries(counts)) operations.set({ state }, count);
    for (const state of OPEN_STATES) ages.set({ state }, since(oldest[state]));
    held.set(holds);
    for (const channel of channels) {
      pending.set({ channel }, 0);
      pendingFor.set({ channel }, 0);
    }
    for (const { channel, count, oldestAt } of notices) {
      pending.set({ channel }, count);
      pendingFor.set({ channel }, since(oldestAt));
    }
    lag.set(since(due));
  };
  const forget = (): void => {
    // A missing value is better than an old one.
    for (const gauge of [operations, waiting, ages, paused, pausedFor, pending, pendingFor]) gauge.reset();
    // A reset would leave these at 0: they have no labels.
    for (const gauge of [lag, leases, held]) gauge.remove();
  };
  const readLevels = (): void => {
    tokens.reset();
    for (const level of quota.levels()) if (isShown(placeKey(level.place))) setLevel(level);
  };
  const setLevel = ({ action, place, requests, instances }: QuotaLevel): void => {
    const labels = { action: QUOTA_ACTIONS[action], region: place.region ?? '', account: place.account ?? '' };
    tokens.set({ ...labels, bucket: 'request' }, requests);
    if (instances !== undefined) tokens.set({ ...labels, bucket: 'resource' }, instances);
  };
  return async () => {
    readLevels();
    await lookUp().catch(forget);
  };
}
