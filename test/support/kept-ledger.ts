/** The stops of a month, kept by hand, and what they come to: it knows events alone, and none of the code that counts savings. */
import assert from 'node:assert/strict';
import type { FiguresBody } from '../../src/http/savings-schemas.ts';

export function at(day: number, hour: number, minute = 0): number {
  return Date.UTC(2026, 2, day, hour, minute);
}

const LIST = { xlarge: 0.8048, '2xlarge': 0.9776 };

/** Kept by hand: which machine, whose stop, from when until when, dollars an hour, and after which stops it was wanted when. */
const LEDGER = [
  [1, 'alert UnusedGPU', at(2, 10), at(2, 12), 2, at(2, 10, 10)],
  [2, 'lease anyone', at(3, 10), at(3, 16), LIST.xlarge, at(3, 16)],
  [3, 'alert UnusedGPU', at(4, 12), at(4, 15), undefined, undefined],
  [4, 'person anyone at 127.0.0.1', at(5, 8), at(5, 10), 2, undefined],
  // EC2 undoes it: the machine runs on by its old launch.
  [5, 'alert UnusedGPU', at(6, 8), at(6, 8), 2, undefined],
  // A start by an alert is no wish.
  [1, 'alert UnusedGPU', at(7, 20), at(9, 10), 2, undefined],
  [1, 'alert IdleForLong', at(11, 10), at(11, 10, 45), 2, at(11, 10, 45)],
  [2, 'alert UnusedGPU', at(12, 9), at(12, 13), LIST.xlarge, at(12, 13)],
  [2, 'alert UnusedGPU', at(13, 9), at(13, 11), LIST['2xlarge'], at(13, 11)],
  // Stopped at the old price, before the restart.
  [6, 'alert UnusedGPU', at(14, 12), at(16, 12), 2, at(16, 12)],
  [4, 'alert UnusedGPU', at(17, 8), at(17, 10), 3, at(17, 10)],
  [6, 'alert IdleForLong', at(18, 8), at(18, 10), 3, at(18, 10)],
  // It lasts, for more than the cap.
  [6, 'alert IdleForLong', at(19, 8), at(27, 16), 3, undefined],
] as const;
const CAP_MS = 7 * 24 * 3_600_000;

interface Sums {
  hours: number;
  unpriced: number;
  dollars: number;
  offBill: number;
  stops: number;
  regrets: readonly [number, number, number];
  waits: number;
}

type Entry = (typeof LEDGER)[number];

/** What a part of the ledger comes to within a period. */
export function tally(entries: readonly Entry[], since: number, until: number): Sums {
  const sums = { hours: 0, unpriced: 0, dollars: 0, offBill: 0, stops: 0, waits: 0 };
  const regrets: [number, number, number] = [0, 0, 0];
  for (const [number, cause, from, back, price, wanted] of entries) {
    const hours = Math.max(0, Math.min(back, until, from + CAP_MS) - Math.max(from, since)) / 3_600_000;
    sums.hours += hours;
    sums.unpriced += price === undefined ? hours : 0;
    sums.dollars += hours * (price ?? 0);
    sums.offBill += number === 4 ? 0 : hours * (price ?? 0);
    if (from < since || from >= until) continue;
    sums.stops += 1;
    if (wanted === undefined || cause.startsWith('person')) continue;
    sums.waits += 1;
    for (const [index, minutes] of [15, 30, 60].entries())
      if (wanted - from <= minutes * 60_000) regrets[index === 0 ? 0 : index === 1 ? 1 : 2] += 1;
  }
  return { ...sums, regrets };
}

export const AUTOMATIC = LEDGER.filter(([, cause]) => !cause.startsWith('person'));
export const ASKED = LEDGER.filter(([, cause]) => cause.startsWith('person'));

/** EC2 shows a stop some seconds after it was asked: a stop is a hundredth of an hour shorter, at most. */
export function assertSums(found: FiguresBody, expected: Sums, what: string): void {
  const { dollars } = found;
  const near = (one: number, other: number, most: number, name: string): void => {
    assert.ok(Math.abs(one - other) <= most, `${what}: expected ${name} ${other}, got ${one}`);
  };
  near(found.savedHours, expected.hours, 0.1, 'hours');
  near(found.unpricedHours, expected.unpriced, 0.1, 'hours without price');
  near(dollars.atPrice, expected.dollars, 0.2, 'dollars');
  near(dollars.offBill, expected.offBill, 0.2, 'dollars off the bill');
  const { '15m': soon, '30m': later, '60m': latest } = found.regrets;
  const told = [found.stops, soon, later, latest, found.waits];
  assert.deepEqual(told, [expected.stops, ...expected.regrets, expected.waits], what);
}
