/** The machines of a sandbox, and its time. */
import type { Accounts } from './account.ts';
import { createAlarm } from './alarm.ts';
import { createConditions, type Conditions } from './conditions.ts';
import type { SandboxMachine } from './machine.ts';
import { advance, forceState, type Timings } from './transitions.ts';

/** The content of a new world. */
export type Fleet = { readonly accounts: Accounts; readonly machines: readonly SandboxMachine[] };

/** A test can set these fields. A new `state` ends the transition and stays until a call changes it. */
export type MachineChange = Partial<Omit<SandboxMachine, 'id' | 'next'>>;

export interface World {
  readonly accounts: Accounts;
  readonly timings: Timings;
  readonly conditions: Conditions;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Every machine now. */
  readonly all: () => readonly SandboxMachine[];
  /** The machines that an account sees in a region, including those terminated within the hour. */
  readonly visible: (account: string, region: string) => readonly SandboxMachine[];
  readonly find: (id: string) => SandboxMachine | undefined;
  /** Adds or replaces machines. DescribeInstances shows the old machine for `lagMs`. */
  readonly put: (machines: readonly SandboxMachine[], lagMs?: (id: string) => number) => void;
  readonly set: (id: string, change: MachineChange) => SandboxMachine;
  /** The machine as DescribeInstances shows it. */
  readonly shown: (machine: SandboxMachine) => SandboxMachine;
  readonly close: () => void;
}

/** EC2 shows a terminated machine for an hour. */
const TERMINATED_VISIBLE_MS = 3_600_000;

export function createWorld(fleet: Fleet, timings: Timings, now: () => number): World {
  const machines = new Map(fleet.machines.map((machine) => [machine.id, machine]));
  const lagging = new Map<string, { machine: SandboxMachine; until: number }>();
  const conditions = createConditions();
  const all = (): readonly SandboxMachine[] => [...machines.values()].map((machine) => advance(machine, now()));
  // A machine advances when it is read. The alarm is for conditions that wait for it.
  const alarm = createAlarm(now, () => {
    wakeAtNextChange();
    conditions.check();
  });
  const wakeAtNextChange = (): void => alarm.set(all().flatMap(({ next }) => (next === undefined ? [] : [next.at])));

  const find = (id: string): SandboxMachine | undefined => {
    const machine = machines.get(id);
    return machine === undefined ? undefined : advance(machine, now());
  };

  const put: World['put'] = (changed, lagMs) => {
    for (const machine of changed) {
      const before = find(machine.id);
      const lag = lagMs?.(machine.id) ?? 0;
      if (lag > 0 && before !== undefined) lagging.set(machine.id, { machine: before, until: now() + lag });
      machines.set(machine.id, machine);
    }
    wakeAtNextChange();
    conditions.check();
  };

  return {
    accounts: fleet.accounts,
    timings,
    conditions,
    now,
    all,
    visible: (account, region) =>
      all().filter(
        (machine) =>
          machine.account === account &&
          machine.region === region &&
          (machine.state !== 'terminated' || now() - machine.since <= TERMINATED_VISIBLE_MS),
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
      alarm.clear();
      conditions.close();
    },
  };
}
