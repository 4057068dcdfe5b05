/** The announcement of an automatic stop: people hear of it, and may answer, before the machine stops. */
import { traitsOf } from './cause.ts';
import { deliveryOf, stopAfterTelling, together } from './delivery.ts';
import { parseDuration } from './duration.ts';
import type { Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import type { Move } from './move.ts';
import type { Operation } from './operation.ts';
import { ownTag } from './own-tag.ts';
import { warningChannels } from './telling.ts';
import type { GuardContext } from './verdict.ts';
import type { Warned } from './warned.ts';

/** A warning that its stop follows later than this is given again, in milliseconds. */
export const OUTDATED_MS = 30 * 60_000;

/** A tag must not put a stop off for ever, in milliseconds. */
export const LONGEST_WARNING_MS = 24 * 3_600_000;

/**
 * The warning that still counts: its stop is to come, or is not late. Settings and tags that have changed since do not matter, so no
 * stop comes earlier than people were told. After a clock was set back by days, the warning does not keep the machine for days.
 *
 * @returns with the time at which the stop follows: people who were told late have as long to answer. As long as nobody was told, that
 * is as if they were told now
 */
export function standingWarning(context: GuardContext): Warned | undefined {
  const { intent, warned, now } = context;
  if (warned === undefined || !isAnnounced(intent) || isFromFuture(warned, now)) return undefined;
  const delivery = deliveryOf(context, warned);
  switch (delivery.delivery) {
    case 'unasked':
      return isStanding(warned, now) ? warned : undefined;
    case 'told': {
      const stopsAt = stopAfterTelling(warned, delivery.at);
      // Who was reminded of the earlier time is reminded of this one.
      const put = stopsAt === warned.stopsAt ? warned : { at: warned.at, stopsAt, toldAt: delivery.at };
      return isStanding(put, now) ? put : undefined;
    }
    case 'untold':
      return warned.stopsAt > now ? warned : { ...warned, stopsAt: together(now + warned.stopsAt - warned.at) };
    case 'unwritten':
      // Its time passes before people are warned afresh.
      return isStanding(warned, now) && (warned.stopsAt > now || warningOf(context) === undefined) ? warned : undefined;
  }
}

/** Whether the warning has come to its time without anybody having been told. Such a stop waits, and the warning is not given afresh. */
export function isUndelivered(context: GuardContext): boolean {
  const { intent, warned, now } = context;
  if (warned === undefined || !isAnnounced(intent) || isFromFuture(warned, now)) return false;
  return warned.stopsAt <= now && deliveryOf(context, warned).delivery === 'untold';
}

/** Whether a stop has had its places under the limits since its warning. */
export function hasPlaces({ intent, warned, now }: Pick<GuardContext, 'intent' | 'warned' | 'now'>): boolean {
  return warned !== undefined && isAnnounced(intent) && !isFromFuture(warned, now) && isStanding(warned, now);
}

function isStanding({ stopsAt }: Warned, now: number): boolean {
  return now <= stopsAt + OUTDATED_MS;
}

function isFromFuture({ at }: Warned, now: number): boolean {
  return now < at - LONGEST_WARNING_MS;
}

/** Whether people are told of such an act before. */
function isAnnounced({ verb, cause }: Intent): boolean {
  return verb === 'stop' && traitsOf(cause).isAutomatic;
}

/** How long people are warned of this stop, in milliseconds; undefined where they are not: no channel would tell them. */
export function warningOf({
  intent,
  instance,
  settings,
}: {
  readonly intent: Intent;
  readonly instance: Pick<Instance, 'tags'>;
  readonly settings: GuardContext['settings'];
}): { readonly beforeMs: number; readonly unreadable?: string } | undefined {
  const { warn, optOut, telling } = settings;
  if (!isAnnounced(intent)) return undefined;
  if (!warn.always && warningChannels(instance, intent.cause, telling).length === 0) return undefined;
  const text = ownTag(instance.tags, `${optOut.tag}:warn`);
  const own = text === undefined ? undefined : parseDuration(text);
  // The owner of the machine does not want to hear of it.
  if (own === 0) return undefined;
  if (own !== undefined) return { beforeMs: Math.min(own, LONGEST_WARNING_MS) };
  return { beforeMs: warn.beforeMs, ...(text === undefined ? {} : { unreadable: text }) };
}

/** The warning that would begin now; undefined where none would. */
export function freshWarning(context: GuardContext): Warned | undefined {
  const warning = warningOf(context);
  return warning === undefined ? undefined : warningFrom(context.now, warning.beforeMs);
}

function warningFrom(at: number, beforeMs: number): Warned {
  return { at, stopsAt: together(at + beforeMs) };
}

/**
 * When the call would be made: now, or at the end of the warning that stands or would begin now. Guards about time judge that moment.
 */
export function stopTime(context: GuardContext): number {
  const warning = standingWarning(context) ?? freshWarning(context);
  return Math.max(context.now, warning?.stopsAt ?? context.now);
}

/** When a stop that a guard does not allow at its time is looked at again. */
export interface PutOff {
  /** `stopTime` if the guard allows it, otherwise when the stop would follow. */
  readonly stopsAt: number;
  readonly until: number;
  /** The stop would come so late that people are warned of it afresh. */
  readonly warned?: 'over';
}

/**
 * Finds the earliest look that a stop can follow at a time that is allowed: as long as a warning before that time, or at that time if
 * the warning that stands still counts then.
 *
 * @param next the first moment that is allowed, not before the given one; undefined for none
 */
export function putOff(context: GuardContext, next: (from: number) => number | undefined): PutOff | undefined {
  const { now } = context;
  const standing = standingWarning(context);
  const planned = stopTime(context);
  const allowed = next(planned);
  if (allowed === undefined) return undefined;
  const { beforeMs } = warningOf(context) ?? { beforeMs: 0 };
  if (standing === undefined) return { stopsAt: allowed, until: Math.max(now, allowed - beforeMs) };
  if (allowed <= standing.stopsAt + OUTDATED_MS) return { stopsAt: allowed, until: allowed };
  const stopsAt = next(Math.max(planned, now + beforeMs));
  return stopsAt === undefined ? undefined : { stopsAt, until: Math.max(now, stopsAt - beforeMs), warned: 'over' };
}

/** When people would be warned of a stop that waits until then for another reason, and when the stop would follow. */
export function foreseenWarning(context: GuardContext, until: number): Warned | undefined {
  const warning = warningOf(context);
  return warning === undefined ? undefined : warningFrom(until, warning.beforeMs);
}

/** How a warning ended: what people, the alert or the operator answered. */
export const WARNING_ANSWERS = {
  stopped: 'the machine was stopped',
  agreed: 'a person asked for the stop, which did not wait any longer',
  held: 'a person, or a tag, holds the machine',
  leased: 'the machine has a lease',
  paused: 'automatic stops were paused',
  cancelled: 'a person cancelled it, or started the machine',
  resolved: 'the alert was resolved, or the lease was ended',
  undelivered: 'no channel could tell people of it, and the stop was given up',
  lapsed: 'the stop came to nothing, or so late that people are warned afresh',
} as const;
export type WarningAnswer = keyof typeof WARNING_ANSWERS;

const BY_REASON: Readonly<Record<string, WarningAnswer>> = {
  held: 'held',
  leased: 'leased',
  paused: 'paused',
  by_person: 'cancelled',
  superseded: 'cancelled',
  resolved: 'resolved',
  not_firing: 'resolved',
  lease_over: 'resolved',
  state_reached: 'stopped',
  already_in_state: 'stopped',
};

/** The effect of a move on a warning. */
export interface WarningNews {
  readonly began?: true;
  readonly reminded?: true;
  readonly answer?: WarningAnswer;
}

/** Each warning begins in one move, and ends in one. */
export function warningNews({ before, after }: Pick<Move, 'before' | 'after'>): WarningNews {
  const [old, now] = [before?.warned, after.warned];
  const began = now !== undefined && now.at !== old?.at;
  const reminded = now?.reminded === true && (began || old?.reminded !== true);
  const isOver = old !== undefined && (now === undefined || began);
  return {
    ...(began ? { began } : {}),
    ...(reminded ? { reminded } : {}),
    ...(isOver || (now !== undefined && 'endedAt' in after) ? { answer: answerOf(before, after) } : {}),
  };
}

function answerOf(before: Operation | undefined, after: Operation): WarningAnswer {
  if (!traitsOf(after.intent.cause).isAutomatic) return 'agreed';
  if (after.state === 'failed' && before?.state === 'waiting' && before.reason === 'warning_undelivered')
    return 'undelivered';
  const reason = 'reason' in after ? after.reason : '';
  return Object.hasOwn(BY_REASON, reason) ? (BY_REASON[reason] ?? 'lapsed') : 'lapsed';
}
