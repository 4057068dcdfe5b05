/** The part of the store port that is about machines: what the watch writes, and what pages and the API read. */
import type { InstanceState, Place } from '../domain/instance.ts';
import type { Interval, Machine, MachineRow, Sighting } from '../domain/machine.ts';
import type { Selector } from '../domain/selector.ts';

export interface MachineStore {
  /** One replica watches at a time. @returns whether `owner` has the watch until then: it was free, has run out, or is its own */
  claimWatch(owner: string, now: number, until: number): Promise<boolean>;

  /**
   * Writes how EC2 showed machines. A state that differs from the last one ends its interval and begins another, whose cause is found
   * among the operations that were sent (`domain/state-cause.ts`). A sighting older than the known one changes nothing.
   *
   * @returns the machines that are new or changed in anything that people see
   */
  recordSeen(sightings: readonly Sighting[]): Promise<readonly Machine[]>;

  /**
   * Takes the machines of a place out of the list that a whole look at the place, which began then, has not shown: they were terminated
   * long ago, or are not watched any more. Their intervals stay.
   *
   * @returns their ids
   */
  forgetUnseen(place: Place, lookedAt: number, now: number): Promise<readonly string[]>;

  /** The instances that operations of the last days named, by place: they are watched wherever their tags lead. */
  namedMachines(since: number): Promise<readonly NamedMachine[]>;

  machines(query: MachinesQuery): Promise<MachinesPage>;
  machine(id: string): Promise<MachineRow | undefined>;
  /** Rows of these machines, in no order; unknown ids are left out. */
  machineRows(ids: readonly string[]): Promise<readonly MachineRow[]>;
  /** Oldest first: the intervals that lasted at some moment since then. */
  intervals(instances: readonly string[], since: number): Promise<ReadonlyMap<string, readonly Interval[]>>;
}

export interface NamedMachine {
  readonly id: string;
  readonly place: Place;
}

export const MACHINE_SORTS = ['name', 'state', 'owner', 'type', 'since', 'stops'] as const;
export type MachineSort = (typeof MACHINE_SORTS)[number];

export interface MachinesQuery {
  readonly owners?: readonly string[] | undefined;
  readonly states?: readonly InstanceState[] | undefined;
  readonly only?: Selector | undefined;
  /** A part of the id, the name, the owner, the type or a tag; case does not matter. */
  readonly text?: string | undefined;
  readonly sort: MachineSort;
  readonly descending: boolean;
  /** 1 to 1000. */
  readonly limit: number;
  /** How many machines come before. */
  readonly offset: number;
}

export interface MachinesPage {
  readonly rows: readonly MachineRow[];
  /** How many machines match. */
  readonly total: number;
  /** How many there are at all. */
  readonly known: number;
}
