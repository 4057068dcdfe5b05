/**
 * EC2's rate limits, kept on our side, because a slower call is cheaper than a refused one. EC2 counts requests, and for starts
 * and stops also instances, in token buckets per account, region and action (AWS: "Request throttling for the Amazon EC2
 * API"). Other programs use the account too, so only a share of each bucket is ours.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { placeKey, type Place } from '../domain/instance.ts';
import type { QuotaAction, QuotaLevel } from '../domain/quota-level.ts';

export interface Quota {
  /**
   * Resolves when a call may be made, and takes its tokens out of the buckets.
   *
   * @param wanted the number of instances for the call, at least 1
   * @returns the number that the call may name, from 1 to `wanted`
   */
  admit(place: Place, action: QuotaAction, wanted: number): Promise<number>;
  /** As `admit` for one call that no operation waits for: it leaves half of our share to the others. */
  admitSpare(place: Place, action: QuotaAction): Promise<void>;
  /**
   * EC2 has throttled nevertheless: other programs use more than expected.
   *
   * @param named the number of instances in the call: a refused call takes nothing out of EC2's buckets
   */
  throttled(place: Place, action: QuotaAction, named: number): void;
  /** The tokens left now in every bucket that has been used. */
  levels(): readonly QuotaLevel[];
  /** Rejects calls that wait, now and later. For the shutdown. */
  close(): void;
}

/** For an endpoint without rate limits. */
export const UNLIMITED: Quota = {
  admit: async (_place, _action, wanted) => Promise.resolve(wanted),
  admitSpare: async () => Promise.resolve(),
  throttled: () => undefined,
  levels: () => [],
  close: () => undefined,
};

interface Bucket {
  readonly max: number;
  readonly refillPerSecond: number;
}

interface Limits {
  readonly requests: Bucket;
  readonly instances?: Bucket;
}

/** AWS's published sizes. */
const LIMITS: Readonly<Record<QuotaAction, Limits>> = {
  describe: { requests: { max: 100, refillPerSecond: 20 } },
  look: { requests: { max: 50, refillPerSecond: 10 } },
  // A call that lists ids, in a bucket of its own.
  checks: { requests: { max: 50, refillPerSecond: 10 } },
  start: { requests: { max: 5, refillPerSecond: 2 }, instances: { max: 1_000, refillPerSecond: 2 } },
  stop: { requests: { max: 50, refillPerSecond: 5 }, instances: { max: 1_000, refillPerSecond: 20 } },
};

interface Level {
  readonly place: Place;
  readonly action: QuotaAction;
  readonly limits: Limits;
  readonly share: number;
  requests: number;
  instances: number;
  /** The part of our share that is used: halved by a throttle, whole again after a quiet minute. */
  pace: number;
  /** Milliseconds of the monotonic clock. */
  refilledAt: number;
}

/** The part of our share that spare calls leave. */
const SPARE = 0.5;
const SLOWEST_PACE = 0.05;
const RECOVERY_MS = 60_000;
const HEAD_START_S = 0.5;

/**
 * @param share of each bucket that is ours, above 0 and up to 1
 * @param clock milliseconds that never go back
 */
export function createQuota(share: number, clock: () => number = () => performance.now()): Quota {
  const levels = new Map<string, Level>();
  const closing = new AbortController();

  function levelOf(place: Place, action: QuotaAction): Level {
    const key = `${action} ${placeKey(place)}`;
    const known = levels.get(key);
    if (known !== undefined) return refill(known, clock());
    const limits = LIMITS[action];
    const { requests, instances } = limits;
    const fresh: Level = {
      place,
      action,
      limits,
      share,
      requests: capacity(requests, share),
      instances: instances === undefined ? Infinity : capacity(instances, share),
      pace: 1,
      refilledAt: clock(),
    };
    levels.set(key, fresh);
    return fresh;
  }

  /** Resolves with a level that holds this part of our share, and at least one token. */
  async function levelWith(place: Place, action: QuotaAction, part: number): Promise<Level> {
    for (;;) {
      const level = levelOf(place, action);
      const waitMs = missingMs(level, Math.max(1, capacity(level.limits.requests, share) * part));
      if (waitMs <= 0) return level;
      // The timer rounds down, so less than a millisecond would become a busy loop.
      await delay(Math.max(1, Math.ceil(waitMs)), undefined, { signal: closing.signal });
    }
  }

  return {
    admit: async (place, action, wanted) => {
      const level = await levelWith(place, action, 0);
      const granted = Math.min(wanted, Math.floor(level.instances));
      level.requests -= 1;
      level.instances -= granted;
      return granted;
    },
    admitSpare: async (place, action) => {
      const level = await levelWith(place, action, SPARE);
      level.requests -= 1;
    },
    throttled: (place, action, named) => {
      const level = levelOf(place, action);
      level.requests = 0;
      level.instances = (level.instances + named) / 2;
      level.pace = Math.max(SLOWEST_PACE, level.pace / 2);
    },
    levels: () =>
      [...levels.values()].map((level) => {
        const { place, action, limits, requests, instances } = refill(level, clock());
        return { place, action, requests, ...(limits.instances === undefined ? {} : { instances }) };
      }),
    close: () => closing.abort(),
  };
}

/**
 * A little less than our share, because EC2 begins to refill when the first call arrives, later than we do. A bucket holds at
 * least one token: with less, no call could ever be made.
 */
function capacity({ max, refillPerSecond }: Bucket, share: number): number {
  return Math.max(1, (max - refillPerSecond * HEAD_START_S) * share);
}

function refill(level: Level, now: number): Level {
  const { limits, share } = level;
  const elapsedMs = now - level.refilledAt;
  const refilled = (tokens: number, bucket: Bucket): number =>
    Math.min(capacity(bucket, share), tokens + (elapsedMs / 1_000) * bucket.refillPerSecond * share * level.pace);
  level.requests = refilled(level.requests, limits.requests);
  if (limits.instances !== undefined) level.instances = refilled(level.instances, limits.instances);
  level.pace = Math.min(1, level.pace + elapsedMs / RECOVERY_MS);
  level.refilledAt = now;
  return level;
}

function missingMs({ limits, share, requests, instances, pace }: Level, leastRequests: number): number {
  const missing = (tokens: number, least: number, { refillPerSecond }: Bucket): number =>
    tokens >= least ? 0 : ((least - tokens) / (refillPerSecond * share * pace)) * 1_000;
  return Math.max(
    missing(requests, leastRequests, limits.requests),
    limits.instances === undefined ? 0 : missing(instances, 1, limits.instances),
  );
}
