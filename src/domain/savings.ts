/** What stops have saved, and how often they were regretted. Pure. */
import type { CauseKind } from './cause.ts';
import { daysOf, type Day } from './days.ts';
import type { Place } from './instance.ts';
import type { PriceOrigin, StopColumns, StopFact, StopKey } from './stop-columns.ts';
import { addFigures, noFigures, noSums, REGRET, REGRET_MINUTES } from './savings-tally.ts';
import type { Basis, Figures, Sums } from './savings-tally.ts';
import { addTrial, noTrial, suggestionsOf, type Suggestion, type Trial } from './suggestion.ts';

/** Times are milliseconds since the epoch. */
export interface SavingsQuery {
  /** The period: from `since` until right before `until`, which is not in the future. */
  readonly since: number;
  readonly until: number;
  /** A longer stop saves no more than this, in milliseconds: without it, the machine would not have run for ever. */
  readonly cap: number;
  /** In which days begin. */
  readonly zone: string;
  /** Only these stops. */
  readonly only?: (key: StopKey) => boolean;
}

export interface SavingsRow extends Readonly<Sums> {
  /** The machine's id, the owner or the rule; an owner may be unknown. */
  readonly id: string | undefined;
}

export interface MachineRow extends SavingsRow {
  readonly id: string;
  readonly place: Place;
  /** As it was called last. */
  readonly name?: string;
  readonly owner?: string;
  readonly type?: string;
}

/** Stops by an alert, by the leases of a holder, or asked for by a person; `id` is the name. */
export interface RuleRow extends SavingsRow {
  readonly id: string;
  readonly by: CauseKind;
}

export interface DayRow extends Readonly<Sums>, Day {}

export interface Savings {
  readonly since: number;
  readonly until: number;
  readonly total: Readonly<Sums>;
  /** Oldest first, without gaps. */
  readonly days: readonly DayRow[];
  /** The most hours first. */
  readonly machines: readonly MachineRow[];
  readonly owners: readonly SavingsRow[];
  readonly rules: readonly RuleRow[];
  readonly suggestions: readonly Suggestion[];
  /** By which prices the dollars are. */
  readonly origins: readonly PriceOrigin[];
  /** When the first stop of the record began, whosever it is and whatever the period is; absent where the record has none. */
  readonly firstStopAt?: number;
}

/** The sums of one key. */
interface Tally {
  readonly key: StopKey;
  readonly basis: Basis;
  readonly figures: Figures;
  /** What a longer quiet time would have changed. */
  readonly trial: Trial;
  /** When its last stop began. */
  lastAt: number;
}

export function isAutomatic(by: CauseKind): boolean {
  return by !== 'person';
}

export function savingsOf(stops: StopColumns, query: SavingsQuery): Savings {
  const { since, until } = query;
  const days = daysOf(since, until, query.zone).map((day): DayRow => ({ ...day, ...noSums() }));
  const { tallies, origins, firstStopAt } = tallyStops(stops, days, query);
  const used = tallies.filter(({ figures }) => figures.stops > 0 || figures.savedMs > 0);
  const total = noSums();
  for (const { basis, figures } of used) addFigures(total[basis], figures);
  return {
    since,
    until,
    total,
    days,
    machines: rowsOf(used, ({ key }) => key.instance).map(describe),
    // As everywhere, an owner is the same in capitals.
    owners: rowsOf(used, ({ key }) => key.owner?.toLowerCase()).map(({ row, latest: { key } }) => ({
      ...row,
      id: key.owner,
    })),
    rules: rowsOf(used, ({ key: { by, rule } }) => `${by} ${rule}`).map(({ row, latest: { key } }) => ({
      ...row,
      id: key.rule,
      by: key.by,
    })),
    suggestions: suggestionsOf(used),
    origins,
    ...(firstStopAt === Infinity ? {} : { firstStopAt }),
  };
}

interface Tallied extends Pick<Savings, 'origins'> {
  readonly tallies: readonly Tally[];
  /** Infinity without a stop. */
  readonly firstStopAt: number;
}

function tallyStops(stops: StopColumns, days: readonly DayRow[], query: SavingsQuery): Tallied {
  const tallies = stops.keys().map((key): Tally | undefined =>
    query.only?.(key) === false
      ? undefined
      : {
          key,
          basis: isAutomatic(key.by) ? 'automatic' : 'asked',
          figures: noFigures(),
          trial: noTrial(),
          lastAt: -Infinity,
        },
  );
  const isUsed = new Uint8Array(stops.origins().length);
  const period = { ...query, days, dayAt: createDayFinder(days), isUsed };
  let firstStopAt = Infinity;
  stops.each((fact) => {
    if (fact.stoppedAt < firstStopAt) firstStopAt = fact.stoppedAt;
    const tally = tallies[fact.key];
    if (tally !== undefined) addStop(fact, tally, period);
  });
  return {
    tallies: tallies.filter((tally) => tally !== undefined),
    origins: stops.origins().filter((_, index) => isUsed[index] === 1),
    firstStopAt,
  };
}

