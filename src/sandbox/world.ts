import type { Accounts } from './account.ts';
import type { Fleet } from './fleet.ts';
import { forceState, settle } from './machine.ts';
import type { Machine, Timings } from './machine.ts';
import { createWatch } from './watch.ts';
import type { Watch } from './watch.ts';

/** What a test may set on a machine. A new `state` ends the transition under way, and stays until a call changes it. */
export type MachineChange = Partial<Omit<Machine, 'id' | 'next'>>;

/** The machines of a sandbox and its time. The only state that calls change, apart from keys and buckets. */
export type World = Readonly<{
  accounts: Accounts;
  timings: Timings;
  watch: Watch;
  /** ms since the epoch. */
  now: () => number;
  /** Every machine as it is now. */
  all: () => readonly Machine[];
  /** The machines that one account sees in one region, those terminated within the hour included. */
  visible: (account: string, region: string) => readonly Machine[];
  find: (id: string) => Machine | undefined;
  /** Adds or replaces machines. DescribeInstances shows the old ones `lagMs` longer. */
  put: (machines: readonly Machine[], lagMs?: (id: string) => number) => void;
  set: (id: string, change: MachineChange) => Machine;
  /** The machine as DescribeInstances shows it. */
  shown: (machine: Machine) => Machine;
  close: () => void;
}>;

/** How long EC2 goes on showing a terminated machine. */
const terminatedVisibleMs = 3_600_000;

/** setTimeout takes no more, and would fire at once. */
const maxTimerMs = 2_147_483_647;

/** Builds the world of a fleet. Its timer never keeps the process alive. */
export function createWorld(fleet: Fleet, timings: Timings, now: () => number): World {
  const machines = new Map(fleet.machines.map((machine) => [machine.id, machine]));
  const lagging = new Map<string, { machine: Machine; until: number }>();
  const watch = createWatch();
  let timer: NodeJS.Timeout | undefined;

  const all = (): readonly Machine[] => [...machines.values()].map((machine) => settle(machine, now()));

  // Machines settle when they are looked at. The timer is there for those who wait in `until`.
  const wakeAtNextChange = (): void => {
    clearTimeout(timer);
    const due = all().flatMap(({ next }) => (next === undefined ? [] : [next.at]));
    if (due.length === 0) return;
    timer = setTimeout(
      () => (wakeAtNextChange(), watch.check()),
      Math.min(Math.max(1, Math.min(...due) - now()), maxTimerMs),
    );
    timer.unref();
  };

  const find = (id: string): Machine | undefined => {
    const machine = machines.get(id);
    return machine === undefined ? undefined : settle(machine, now());
  };

  const put: World['put'] = (changed, lagMs) => {
    for (const machine of changed) {
      const before = find(machine.id);
      const lag = lagMs?.(machine.id) ?? 0;
      if (lag > 0 && before !== undefined) lagging.set(machine.id, { machine: before, until: now() + lag });
      machines.set(machine.id, machine);
    }
    wakeAtNextChange();
    watch.check();
  };

  return {
    accounts: fleet.accounts,
    timings,
    watch,
    now,
    all,
    visible: (account, region) =>
      all().filter(
        (machine) =>
          machine.account === account &&
          machine.region === region &&
          (machine.state !== 'terminated' || now() - machine.since <= terminatedVisibleMs),
      ),
    find,
    put,
    set: (id, change) => {
      const before = find(id);
      if (before === undefined) throw new Error(`Expected the id of a machine in the sandbox, got ${id}`);
      const machine = { ...(change.state === undefined ? before : forceState(before, change.state, now())), ...change };
      lagging.delete(id);
      put([machine]);
      return machine;
    },
    shown: (machine) => {
      const old = lagging.get(machine.id);
      return old === undefined || now() >= old.until ? machine : old.machine;
    },
    close: () => {
      clearTimeout(timer);
      watch.close();
    },
  };
}
