/** Asks for the stops of leases, early enough for the longest warning. From then on the guards decide when a machine stops. */
import type { Client, Intent } from '../domain/intent.ts';
import type { Lease } from '../domain/voice.ts';
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';
import type { Intake } from './intake.ts';
import { sleep } from './sleep.ts';

export interface LeaseParts {
  readonly store: Pick<Store, 'takeDueLeases' | 'stopsAsked'>;
  /** The door through which everything comes in. */
  readonly intake: Intake;
  readonly client: Client;
  readonly observer: Pick<Observer, 'fault'>;
  readonly clock: () => number;
}

/** A lease that is shorter than its warning has its stop so much later. In milliseconds. */
const EVERY_MS = 5_000;
const MOST = 100;

/** Resolves when the signal is aborted. */
export async function keepLeases(parts: LeaseParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await askSafely(parts, signal);
    await sleep(EVERY_MS, signal);
  }
}

async function askSafely(parts: LeaseParts, signal: AbortSignal): Promise<void> {
  try {
    while (!signal.aborted && (await askForStops(parts)) === MOST);
  } catch (error) {
    parts.observer.fault('the stops of leases could not be asked for', error);
  }
}

/** @returns for how many leases */
export async function askForStops({ store, intake, client, clock }: LeaseParts): Promise<number> {
  const due = await store.takeDueLeases(clock(), MOST);
  await Promise.all(
    due.map(async (lease) =>
      intake({
        origin: originOf(lease),
        asked: [{ outcome: 'intent', fingerprint: '', intent: stopOf(lease, client) }],
      }),
    ),
  );
  if (due.length > 0) await store.stopsAsked(due, clock());
  return due.length;
}

/** As a request of the lease's holder, who may see it and cancel it. */
function originOf({ who }: Lease) {
  return { who: { name: who, remote: 'lease' }, method: 'GET', route: 'instance' } as const;
}

function stopOf({ id, instance, place = {}, who, since }: Lease, client: Client): Intent {
  return {
    verb: 'stop',
    client,
    dryRun: false,
    target: { kind: 'instance', id: instance, text: instance },
    ...(place.region === undefined ? {} : { region: place.region }),
    ...(place.account === undefined ? {} : { account: place.account }),
    cause: { by: 'lease', lease: id, name: who, beganAt: since },
  };
}
