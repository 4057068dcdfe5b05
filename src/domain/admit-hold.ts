/** Whether a hold may be made, and for how long. */
import { formatDuration } from './duration.ts';
import { nameInstance, type Instance } from './instance.ts';
import { isSelected, type Selector } from './selector.ts';
import type { Hold } from './voice.ts';

export interface HoldSettings {
  /** The longest hold, from now, in milliseconds. */
  readonly longestMs: number;
  /** The first rule that matches a machine holds. */
  readonly rules: readonly HoldRule[];
}

export interface HoldRule {
  readonly only?: Selector;
  /** In milliseconds; 0: such a machine cannot be held. */
  readonly longestMs?: number;
  /** How long such a machine may be held in any 7 days, by everybody together. In milliseconds. */
  readonly atMostMs?: number;
}

export interface HoldLimits {
  readonly longestMs: number;
  readonly atMostMs?: number;
}

/** No hold, lease or pause with an end ends later than this from now, whoever asks. In milliseconds. */
export const LONGEST_EVER_MS = 366 * 86_400_000;

/** How many may hold one machine at a time: each decision about the machine reads all of them. */
export const MAX_HOLDERS = 100;

/** The time over which `at_most` counts, in milliseconds. Ended holds are kept for as long. */
export const COUNTED_MS = 7 * 86_400_000;

/**
 * The limits of holds on one machine.
 *
 * @param instance undefined where EC2 could not be asked: rules about tags are passed over then
 */
export function limitsOn(instance: Pick<Instance, 'tags'> | undefined, { longestMs, rules }: HoldSettings): HoldLimits {
  const rule = rules.find(({ only }) => only === undefined || (instance !== undefined && isSelected(only, instance)));
  if (rule === undefined) return { longestMs };
  const { atMostMs } = rule;
  return { longestMs: rule.longestMs ?? longestMs, ...(atMostMs === undefined ? {} : { atMostMs }) };
}

/** A stretch of time, in milliseconds since the epoch. */
export type Span = Pick<Hold, 'since' | 'until'>;

export interface AskedHold {
  readonly machine: { readonly id: string; readonly name?: string };
  readonly until: number;
  readonly limits: HoldLimits;
}

export type HoldAdmission =
  | {
      readonly outcome: 'held';
      /** How much longer the machine may be held in the 7 days that end with this hold; absent without such a limit. */
      readonly leftMs?: number;
    }
  | { readonly outcome: 'refused'; readonly message: string };

/**
 * @param own the holder's own hold, if it has not ended. To end it sooner is always allowed
 * @param others the other holds of the machine, ended ones of the last 7 days included
 */
export function admitHold(
  { machine, until, limits }: AskedHold,
  own: Span | undefined,
  others: readonly Span[],
  now: number,
): HoldAdmission {
  const { longestMs, atMostMs } = limits;
  const named = nameInstance(machine);
  const askedMs = until - now;
  if (askedMs <= 0) return refused(`expected a hold to end in the future, got ${new Date(until).toISOString()}`);
  if (askedMs > LONGEST_EVER_MS)
    return refused(`expected a hold of at most ${formatDuration(LONGEST_EVER_MS)}, got ${formatDuration(askedMs)}`);
  if (own === undefined && others.filter((other) => other.until > now).length >= MAX_HOLDERS)
    return refused(`${named} has ${MAX_HOLDERS} holders already: release some first`);
  const isShorter = own !== undefined && until <= own.until;
  if (!isShorter && longestMs === 0) return refused(`${named} cannot be held: holds.rules says so`);
  if (!isShorter && askedMs > longestMs)
    return refused(`${named} may be held for ${formatDuration(longestMs)} from now, got ${formatDuration(askedMs)}`);
  if (atMostMs === undefined) return { outcome: 'held' };
  const held = [...others, { since: Math.min(own?.since ?? now, now), until }];
  const leftMs = atMostMs - heldMs(held, until - COUNTED_MS, until);
  if (leftMs >= 0 || isShorter) return { outcome: 'held', leftMs: Math.max(0, leftMs) };
  // From now on this long is always allowed: with time, held time only drops out.
  const past = own === undefined ? others : [...others, own];
  const possibleMs = Math.max(0, atMostMs - heldMs(past, now - COUNTED_MS, now));
  const left = possibleMs < 1_000 ? 'nothing is left' : `${formatDuration(possibleMs)} are left`;
  return refused(`${named} may be held for ${formatDuration(atMostMs)} in any 7 days; ${left}`);
}

/** How much of the time between two moments is in at least one of the spans. */
export function heldMs(spans: readonly Span[], from: number, to: number): number {
  let total = 0;
  let reached = from;
  for (const { since, until } of spans.toSorted((one, other) => one.since - other.since)) {
    const begin = Math.max(since, reached);
    const end = Math.min(until, to);
    if (end <= begin) continue;
    total += end - begin;
    reached = end;
  }
  return total;
}

function refused(message: string): HoldAdmission {
  return { outcome: 'refused', message };
}
