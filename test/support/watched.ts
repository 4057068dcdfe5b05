/** The watch on the embedded EC2 and a real store, with the clock in the test's hand. */
import { createEc2 } from '../../src/ec2/client.ts';
import { observeClient } from '../../src/ec2/observed.ts';
import { createQuota } from '../../src/ec2/quota.ts';
import { createSeenRecorder } from '../../src/engine/record-seen.ts';
import { createWatch, type Watch, type WatchParts } from '../../src/engine/watch.ts';
import { tellChanges } from '../../src/engine/tell-changes.ts';
import type { InstanceState, Place } from '../../src/domain/instance.ts';
import type { Machine } from '../../src/domain/machine.ts';
import { watchedMachines } from '../../src/domain/survey-filter.ts';
import { NO_TRACER } from '../../src/observe/trace.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/port.ts';
import { createClock, type MovableClock } from './clock.ts';
import { fleetOf, type MachineEntry, REGION } from './fleet.ts';
import { sandboxEnvironment, temporaryDirectory } from './operator.ts';

export interface Watched extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly store: Store;
  readonly clock: MovableClock;
  readonly watch: Watch;
  /** What was told, in order. */
  readonly told: string[];
  /** Ids of machines that have changed in anything that people see. */
  readonly changed: string[];
  /** The states of the last look at each place. */
  readonly states: ReadonlyMap<string, readonly InstanceState[]>;
  /** Lets a minute pass, looks, and waits for the looks. */
  readonly look: (watch?: Watch) => Promise<void>;
  /** Another replica, by its name. */
  readonly other: (owner: string, changes?: Partial<WatchParts['store']>) => Watch;
  readonly machine: (id: string) => Promise<Machine | undefined>;
  readonly calls: () => number;
}

export interface WatchedOptions {
  readonly machines: readonly MachineEntry[];
  readonly accounts?: MachineEntry;
  readonly places?: readonly Place[];
  readonly changes?: Partial<WatchParts>;
  /** A PostgreSQL database. Default: an embedded one. */
  readonly database?: string;
}

export async function startWatched(options: WatchedOptions): Promise<Watched> {
  await using stack = new AsyncDisposableStack();
  const clock = createClock();
  const changed: string[] = [];
  const fleet = fleetOf(options.machines, options.accounts);
  const sandbox = stack.use(await startSandbox({ fleet, clock: clock.now }));
  const opened = stack.adopt(await openStore(options.database, await temporaryDirectory(stack)), async (open) =>
    open.close(),
  );
  const store = tellChanges(opened, (hint) => {
    if ('machines' in hint) changed.push(...hint.machines);
  });
  const settings = { accounts: [], connectTimeoutMs: 5_000, requestTimeoutMs: 30_000, cliConcurrency: 1 };
  const ec2 = stack.adopt(createEc2({ ...settings, environment: sandboxEnvironment(sandbox) }), async (open) =>
    open.close(),
  );
  const told: string[] = [];
  const states = new Map<string, readonly InstanceState[]>();
  const fault = (what: string, error: unknown): void => void told.push(`${what}: ${String(error)}`);
  const place = ({ region = '' }: Place): string => region;
  const open: Watched['other'] = (owner, changes = {}) =>
    createWatch({
      store: { ...store, ...changes },
      recorder: createSeenRecorder({ store, ownerTags: ['owner'], clock: clock.now, observer: { fault } }),
      client: observeClient(ec2.client('native'), { called: () => undefined, saw: () => undefined }, NO_TRACER),
      quota: createQuota(0.5),
      places: options.places ?? [{ region: REGION }],
      filter: watchedMachines(undefined, undefined),
      owner,
      clock: clock.now,
      elapsed: clock.now,
      observer: {
        fault,
        watchBegan: () => void told.push(`${owner} watches`),
        watchEnded: () => void told.push(`${owner} ends`),
        watched: (where, seen) => void states.set(place(where), seen),
        watchFailed: (where, { code }) => void told.push(`${place(where)} ${code}`),
      },
      ...options.changes,
    });
  const watch = open('first');
  const running = stack.move();
  return {
    sandbox,
    store,
    clock,
    watch,
    told,
    changed,
    states,
    look: async (by = watch) => {
      clock.advance(61_000);
      await Promise.all(await by.tick(new AbortController().signal));
    },
    other: open,
    machine: async (id) => (await store.machine(id, clock.now()))?.machine,
    calls: () => sandbox.counts.get('DescribeInstances') ?? 0,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}