interface Period extends SavingsQuery {
  readonly days: readonly DayRow[];
  readonly dayAt: (at: number) => number;
  /** Of each origin of prices: whether dollars are by it. */
  readonly isUsed: Uint8Array;
}

function addStop(fact: StopFact, tally: Tally, { since, until, cap, days, dayAt, isUsed }: Period): void {
  const { stoppedAt } = fact;
  const endedAt = Math.min(fact.endedAt, stoppedAt + cap, until);
  if (stoppedAt >= until || endedAt < since) return;
  const { basis, figures } = tally;
  tally.lastAt = Math.max(tally.lastAt, stoppedAt);
  const from = Math.max(stoppedAt, since);
  let index = dayAt(from);
  if (stoppedAt >= since) {
    countStop(figures, fact, basis);
    const day = days[index];
    if (day !== undefined) countStop(day[basis], fact, basis);
    if (tally.key.by === 'alert') addTrial(tally.trial, fact, endedAt - stoppedAt);
  }
  if (fact.origin >= 0 && endedAt > from) isUsed[fact.origin] = 1;
  addTime(figures, fact, endedAt - from);
  for (let at = from; at < endedAt; index += 1) {
    const day = days[index];
    if (day === undefined) break;
    const end = Math.min(day.until, endedAt);
    addTime(day[basis], fact, end - at);
    at = end;
  }
}

function countStop(figures: Figures, { wantedAfter, waited }: StopFact, basis: Basis): void {
  figures.stops += 1;
  if (basis === 'asked') return;
  if (wantedAfter <= HOUR_MS)
    for (const minutes of REGRET_MINUTES) if (wantedAfter <= minutes * MINUTE_MS) figures.regrets[minutes] += 1;
  if (Number.isNaN(waited)) return;
  figures.waits += 1;
  figures.waitedMs += waited;
}

function addTime(figures: Figures, { atPrice, offBill, billsOn }: StopFact, ms: number): void {
  if (ms <= 0) return;
  const hours = ms / HOUR_MS;
  figures.savedMs += ms;
  if (Number.isNaN(billsOn)) figures.billedOnUnknownMs += ms;
  else figures.billedOn += hours * billsOn;
  if (Number.isNaN(atPrice)) {
    figures.unpricedMs += ms;
    return;
  }
  figures.atPrice += hours * atPrice;
  figures.offBill += hours * offBill;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Finds the place of the day with a time: quickly when the last one was asked for shortly before or after it. */
function createDayFinder(days: readonly Day[]): (at: number) => number {
  let index = 0;
  return (at) => {
    while (index > 0 && (days[index]?.since ?? 0) > at) index -= 1;
    while (index < days.length - 1 && (days[index]?.until ?? 0) <= at) index += 1;
    return index;
  };
}

interface Grouped<T> {
  readonly row: Sums & { readonly id: T };
  /** The one whose last stop is the latest. */
  latest: Tally;
}

/** The most hours first. */
function rowsOf<T extends string | undefined>(
  tallies: readonly Tally[],
  idOf: (tally: Tally) => T,
): readonly Grouped<T>[] {
  const groups = new Map<T, Grouped<T>>();
  for (const tally of tallies) {
    const id = idOf(tally);
    const group = groups.get(id) ?? { row: { id, ...noSums() }, latest: tally };
    groups.set(id, group);
    addFigures(group.row[tally.basis], tally.figures);
    if (tally.lastAt > group.latest.lastAt) group.latest = tally;
  }
  return [...groups.values()].sort((one, other) => hoursOf(other.row) - hoursOf(one.row));
}

function hoursOf({ automatic, asked }: Sums): number {
  return automatic.savedMs + asked.savedMs;
}

function describe({ row, latest }: Grouped<string>): MachineRow {
  const { place, name, owner, type } = latest.key;
  return {
    ...row,
    place,
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
    ...(type === undefined ? {} : { type }),
  };
}

/** The machines or rules that were regretted most often, the worst first. */
export function mostRegretted<R extends SavingsRow>(rows: readonly R[], limit: number): readonly R[] {
  return rows
    .filter(({ automatic }) => automatic.regrets[REGRET] > 0)
    .sort((one, other) => other.automatic.regrets[REGRET] - one.automatic.regrets[REGRET])
    .slice(0, limit);
}
