/** Logs and counts what the watch of machines comes to. */
import { describePlace, placeKey, type InstanceState, type Place } from '../domain/instance.ts';
import type { Log } from './log.ts';
import type { WatchMetrics } from './watch-gauges.ts';

export interface WatchObserver {
  /** This replica has begun to watch the machines of these places. */
  watchBegan(places: readonly Place[]): void;
  /** A whole look at a place has shown machines in these states. */
  watched(place: Place, states: readonly InstanceState[]): void;
  watchFailed(place: Place, failure: LookFailure): void;
  /** Another replica watches now, or none. */
  watchEnded(): void;
}

export interface LookFailure {
  /** EC2's error code. */
  readonly code: string;
  /** The error for people, with the remedy. */
  readonly message: string;
  /** By EC2's rate limit. */
  readonly throttled: boolean;
}

/** A place that fails for ever would fill the log: it is told when it begins to fail, fails otherwise, or answers again. */
export function createWatchLog(log: Log, metrics: WatchMetrics): WatchObserver {
  const failing = new Map<string, string>();
  return {
    watchBegan: (places) => {
      log.info({ places: places.length }, 'this replica watches the machines');
      metrics.watchBegan(places);
    },
    watched: (place, states) => {
      metrics.watched(place, states);
      log.debug({ ...place, machines: states.length }, 'the machines were looked at');
      if (failing.delete(placeKey(place))) log.info({ ...place }, 'the machines of this place are seen again');
    },
    watchFailed: (place, { code, message: why, throttled }) => {
      metrics.watchLooked({ outcome: throttled ? 'throttled' : 'failed' });
      const where = describePlace(place);
      const line = { ...place, code };
      const message = `the machines${where === '' ? '' : ` in ${where}`} cannot be looked at, and are shown as they were: ${why}`;
      if (failing.get(placeKey(place)) === code) log.debug(line, message);
      // Nothing is started or stopped any more.
      else
        log[code === 'ClientOtherAccount' ? 'error' : 'warn'](
          line,
          `${message}. Logged once; see ec2_operator_watch_age_seconds`,
        );
      failing.set(placeKey(place), code);
    },
    watchEnded: () => {
      failing.clear();
      log.info('another replica watches the machines');
      metrics.watchEnded();
    },
  };
}
