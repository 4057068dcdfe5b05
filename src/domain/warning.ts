/** The announcement of an automatic stop: people hear of it, and may answer, before the machine stops. */
import { traitsOf } from './cause.ts';
import { parseDuration } from './duration.ts';
import type { Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import type { GuardContext } from './verdict.ts';

export interface WarningSettings {
  /** How long people have to answer, in milliseconds. */
  readonly beforeMs: number;
  /** Warns even where no channel tells anybody: the API, the log and the metrics tell it. */
  readonly always: boolean;
  /** How long before the stop people are reminded, in milliseconds. */
  readonly againMs?: number;
}

/** A warning of an operation. Milliseconds since the epoch. */
export interface Warned {
  readonly at: number;
  readonly stopsAt: number;
  readonly reminded?: true;
}

/** A warning that its stop follows later than this is given again, in milliseconds. */
export const OUTDATED_MS = 30 * 60_000;

/** Whether a warning still counts: its stop is to come, or is not late. */
export function isWarnedOf(warned: Warned | undefined, now: number): warned is Warned {
  return warned !== undefined && now <= warned.stopsAt + OUTDATED_MS;
}

/** How long people are warned of this stop, in milliseconds; undefined where they are not. */
export function warningOf({
  intent,
  instance,
  settings,
}: {
  readonly intent: Intent;
  readonly instance: Pick<Instance, 'tags'>;
  readonly settings: GuardContext['settings'];
}): { readonly beforeMs: number; readonly unreadable?: string } | undefined {
  const { warn, optOut } = settings;
  if (!warn.always || intent.verb !== 'stop' || !traitsOf(intent.cause).isAutomatic) return undefined;
  const text = instance.tags[`${optOut.tag}:warn`];
  const own = text === undefined ? undefined : parseDuration(text);
  if (own !== undefined) return { beforeMs: Math.min(own, LONGEST_WARNING_MS) };
  return { beforeMs: warn.beforeMs, ...(text === undefined ? {} : { unreadable: text }) };
}

/** A tag must not put a stop off for ever, in milliseconds. */
export const LONGEST_WARNING_MS = 24 * 3_600_000;

/**
 * When the call would be made: now, or at the end of the warning that stands or would begin now. Guards about time judge that moment.
 */
export function stopTime(context: GuardContext): number {
  const { now, warned } = context;
  const warning = warningOf(context);
  if (warning === undefined) return now;
  if (isWarnedOf(warned, now)) return Math.max(now, warned.stopsAt);
  return now + warning.beforeMs;
}
