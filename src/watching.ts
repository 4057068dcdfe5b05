/** Puts the watch of machines together, and the recording of what EC2 shows. */
import { randomUUID } from 'node:crypto';
import type { Config } from './config/schema.ts';
import type { Place } from './domain/instance.ts';
import type { Client } from './domain/intent.ts';
import { createCostOf } from './domain/stop-cost.ts';
import { regionOf, type Ec2Settings } from './ec2/accounts.ts';
import type { Ec2 } from './ec2/client.ts';
import { observeClient } from './ec2/observed.ts';
import type { Ec2Client } from './ec2/port.ts';
import type { Quota } from './ec2/quota.ts';
import { keepFirstUses, type FirstUseParts } from './engine/first-uses.ts';
import { createSeenRecorder, type SeenRecorder } from './engine/record-seen.ts';
import type { EngineSettings } from './engine/settings.ts';
import { createPriceKeeper } from './engine/keep-prices.ts';
import { createVolumeKeeper } from './engine/keep-volumes.ts';
import { createWatch, type Watch } from './engine/watch.ts';
import type { Observer } from './observe/observer.ts';
import type { Tracer } from './observe/trace.ts';
import { createPricing } from './pricing/clients.ts';
import { watchedMachinesOf } from './settings.ts';
import type { Store } from './store/port.ts';

export interface WatchingParts {
  readonly store: Store;
  readonly ec2: Ec2;
  readonly ec2Settings: Ec2Settings;
  readonly quota: Quota;
  readonly settings: EngineSettings;
  readonly observer: Observer;
  readonly log: FirstUseParts['log'];
  readonly tracer: Tracer;
  readonly clock: () => number;
}

export interface Watching {
  /** The clients of operations: what they see is recorded, too. */
  readonly clients: Readonly<Record<Client, Ec2Client>>;
  /** Watches the machines until the signal is aborted. */
  readonly run: Watch['run'];
  /** Resolves when all that operations have seen is recorded. */
  readonly settled: SeenRecorder['settled'];
}

export function openWatching(config: Config, parts: WatchingParts): Watching {
  const { ec2, ec2Settings, observer, settings, tracer } = parts;
  const recorder = createSeenRecorder({ ...parts, ownerTags: config.owners.tags, costOf: createCostOf(config.prices) });
  // The watch records its sightings itself. This metric counts the machines of operations.
  const client = observeClient(ec2.client(config.client), { ...observer, saw: () => undefined }, tracer);
  const watch = createWatch({
    ...parts,
    recorder,
    client,
    filter: watchedMachinesOf(config),
    places: placesOf(settings, ec2Settings),
    owner: randomUUID(),
    elapsed: () => performance.now(),
  });
  const keepPrices = async (signal: AbortSignal): Promise<void> => {
    const pricing = config.prices.pricingApi ? createPricing(config.client, ec2Settings) : undefined;
    // A call that waits for AWS would hold up the shutdown.
    signal.addEventListener('abort', () => pricing?.close());
    await createPriceKeeper({ ...parts, prices: config.prices, pricing, isChosen: watch.isHeld }).run(signal);
    pricing?.close();
  };
  const clientOf = (kind: Client): Ec2Client => observeClient(ec2.client(kind), observer, tracer, recorder.begin);
  return {
    clients: { native: clientOf('native'), cli: clientOf('cli') },
    run: async (signal) => {
      const uses = firstUsesOf(config, parts);
      await Promise.all([
        watch.run(signal),
        keepPrices(signal),
        createVolumeKeeper({ ...parts, client, isChosen: watch.isHeld }).run(signal),
        ...(uses === undefined ? [] : [keepFirstUses(uses, signal)]),
      ]);
    },
    settled: recorder.settled,
  };
}

/** Undefined without Prometheus: then nobody sees whether a machine is used. */
function firstUsesOf({ prometheus }: Config, { store, clock, log }: WatchingParts): FirstUseParts | undefined {
  if (prometheus === undefined) return undefined;
  return {
    store,
    clock,
    log,
    readUse: async (since, until) => {
      const { readPastUse } = await import('./prometheus/past-use.ts');
      // As the shipped rules name machines.
      return (await readPastUse(prometheus, { since, until, by: 'instance', type: 'instance_type' })).past;
    },
  };
}

/** With the region that the environment names, as the machines name it. */
function placesOf({ places }: EngineSettings, ec2Settings: Ec2Settings): readonly Place[] {
  if (places.length > 0) return places;
  try {
    const region = regionOf(ec2Settings, {});
    return region === undefined ? [{}] : [{ region }];
  } catch {
    // Each call tells what is wrong with it.
    return [{}];
  }
}
