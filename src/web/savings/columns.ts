/** The columns of the tables of savings: the same for days, machines, owners and rules. */
import { tellHours } from '../../domain/suggestion.ts';
import { REGRET, regretRate, type Figures, type Sums } from '../../domain/savings-tally.ts';
import { hasTwoSums, isPriced, tellMinutes, tellRate, tellSum } from '../../domain/savings-words.ts';

export interface Column {
  readonly label: string;
  readonly tell: (sums: Readonly<Sums>) => string;
  /** What the charts draw. */
  readonly value?: { readonly name: string; readonly of: (sums: Readonly<Sums>) => number };
}

const HOUR_MS = 3_600_000;
const NONE = '–';

const HOURS: Column = {
  label: 'Saved',
  tell: ({ automatic: { savedMs } }) => (savedMs === 0 ? NONE : tellHours(savedMs)),
  value: { name: 'hours', of: ({ automatic }) => automatic.savedMs / HOUR_MS },
};

const AT_PRICE: Column = {
  label: 'Dollars',
  tell: ({ automatic }) => dollars(automatic, automatic.atPrice),
  value: { name: 'price', of: ({ automatic }) => automatic.atPrice },
};

const OFF_BILL: Column = {
  label: 'Off the bill',
  tell: ({ automatic }) => dollars(automatic, automatic.offBill),
  value: { name: 'bill', of: ({ automatic }) => automatic.offBill },
};

const STOPS: Column = {
  label: 'Stops',
  tell: ({ automatic: { stops } }) => count(stops),
  value: { name: 'stops', of: ({ automatic }) => automatic.stops },
};

const REGRETS: Column = {
  label: 'Regretted',
  tell: ({ automatic }) => {
    const rate = regretRate(automatic);
    const regrets = automatic.regrets[REGRET];
    return rate === undefined || regrets === 0 ? NONE : `${count(regrets)} (${tellRate(rate)})`;
  },
  value: { name: 'regrets', of: ({ automatic }) => automatic.regrets[REGRET] },
};

const WAITED: Column = {
  label: 'Waited',
  tell: ({ automatic: { waits, waitedMs } }) => (waits === 0 ? NONE : tellMinutes(waitedMs)),
};

const ASKED: Column = {
  label: 'Asked for by people',
  tell: ({ asked: { savedMs } }) => (savedMs === 0 ? NONE : tellHours(savedMs)),
};

/** Without those that have nothing to tell in this period. */
export function columnsOf({ automatic, asked }: Readonly<Sums>): readonly Column[] {
  return [
    HOURS,
    ...(isPriced(automatic) ? [AT_PRICE] : []),
    ...(hasTwoSums(automatic) ? [OFF_BILL] : []),
    STOPS,
    REGRETS,
    ...(automatic.waits > 0 ? [WAITED] : []),
    ...(asked.savedMs > 0 ? [ASKED] : []),
  ];
}

/** Hours without a known price have no dollars. */
function dollars(figures: Readonly<Figures>, sum: number): string {
  if (figures.savedMs === 0) return NONE;
  return isPriced(figures) ? tellSum(sum) : 'price not known';
}

function count(number: number): string {
  return number === 0 ? NONE : number.toLocaleString('en-US');
}
