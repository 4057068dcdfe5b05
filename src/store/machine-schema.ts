/** The rows that the watch writes, and the logins that people ended. Times are milliseconds since the epoch. */

/** See `Machine`. */
export interface SeenMachineRow extends MachineTable, VolumeColumns {
  seen_at: number;
}

/** The columns that `toMachine` reads. The others are for searching and sorting. */
export type ShownMachineRow = Omit<SeenMachineRow, 'owner_key' | 'sort_name' | 'search_text' | 'volumes_at'>;

/** Columns of a machine that are written apart from all others: EC2 is asked for volumes by another call. */
export interface VolumeColumns {
  /** `Volume`s, as JSON: equal texts are equal values. Null until they were read. */
  volumes: string | null;
  /** When they were read. */
  volumes_at: number | null;
}

/** When EC2 showed a machine last: this alone is written each minute for all of them, so it is apart from all that is wide. */
export interface MachineSeenTable {
  machine_id: string;
  seen_at: number;
}

export interface MachineTable {
  id: string;
  /** A `Place`, as JSON: equal texts are equal values. */
  place: string;
  state: string;
  type: string;
  availability_zone: string;
  launched_at: number;
  /** A pair of key and value for each tag, in the order of the keys, as JSON. */
  tags: string;
  lifecycle: string | null;
  managed_by: string | null;
  /** `Billing` and `Committed`, as JSON: equal texts are equal values. */
  billing: string | null;
  committed: string | null;
  /** Null in rows of older versions, until EC2 shows the machine again. */
  elastic_ips: number | null;
  name: string | null;
  owner: string | null;
  /** The owner in lower case; empty without one. */
  owner_key: string;
  /** The name, or the id, in the order in which people sort: `gpu-9` before `gpu-10`. */
  sort_name: string;
  /** All that a text is searched in, in lower case. */
  search_text: string;
  since_at: number;
  cause_by: string;
  cause_operation: string | null;
  /** Who, or EC2's own reason. */
  cause_detail: string | null;
  /** When a look at its place did not show it any more; null while it is listed. */
  forgotten_at: number | null;
}

/** Stands for the end of an interval that lasts. So one index finds those that ended and the one that lasts. */
export const LASTS = Number.MAX_SAFE_INTEGER;

/** See `Interval`. All of a machine end at different times. */
export interface IntervalRow {
  instance_id: string;
  state: string;
  since_at: number;
  until_at: number;
  cause_by: string;
  cause_operation: string | null;
  cause_detail: string | null;
}

/** See `StopRecord`. At most one of a machine lasts. */
export interface StopRow {
  operation_id: string;
  instance_id: string;
  /** A `Place`, as JSON. */
  place: string;
  name: string | null;
  owner: string | null;
  type: string | null;
  cause_by: string;
  rule: string;
  stopped_at: number;
  /** When the machine was back or lost; `LASTS` until then. */
  ended_at: number;
  /** When the row was last written. */
  changed_at: number;
  /** Null also when it was lost. */
  back_by: string | null;
  back_who: string | null;
  wanted_at: number | null;
  ready_at: number | null;
  used_at: number | null;
  /** A `Price`, as JSON. */
  price: string | null;
  bills_on: number | null;
  /** As JSON. */
  committed: string | null;
}

/** A start that a person has asked for, of a machine that ran or not. */
export interface WishRow {
  operation_id: string;
  instance_id: string;
  who: string;
  at: number;
}

/** Who watches the machines. There is one row. */
export interface WatchRow {
  id: string;
  owner: string;
  until_at: number;
}

/** A login that a person ended before its time. */
export interface EndedSessionRow {
  id: string;
  expires_at: number;
}
