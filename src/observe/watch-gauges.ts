/** The machines of the watch, as gauges. */
import { INSTANCE_STATES, placeKey, type InstanceState, type Place } from '../domain/instance.ts';
import { firstOnes, QUOTA_PLACES } from './bounds.ts';
import type { LookOutcome } from './catalog-watch.ts';
import type { Instruments } from './instruments.ts';

export interface WatchMetrics {
  /** This replica has begun to watch the places. */
  watchBegan(places: readonly Place[]): void;
  /** A whole look at a place has shown machines in these states. */
  watched(place: Place, states: readonly InstanceState[]): void;
  watchLooked(labels: { readonly outcome: LookOutcome }): void;
  watchEnded(): void;
}

interface WatchGauges extends WatchMetrics {
  /** Brings the ages up to date. */
  readonly refresh: () => void;
}

/** @param clock milliseconds that never go back */
export function createWatchGauges(
  make: Instruments,
  onDropped: () => void,
  clock: () => number = () => performance.now(),
): WatchGauges {
  const machines = make.gauge('ec2_operator_machines');
  const ages = make.gauge('ec2_operator_watch_age_seconds');
  const looks = make.counter('ec2_operator_watch_looks_total');
  const isShown = firstOnes(QUOTA_PLACES, onDropped);
  const watchedAt = new Map<string, { readonly labels: Record<string, string>; readonly at: number }>();
  const note = (place: Place): Record<string, string> | undefined => {
    if (!isShown(placeKey(place))) return undefined;
    const labels = { region: place.region ?? '', account: place.account ?? '' };
    watchedAt.set(placeKey(place), { labels, at: clock() });
    return labels;
  };
  return {
    watchBegan: (places) => {
      for (const place of places) note(place);
    },
    watched: (place, states) => {
      looks.inc({ outcome: 'whole' });
      const labels = note(place);
      if (labels === undefined) return;
      for (const state of INSTANCE_STATES) {
        machines.set({ ...labels, state }, states.filter((each) => each === state).length);
      }
    },
    watchLooked: (labels) => looks.inc(labels),
    watchEnded: () => {
      watchedAt.clear();
      machines.reset();
      ages.reset();
    },
    refresh: () => {
      for (const { labels, at } of watchedAt.values()) ages.set(labels, (clock() - at) / 1_000);
    },
  };
}
