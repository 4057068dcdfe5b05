/** A machine as EC2 showed it last, and the intervals that its states lasted. The watch keeps both (`engine/watch.ts`). */
import type { CauseKind } from './cause.ts';
import type { Instance, InstanceState } from './instance.ts';
import type { Operation } from './operation.ts';
import type { Hold, Lease } from './voice.ts';
import type { Volume } from './volume.ts';

/** Times are milliseconds since the epoch. */
export interface Machine extends Pick<
  Instance,
  | 'id'
  | 'place'
  | 'state'
  | 'type'
  | 'availabilityZone'
  | 'launchedAt'
  | 'tags'
  | 'lifecycle'
  | 'managedBy'
  | 'billing'
  | 'committed'
  | 'elasticIps'
> {
  /** Its tag `Name`, if it has one. */
  readonly name?: string;
  /** Whom it belongs to, by its tags. */
  readonly owner?: string;
  /** As they were when EC2 was asked for them, once a day. Absent as long as they are not known. */
  readonly volumes?: readonly Volume[];
  /** Since when it is in this state. */
  readonly since: number;
  /** Why it came into this state. */
  readonly why: StateCause;
  /** When EC2 showed it last. */
  readonly seenAt: number;
  /** When a look at its place did not show it any more: it was terminated, or is not watched. Absent while it is listed. */
  readonly forgottenAt?: number;
}

/** The watch looks once a minute. In milliseconds. */
const OLD_MS = 5 * 60_000;

/** Whether the state may have changed since: views say when it was seen. */
export function isOld(seenAt: number, now: number): boolean {
  return now - seenAt > OLD_MS;
}

/** A machine at the moment when EC2 showed it. */
export interface Sighting extends Omit<Machine, 'volumes' | 'since' | 'why' | 'seenAt' | 'forgottenAt'> {
  /** When EC2 was asked: the answer is not older. */
  readonly at: number;
  /** When the state began, where EC2 says so to the second: the launch of a machine that runs, the stop of one that was stopped. */
  readonly beganAt?: number;
  /** EC2's reason for the state, such as `Client.UserInitiatedShutdown`. */
  readonly detail?: string;
}

/** Where a machine is. */
export type MachineInPlace = Pick<Machine, 'id' | 'place'>;

/** Why a machine came into a state. */
export type StateCause =
  /** An operation of ours was sent to EC2. `who` is the alert, the person, or the holder of the lease. */
  | { readonly by: CauseKind; readonly operation: string; readonly who: string }
  /** Others, such as the console, terraform or EC2 itself. `detail` is EC2's own reason. */
  | { readonly by: 'outside'; readonly detail?: string }
  /** It was so when the watch saw the machine for the first time. */
  | { readonly by: 'before' };

export interface Interval {
  readonly instance: string;
  readonly state: InstanceState;
  readonly since: number;
  /** Absent while it lasts. */
  readonly until?: number;
  readonly why: StateCause;
}

/** A machine with what is known of it here: a row of the machines page. */
export interface MachineRow {
  readonly machine: Machine;
  /** The hold that ends last. */
  readonly hold?: Hold;
  /** Whose its other holds are. */
  readonly alsoHeldBy?: readonly string[];
  readonly lease?: Lease;
  /** The open operation that decides what comes (`openNow`). Dry runs do not count. */
  readonly open?: Operation;
  /** Its newest operation, dry runs included. */
  readonly last?: Operation;
}
