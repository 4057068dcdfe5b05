/**
 * Stops, as savings are computed from them: a few numbers for each, in columns. A year of 1,000 machines has hundreds of thousands of
 * stops, and records of that many would fill the memory.
 */
import type { Price } from './price.ts';
import { ratesOf } from './savings-rates.ts';
import type { StopRecord } from './stop-record.ts';

/** Whose stops they are: the stops of one machine by one rule, as long as its name and its owner stay. */
export type StopKey = Pick<StopRecord, 'instance' | 'place' | 'name' | 'owner' | 'type' | 'by' | 'rule'>;

/** Times are milliseconds since the epoch. */
export interface StopFact {
  /** The place of its key in `keys`. */
  key: number;
  stoppedAt: number;
  /** The next start, or the end of the record; `Infinity` as long as there is neither. */
  endedAt: number;
  /** How long after the stop the machine was wanted, in milliseconds; `Infinity` for never. */
  wantedAfter: number;
  /** How long a person then waited for it, in milliseconds; `NaN` where nobody waited, or that is not known. */
  waited: number;
  /** Dollars an hour; `NaN` where no price is known. */
  atPrice: number;
  offBill: number;
  /** `NaN` where it is not known. */
  billsOn: number;
  /** The place of its price's origin in `origins`; -1 where no price is known. */
  origin: number;
}

/** Whose price it is; of a list price, where and when AWS listed it. */
export type PriceOrigin = Pick<Price, 'basis' | 'listed'>;

export interface StopColumns {
  /** @returns its place, for `change` */
  readonly add: (record: StopRecord) => number;
  readonly change: (place: number, record: StopRecord) => void;
  readonly keys: () => readonly StopKey[];
  /** Few: those of a day and a region are one. */
  readonly origins: () => readonly PriceOrigin[];
  readonly size: () => number;
  /** Calls with one fact after the other. It is the same object each time: a new one for each stop would cost more than the sums. */
  readonly each: (take: (fact: Readonly<StopFact>) => void) => void;
}

const WIDTH = 9;

export function createStopColumns(records: Iterable<StopRecord> = []): StopColumns {
  const keys: StopKey[] = [];
  const known = new Map<string, number>();
  const origins: PriceOrigin[] = [];
  const knownOrigins = new Map<string, number>();
  let numbers = new Float64Array(64 * WIDTH);
  let size = 0;

  function keyOf({ instance, place, name, owner, type, by, rule }: StopRecord): number {
    const text = JSON.stringify([instance, name, owner, type, by, rule]);
    const found = known.get(text);
    if (found !== undefined) return found;
    known.set(text, keys.length);
    keys.push({
      instance,
      place,
      ...(name === undefined ? {} : { name }),
      ...(owner === undefined ? {} : { owner }),
      ...(type === undefined ? {} : { type }),
      by,
      rule,
    });
    return keys.length - 1;
  }

  function originOf(price: Price | undefined): number {
    if (price === undefined) return -1;
    const { basis, listed } = price;
    const text = `${basis} ${listed?.region ?? ''} ${listed?.date ?? ''}`;
    const found = knownOrigins.get(text);
    if (found !== undefined) return found;
    knownOrigins.set(text, origins.length);
    return origins.push({ basis, ...(listed === undefined ? {} : { listed }) }) - 1;
  }

  function add(record: StopRecord): number {
    if ((size + 1) * WIDTH > numbers.length) {
      const larger = new Float64Array(numbers.length * 2);
      larger.set(numbers);
      numbers = larger;
    }
    size += 1;
    change(size - 1, record);
    return size - 1;
  }

  function change(place: number, record: StopRecord): void {
    const { stoppedAt, endedAt, wantedAfter, waited, atPrice, offBill, billsOn } = factOf(record);
    const [key, origin] = [keyOf(record), originOf(record.price)];
    numbers.set([key, stoppedAt, endedAt, wantedAfter, waited, atPrice, offBill, billsOn, origin], place * WIDTH);
  }

  function each(take: (fact: Readonly<StopFact>) => void): void {
    const fact = { ...EMPTY };
    for (let at = 0; at < size * WIDTH; at += WIDTH) {
      fact.key = numbers[at] ?? 0;
      fact.stoppedAt = numbers[at + 1] ?? 0;
      fact.endedAt = numbers[at + 2] ?? 0;
      fact.wantedAfter = numbers[at + 3] ?? 0;
      fact.waited = numbers[at + 4] ?? 0;
      fact.atPrice = numbers[at + 5] ?? 0;
      fact.offBill = numbers[at + 6] ?? 0;
      fact.billsOn = numbers[at + 7] ?? 0;
      fact.origin = numbers[at + 8] ?? -1;
      take(fact);
    }
  }

  for (const record of records) add(record);
  return { add, change, keys: () => keys, origins: () => origins, size: () => size, each };
}

const EMPTY: StopFact = {
  key: 0,
  stoppedAt: 0,
  endedAt: 0,
  wantedAfter: 0,
  waited: 0,
  atPrice: 0,
  offBill: 0,
  billsOn: 0,
  origin: -1,
};

function factOf(record: StopRecord): Omit<StopFact, 'key' | 'origin'> {
  const { stoppedAt, back, lostAt, readyAt, billsOn = Number.NaN } = record;
  const rates = ratesOf(record);
  const wantedAt = wishOf(record);
  return {
    stoppedAt,
    endedAt: Math.max(stoppedAt, back?.at ?? lostAt ?? Infinity),
    wantedAfter: wantedAt === undefined ? Infinity : Math.max(0, wantedAt - stoppedAt),
    waited: wantedAt === undefined || back === undefined ? Number.NaN : Math.max(0, (readyAt ?? back.at) - wantedAt),
    atPrice: rates?.atPrice ?? Number.NaN,
    offBill: rates?.offBill ?? Number.NaN,
    billsOn,
  };
}

/** When the machine was wanted back. A start by an alert or by a lease is not a wish; nobody waited for it. */
function wishOf({ wantedAt, back }: StopRecord): number | undefined {
  if (wantedAt !== undefined) return wantedAt;
  return back?.by === 'person' || back?.by === 'outside' ? back.at : undefined;
}
