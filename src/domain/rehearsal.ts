/** Sums up dry runs of automatic stops: which machines would have stood still, for how long, and what would have kept them running. */
import { isOfResolved, type Cause } from './cause.ts';
import { SILENT_MS } from './guards/moment.ts';
import type { ResolvedInstance } from './instance.ts';

/** A dry run of a stop that an alert asked for. */
export interface Rehearsal {
  readonly instance: ResolvedInstance;
  /** The name of the alert. */
  readonly rule: string;
  /** When the dry run ended. Milliseconds since the epoch, like every time here. */
  readonly at: number;
  /** The guard, or the reason, that would have held the stop back; absent for a stop that would have been made. */
  readonly heldBy?: string;
  /** As `knownToAskUntil`. */
  readonly asksUntil: number;
}

/** A machine that was really started or stopped, or found to be so. */
export interface RealChange {
  readonly instance: string;
  readonly at: number;
}

/** The rehearsals and the real changes since a time. */
export interface Rehearsed {
  readonly rehearsals: readonly Rehearsal[];
  readonly changes: readonly RealChange[];
  readonly real: RealStops;
  /** Later than it was asked for, where there is more than is read at once. */
  readonly since: number;
}

/** Stops that were really made. */
export interface RealStops {
  readonly automatic: number;
  readonly byPeople: number;
  readonly machines: number;
}

/**
 * Until when an alert was known to ask for the stop. The guard `recent_alert` trusts the last copy for as long. An alert that was
 * resolved is not repeated, and asks until it fires again.
 *
 * @param overAt when its episode was over; null as long as it is not
 */
export function knownToAskUntil(cause: Cause, overAt: number | null, lastCopyAt: number, now: number): number {
  if (overAt !== null) return overAt;
  return isOfResolved(cause) || now - lastCopyAt <= SILENT_MS ? now : lastCopyAt;
}

/** Of one rule and one machine. */
export interface RehearsedRow {
  readonly instance: ResolvedInstance;
  readonly rule: string;
  /** How often it would have stopped the machine. */
  readonly stops: number;
  /** How long the machine would have stood still because of it, in milliseconds. */
  readonly stoppedMs: number;
  /** Of its dry runs. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** How many of its dry runs were held back, and the guard or reason that did so most often. */
  readonly heldBack: number;
  readonly mostHeldBy?: string;
}

/** The time in which a machine would have stood still, and the rule that would have stopped it. */
interface Stretch {
  readonly rule: string;
  readonly from: number;
  readonly to: number;
}

/**
 * A stop that finds the machine stopped already counts for nothing, and the time belongs to the rule that came first. What really
 * happened to the machine ends the time: from then on it was stopped, or a person needed it.
 *
 * @returns the rows with the longest times first
 */
export function sumUp(rehearsals: readonly Rehearsal[], changes: readonly RealChange[]): readonly RehearsedRow[] {
  const byMachine = Map.groupBy(rehearsals, ({ instance }) => instance.id);
  const changed = Map.groupBy(changes, ({ instance }) => instance);
  const rows = [...byMachine].flatMap(([id, all]) => sumUpMachine(all, changed.get(id) ?? []));
  return rows.toSorted((one, other) => other.stoppedMs - one.stoppedMs || other.lastAt - one.lastAt);
}

function sumUpMachine(rehearsals: readonly Rehearsal[], changes: readonly RealChange[]): readonly RehearsedRow[] {
  const sorted = rehearsals.toSorted((one, other) => one.at - other.at);
  const instance = sorted.at(-1)?.instance;
  if (instance === undefined) return [];
  const times = changes.map(({ at }) => at).toSorted((one, other) => one - other);
  const stretches = stretchesOf(sorted, times);
  return [...Map.groupBy(sorted, ({ rule }) => rule)].map(([rule, own]): RehearsedRow => {
    const caused = stretches.filter((stretch) => stretch.rule === rule);
    const held = own.flatMap(({ heldBy }) => heldBy ?? []);
    const most = mostFrequent(held);
    return {
      instance,
      rule,
      stops: caused.length,
      stoppedMs: caused.reduce((sum, { from, to }) => sum + to - from, 0),
      firstAt: own.at(0)?.at ?? 0,
      lastAt: own.at(-1)?.at ?? 0,
      heldBack: held.length,
      ...(most === undefined ? {} : { mostHeldBy: most }),
    };
  });
}

/** The union of the times, in order. @param changes their times, in order */
function stretchesOf(sorted: readonly Rehearsal[], changes: readonly number[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let next = 0;
  for (const { rule, at, heldBy, asksUntil } of sorted) {
    while ((changes[next] ?? Infinity) <= at) next += 1;
    if (heldBy !== undefined) continue;
    const to = Math.max(at, Math.min(asksUntil, changes[next] ?? Infinity));
    const last = stretches.at(-1);
    // A change in between has ended the stretch before.
    if (last === undefined || last.to < at) stretches.push({ rule, from: at, to });
    else if (to > last.to) stretches[stretches.length - 1] = { ...last, to };
  }
  return stretches;
}

function mostFrequent(words: readonly string[]): string | undefined {
  const counted = [...Map.groupBy(words, (word) => word)].map(([word, all]) => ({ word, count: all.length }));
  return counted.toSorted((one, other) => other.count - one.count || (one.word < other.word ? -1 : 1)).at(0)?.word;
}
