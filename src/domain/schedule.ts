/**
 * The dead man's switch: a schedule outside the operator stops a leased machine if the operator is gone. A schedule has no guards,
 * so while the operator lives it always stands well behind the earliest moment at which the stop could be sent.
 */
import { placeKey, type Place } from './instance.ts';
import type { Hold, Lease, Pause } from './voice.ts';

/** A schedule as it is, or may be, in EventBridge. */
export interface Schedule {
  readonly instance: string;
  readonly place: Place;
  readonly group: string;
  readonly roleArn: string;
  /** When it stops the machine. Milliseconds since the epoch, like every time here. */
  readonly at: number;
}

export interface KeptSchedule extends Schedule {
  /** False from before a call until its answer is written: the schedule may be there, as it was, changed, or not at all. */
  readonly isSure: boolean;
}

/** A schedule that could not be changed. */
export interface FailingSchedule {
  readonly instance: string;
  /** When it stops the machine, unless it can be changed before. */
  readonly at: number;
  /** How many times in a row. */
  readonly times: number;
  readonly message: string;
}

/** The outcome of a call that set or removed a schedule. */
export type ScheduleOutcome = 'set' | 'gone' | 'unknown';

/** The group and the role of schedules. */
export interface ScheduleSettings {
  readonly group: string;
  /** The role of the machine's account. */
  readonly roleArnIn: (place: Place) => string;
}

/** A leased machine, and the earliest moment at which its stop could be sent. */
export interface LeaseEnd {
  readonly instance: string;
  readonly place: Place;
  readonly earliest: number;
}

const MINUTE_MS = 60_000;
/** How far a schedule stands behind the earliest stop: that long AWS, the database or the network may be away. */
export const MARGIN_MS = 30 * MINUTE_MS;
/** A stop that is put off again and again moves its schedule this far at a time, and not each minute. */
export const STRIDE_MS = 5 * MINUTE_MS;

export interface Delays {
  readonly lease: Pick<Lease, 'until'>;
  /** Of the machine, for whoever holds it. */
  readonly holds: readonly Pick<Hold, 'until'>[];
  /** All of them: the machine's tags, which choose, are not known here, and a schedule that comes late does no harm. */
  readonly pauses: readonly Pick<Pause, 'until'>[];
  /** When the lease's stop is looked at next; absent while it has not come in. */
  readonly stopWaitsUntil?: number;
}

/** @returns Infinity under a pause without an end: then there must be no schedule */
export function earliestStop({ lease, holds, pauses, stopWaitsUntil = 0 }: Delays): number {
  const ends = [...holds, ...pauses].map(({ until = Infinity }) => until);
  return Math.max(lease.until, stopWaitsUntil, ...ends);
}

export type ScheduleStep =
  | { readonly step: 'keep' }
  | { readonly step: 'put'; readonly schedule: Schedule }
  | { readonly step: 'remove'; readonly schedule: KeptSchedule };

/**
 * The next change of one machine's schedule.
 *
 * @param end absent: the machine has no lease that could end, or no schedules are wanted at all
 */
export function stepTo(
  end: LeaseEnd | undefined,
  kept: KeptSchedule | undefined,
  settings: ScheduleSettings | undefined,
  now: number,
): ScheduleStep {
  if (end === undefined || settings === undefined || !Number.isFinite(end.earliest)) {
    return kept === undefined ? { step: 'keep' } : { step: 'remove', schedule: kept };
  }
  const { instance, place } = end;
  const { group } = settings;
  const roleArn = settings.roleArnIn(place);
  // A schedule in another group or account is another schedule: both could come.
  if (kept !== undefined && (kept.group !== group || placeKey(kept.place) !== placeKey(place))) {
    return { step: 'remove', schedule: kept };
  }
  const least = Math.max(end.earliest, now) + MARGIN_MS;
  const isKept = kept?.isSure === true && kept.roleArn === roleArn && kept.at >= least && kept.at < least + STRIDE_MS;
  if (isKept) return { step: 'keep' };
  // A stop that is due, or due soon, is probably put off again.
  const isNear = end.earliest < now + STRIDE_MS;
  const at = toMinute(least + (isNear ? STRIDE_MS - MINUTE_MS : 0));
  return { step: 'put', schedule: { instance, place, group, roleArn, at } };
}

/** EventBridge is precise to the minute. */
function toMinute(ms: number): number {
  return Math.ceil(ms / MINUTE_MS) * MINUTE_MS;
}
