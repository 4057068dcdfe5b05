/** `/api/v1/savings`: what stops have saved, and how often they were regretted. */
import { dateOf } from '../../domain/days.ts';
import type { Savings, SavingsRow } from '../../domain/savings.ts';
import { regretRate, type Figures, type Sums } from '../../domain/savings-tally.ts';
import { COUNTED, tellOrigins } from '../../domain/savings-words.ts';
import { tellSuggestion } from '../../domain/suggestion.ts';
import { ownNamesOf } from '../own-names.ts';
import type { HttpParts } from '../parts.ts';
import { readSavings } from '../read-savings.ts';
import type { SenderInput } from '../route.ts';
import { savingsCsv } from '../savings-csv.ts';
import { periodOf } from '../savings-period.ts';
import type { FiguresBody, SavingsAnswer, SavingsAsk, SavingsRowBody } from '../savings-schemas.ts';
import { toTime } from '../show-operation.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export async function showSavings(
  parts: HttpParts,
  { sender, query }: SenderInput<unknown, SavingsAsk>,
): Promise<SavingsAnswer> {
  const mine = query.mine === 'true' ? ownNamesOf(sender, parts.telling.owners) : undefined;
  const zone = query.zone ?? parts.zone;
  const period = { ...periodOf(query, parts.clock(), zone), zone };
  const savings = await readSavings(parts, period, filterOf(query, mine));
  const basis = tellOrigins(savings.origins);
  const { firstStopAt } = savings;
  return {
    since: toTime(savings.since),
    until: toTime(savings.until),
    ...(firstStopAt === undefined ? {} : { firstStopAt: toTime(firstStopAt) }),
    zone,
    by: query.by,
    basis,
    total: sumsOf(savings.total),
    rows: rowsOf(savings, query.by),
    suggestions: savings.suggestions.map(({ longerBy, costMs, ...one }) => ({
      ...one,
      longerByMinutes: longerBy,
      costHours: rounded(costMs / HOUR_MS),
      message: tellSuggestion({ ...one, longerBy, costMs }),
    })),
    counted: countedOf(parts.savings.capMs, basis),
    ...(mine === undefined ? {} : { mine: [...mine] }),
  };
}

/** As a spreadsheet reads it. */
export async function downloadSavings(parts: HttpParts, input: SenderInput<unknown, SavingsAsk>): Promise<Response> {
  const answer = await showSavings(parts, input);
  const { by, since, until, zone } = answer;
  const [first, last] = [dateOf(Date.parse(since), zone), dateOf(Date.parse(until) - 1, zone)];
  const name = `savings-by-${by}-${first}-to-${last}.csv`;
  return new Response(savingsCsv(answer), {
    headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${name}"` },
  });
}

function filterOf(
  { owner, machine, rule }: SavingsAsk,
  mine: readonly string[] | undefined,
): Parameters<typeof readSavings>[2] {
  const asked = owner === undefined ? undefined : owner === '-' ? '' : owner.toLowerCase();
  // Both together: my machines of this owner.
  const owners = asked === undefined ? mine : (mine ?? [asked]).filter((one) => one === asked);
  return { owners, machine, rule };
}

function rowsOf(savings: Savings, by: SavingsAsk['by']): readonly SavingsRowBody[] {
  switch (by) {
    case 'day':
      return savings.days.map((day) => ({ id: day.date, ...sumsOf(day) }));
    case 'machine':
      return savings.machines.map(({ id, name, owner, type, ...row }) => ({
        id,
        ...(name === undefined ? {} : { name }),
        ...(owner === undefined ? {} : { owner }),
        ...(type === undefined ? {} : { type }),
        ...sumsOf(row),
      }));
    case 'owner':
      return savings.owners.map(rowOf);
    case 'rule':
      return savings.rules.map(({ by: cause, ...row }) => ({ ...rowOf(row), by: cause }));
  }
}

function rowOf({ id, ...row }: SavingsRow): SavingsRowBody {
  return { ...(id === undefined ? {} : { id }), ...sumsOf(row) };
}

function sumsOf({ automatic, asked }: Readonly<Sums>): { automatic: FiguresBody; asked: FiguresBody } {
  const rate = regretRate(automatic);
  return {
    automatic: { ...figuresOf(automatic), ...(rate === undefined ? {} : { regretRate: rounded(rate) }) },
    asked: figuresOf(asked),
  };
}

function figuresOf(figures: Readonly<Figures>): FiguresBody {
  const { stops, savedMs, unpricedMs, atPrice, offBill, billedOn, billedOnUnknownMs, regrets, waits, waitedMs } =
    figures;
  return {
    stops,
    savedHours: rounded(savedMs / HOUR_MS),
    unpricedHours: rounded(unpricedMs / HOUR_MS),
    dollars: { atPrice: rounded(atPrice), offBill: rounded(offBill), billedOn: rounded(billedOn) },
    billedOnUnknownHours: rounded(billedOnUnknownMs / HOUR_MS),
    regrets: { '15m': regrets[15], '30m': regrets[30], '60m': regrets[60] },
    waits,
    waitedMinutes: rounded(waitedMs / MINUTE_MS),
  };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function countedOf(capMs: number, basis: string): Readonly<Record<string, string>> {
  return {
    savedHours: COUNTED.saved(capMs),
    unpricedHours: COUNTED.unpriced,
    atPrice: COUNTED.atPrice(basis),
    offBill: COUNTED.offBill,
    billedOn: COUNTED.billedOn,
    regrets: COUNTED.regrets,
    waitedMinutes: COUNTED.waited,
    asked: COUNTED.asked,
  };
}
