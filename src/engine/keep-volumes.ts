/**
 * Keeps the volumes of machines up to date: the replica that watches machines asks EC2 for those of new machines, and for all of them once
 * a day. It stays behind the engine's own calls. A place that fails holds up no other, and nothing waits for volumes: what is not known
 * of a machine when it stops is told as not known.
 */
import { describePlace, placeKey, type Place } from '../domain/instance.ts';
import { Ec2Error, MAX_LOOKUP_VALUES, type Ec2Client } from '../ec2/port.ts';
import type { Quota } from '../ec2/quota.ts';
import { tellError } from '../ec2/remedies.ts';
import type { Store } from '../store/port.ts';
import { sleep } from './sleep.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface VolumeKeeperParts {
  readonly store: Pick<Store, 'machinesWithOldVolumes' | 'keepVolumes'>;
  readonly client: Pick<Ec2Client, 'volumes'>;
  readonly quota: Pick<Quota, 'admitSpare'>;
  /** Whether this replica is the one that asks. */
  readonly isChosen: () => boolean;
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void };
  readonly observer: { fault(what: string, error: unknown): void };
}

export interface VolumeKeeper {
  /** Asks for what is due. */
  readonly tick: (signal: AbortSignal) => Promise<void>;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

const DAY_MS = 86_400_000;
/** The watch has its first look before. */
const FIRST_AFTER_MS = 30_000;
const EVERY_MS = 60_000;
/** After a failure; doubled with each that follows. */
const BACK_OFF_MS = 60_000;
const MAX_BACK_OFF_MS = 6 * 3_600_000;

/** How the calls to a place failed last. */
interface Failing {
  readonly code: string;
  readonly times: number;
  readonly retryAt: number;
}

export function createVolumeKeeper(parts: VolumeKeeperParts): VolumeKeeper {
  const { store, client, quota, isChosen, clock } = parts;
  const failing = new Map<string, Failing>();

  const read = async (place: Place, ids: readonly string[], signal: AbortSignal): Promise<void> => {
    for (let start = 0; start < ids.length; start += MAX_LOOKUP_VALUES) {
      await unlessAborted(quota.admitSpare(place, 'describe'), signal);
      if (!isChosen()) return;
      const at = clock();
      const some = ids.slice(start, start + MAX_LOOKUP_VALUES);
      await store.keepVolumes(await unlessAborted(client.volumes(place, some), signal), at);
    }
    failing.delete(placeKey(place));
  };

  const readSafely = async (place: Place, ids: readonly string[], signal: AbortSignal): Promise<void> => {
    try {
      await read(place, ids, signal);
    } catch (error) {
      if (!(error instanceof Ec2Error)) throw error;
      // EC2 counts these calls apart from the engine's, so a throttle slows down no other.
      const before = failing.get(placeKey(place));
      const times = (before?.times ?? 0) + 1;
      const retryAt = clock() + Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** (times - 1));
      failing.set(placeKey(place), { code: error.code, times, retryAt });
      if (before?.code !== error.code) warn(parts, place, error);
    }
  };

  const tick = async (signal: AbortSignal): Promise<void> => {
    if (!isChosen()) return;
    const due = await store.machinesWithOldVolumes(clock() - DAY_MS);
    const inPlaces = Map.groupBy(due, ({ place }) => placeKey(place));
    await Promise.all(
      [...inPlaces].map(async ([key, machines]) => {
        const [first] = machines;
        const ids = machines.map(({ id }) => id);
        const isWaiting = clock() < (failing.get(key)?.retryAt ?? -Infinity);
        if (first !== undefined && !isWaiting) await readSafely(first.place, ids, signal);
      }),
    );
  };

  return {
    tick,
    run: async (signal) => {
      await sleep(FIRST_AFTER_MS, signal);
      while (!signal.aborted) {
        await tick(signal).catch((error: unknown) => {
          if (!signal.aborted) parts.observer.fault('the volumes of machines could not be kept up to date', error);
        });
        await sleep(EVERY_MS, signal);
      }
    },
  };
}

function warn({ log }: VolumeKeeperParts, place: Place, error: Ec2Error): void {
  const where = describePlace(place);
  log.warn(
    { ...place, code: error.code, error: tellError(error) },
    `the volumes of machines${where === '' ? '' : ` in ${where}`} could not be read: what those cost while they are stopped stays as it is known, or unknown. Allow ec2:DescribeVolumes (deploy/iam/volumes-policy.json). Logged once`,
  );
}
