/** What follows from the record: where a longer quiet time would have spared people most, and what it would have cost. */
import type { StopFact, StopKey } from './stop-columns.ts';
import { REGRET, REGRET_MINUTES, type Figures, type RegretMinutes } from './savings-tally.ts';

/** What stops by alerts would have been like if the rule had waited longer, by the minutes. */
export interface Trial {
  /** Of the stops that would not have been made, or that have saved less than an hour. */
  readonly some: Record<RegretMinutes, { avoided: number; costMs: number }>;
  /** All others: they would have been made later by the wait. */
  later: number;
}

export interface Suggestion {
  readonly about: 'machine' | 'rule';
  /** The machine's id, or the rule. */
  readonly id: string;
  /** The machine's name. */
  readonly name?: string;
  /** Stops by alerts that began in the period. */
  readonly stops: number;
  /** Of them, those after which the machine was wanted back within 30 minutes. */
  readonly regrets: number;
  /** How much longer the rule would wait until it stops, in minutes. */
  readonly longerBy: RegretMinutes;
  /** Stops that would not have been made. */
  readonly avoided: number;
  /** The saved time that would have been lost for it, in milliseconds. */
  readonly costMs: number;
}

/** Fewer regrets say nothing. */
const FEWEST_REGRETS = 3;
/** From this part of the stops on, the quiet time is too short. */
const TOO_MANY = 0.2;
/** A wait is long enough when it avoids this part of what an hour would have avoided. */
const MOST_OF_IT = 0.75;
const MOST_SUGGESTIONS = 10;
const MINUTE_MS = 60_000;
const LONGEST_MS = 60 * MINUTE_MS;

export function noTrial(): Trial {
  return {
    some: { 15: { avoided: 0, costMs: 0 }, 30: { avoided: 0, costMs: 0 }, 60: { avoided: 0, costMs: 0 } },
    later: 0,
  };
}

/**
 * A machine that is wanted within the longer wait is in use before the rule stops it. Every other stop comes later by the wait.
 *
 * @param savedMs what the stop has saved
 */
export function addTrial(trial: Trial, { wantedAfter }: StopFact, savedMs: number): void {
  if (wantedAfter > LONGEST_MS && savedMs >= LONGEST_MS) {
    trial.later += 1;
    return;
  }
  for (const minutes of REGRET_MINUTES) {
    const wait = minutes * MINUTE_MS;
    const one = trial.some[minutes];
    const isAvoided = wantedAfter <= wait;
    if (isAvoided) one.avoided += 1;
    one.costMs += isAvoided ? savedMs : Math.min(savedMs, wait);
  }
}

export interface Tried {
  readonly key: StopKey;
  readonly figures: Readonly<Figures>;
  readonly trial: Trial;
}

/** The most stops that would have been avoided first. */
export function suggestionsOf(tallies: readonly Tried[]): readonly Suggestion[] {
  const byAlerts = tallies.filter(({ key }) => key.by === 'alert');
  return [...gather(byAlerts, 'machine', ({ instance }) => instance), ...gather(byAlerts, 'rule', ({ rule }) => rule)]
    .sort((one, other) => other.avoided - one.avoided)
    .slice(0, MOST_SUGGESTIONS);
}

function gather(
  tallies: readonly Tried[],
  about: Suggestion['about'],
  idOf: (key: StopKey) => string,
): readonly Suggestion[] {
  return [...Map.groupBy(tallies, ({ key }) => idOf(key))].flatMap(([id, some]) => {
    const sum = (count: (tally: Tried) => number): number => some.reduce((so, tally) => so + count(tally), 0);
    const stops = sum(({ figures }) => figures.stops);
    const regrets = sum(({ figures }) => figures.regrets[REGRET]);
    if (regrets < FEWEST_REGRETS || regrets / stops < TOO_MANY) return [];
    const most = sum(({ trial }) => trial.some[60].avoided);
    const longerBy = REGRET_MINUTES.find(
      (minutes) => sum(({ trial }) => trial.some[minutes].avoided) >= most * MOST_OF_IT,
    );
    if (longerBy === undefined) return [];
    const name = about === 'machine' ? some.at(-1)?.key.name : undefined;
    return [
      {
        about,
        id,
        ...(name === undefined ? {} : { name }),
        stops,
        regrets,
        longerBy,
        avoided: sum(({ trial }) => trial.some[longerBy].avoided),
        costMs: sum(({ trial: { some: tried, later } }) => tried[longerBy].costMs + later * longerBy * MINUTE_MS),
      },
    ];
  });
}

/** `gpu-7: wanted back within 30 minutes in 6 of 9 stops by alerts; a quiet time longer by 30m would have avoided 5 and cost 3 h`. */
export function tellSuggestion({ id, name, stops, regrets, longerBy, avoided, costMs }: Suggestion): string {
  return `${name ?? id}: wanted back within ${REGRET} minutes in ${regrets} of ${stops} stops by alerts; a quiet time longer by ${longerBy}m would have avoided ${avoided} and cost ${tellHours(costMs)}`;
}

/** `3 h`, `0.5 h`, `1,204 h`. */
export function tellHours(ms: number): string {
  const hours = ms / (60 * MINUTE_MS);
  return `${(hours < 10 ? TENTHS : WHOLE).format(hours)} h`;
}

const TENTHS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
