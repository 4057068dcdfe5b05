/** The part of the store port that is about machines: what the watch writes, and what pages and the API read. */
import type { InstanceState, Place } from '../domain/instance.ts';
import type { Interval, Machine, MachineInPlace, MachineRow, Sighting } from '../domain/machine.ts';
import type { CostOf } from '../domain/stop-record.ts';
import type { PriceStore } from './price-port.ts';
import type { VolumeStore } from './volume-port.ts';
import type { Selector } from '../domain/selector.ts';

/**
 * Intervals are kept for the retention after their end, and so are machines that EC2 does not show any more. An interval that lasts, and
 * a machine that EC2 shows, is kept however old it is.
 */
export interface MachineStore extends PriceStore, VolumeStore {
  /**
   * One replica watches at a time.
   *
   * @param until when the watch is free again; `now` gives it up
   * @returns whether `owner` has the watch until then: it was free, has run out, or is its own
   */
  claimWatch(owner: string, now: number, until: number): Promise<boolean>;

  /**
   * Writes how EC2 showed machines. A state that differs from the last one ends its interval and begins another, whose cause is found
   * among the operations that were sent (`domain/state-cause.ts`). A sighting that is not newer than the known one changes nothing, and
   * neither does a late view of EC2's. The stops of ours that begin or end by that are written with it (`HistoryStore.stops`).
   *
   * @param now times that are yet to come, as a replica whose clock runs ahead has written them, are not believed
   * @param costOf of each machine that a stop of ours begins with
   * @returns the machines that are new or changed in anything that people see
   */
  recordSeen(sightings: readonly Sighting[], now: number, costOf?: CostOf): Promise<readonly Machine[]>;

  /**
   * Takes the machines of a place out of the list that a whole look at the place, which began then, has not shown: they were terminated
   * long ago, or are not watched any more. Their last interval ends when they were last seen.
   *
   * @param now as for `recordSeen`: a sighting that is yet to come is not believed
   * @returns their ids
   */
  forgetUnseen(place: Place, lookedAt: number, now: number): Promise<readonly string[]>;

  /** As `forgetUnseen`, of the places that are not watched any more: the configuration has other accounts and regions since. */
  forgetOtherPlaces(watched: readonly Place[], now: number): Promise<readonly string[]>;

  /**
   * The instances that operations since a time named, or open ones, and those that are held or leased now, by place: they are watched
   * wherever their tags lead.
   */
  namedMachines(since: number, now: number): Promise<readonly MachineInPlace[]>;

  /** What the head of a list says: the limit of the query does not count. */
  countMachines(query: MachinesQuery): Promise<MachineCounts>;
  /** @param now decides which holds have ended, as in `voices` */
  machines(query: MachinesQuery, now: number): Promise<MachinesPage>;
  /** Also of a machine that has left the list: `forgottenAt` says since when. */
  machine(id: string, now: number): Promise<MachineRow | undefined>;
  /** Rows of these machines, in no order. Ids that are unknown, or have left the list, are left out. */
  machineRows(ids: readonly string[], now: number): Promise<readonly MachineRow[]>;
  /** Oldest first: the intervals that lasted at some moment since then. A machine without any is left out. */
  intervals(instances: readonly string[], since: number): Promise<ReadonlyMap<string, readonly Interval[]>>;
}

export const MACHINE_SORTS = ['name', 'state', 'owner', 'type', 'since', 'stops'] as const;
export type MachineSort = (typeof MACHINE_SORTS)[number];

export interface MachinesQuery {
  /** One of these machines. */
  readonly ids?: readonly string[] | undefined;
  /** One of these, whatever their case. An empty text is for machines without an owner. */
  readonly owners?: readonly string[] | undefined;
  readonly states?: readonly InstanceState[] | undefined;
  readonly only?: Selector | undefined;
  /** A part of the id, the name, the owner, the type or a tag (`key=value`); case does not matter. */
  readonly text?: string | undefined;
  /** Machines that have no such thing come last. `stops` is by `stopsAt`. */
  readonly sort: MachineSort;
  /** For `stops`: when the stops of these machines come instead; undefined where that is not known. */
  readonly putOff?: ReadonlyMap<string, number | undefined>;
  readonly descending: boolean;
  /** 1 to 1000. */
  readonly limit: number;
  /** How many machines come before. */
  readonly offset: number;
}

/** The machines that run or start, by what decides their price. */
export interface RunningMachines extends Pick<Machine, 'type' | 'lifecycle' | 'billing' | 'availabilityZone'> {
  readonly count: number;
}

export interface MachineCounts extends Pick<MachinesPage, 'total' | 'known'> {
  readonly running: readonly RunningMachines[];
}

export interface MachinesPage {
  readonly rows: readonly MachineRow[];
  /** How many machines match. */
  readonly total: number;
  /** How many there are at all. */
  readonly known: number;
}
