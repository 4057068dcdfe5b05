import assert from 'node:assert/strict';
import { test } from 'node:test';
import { savingsOf, mostRegretted, type Savings, type SavingsQuery } from './savings.ts';
import { noFigures } from './savings-tally.ts';
import { tellBilledOn } from './savings-words.ts';
import { createStopColumns } from './stop-columns.ts';
import type { StopRecord } from './stop-record.ts';
import { tellSuggestion } from './suggestion.ts';

const H = 3_600_000;
const MIN = 60_000;
const SINCE = Date.parse('2026-11-01T00:00:00Z');
const UNTIL = Date.parse('2026-12-01T00:00:00Z');
const CAP = 7 * 24 * H;

const price = { perHour: 2, currency: 'USD', basis: 'list' } as const;

let count = 0;

function stop(stoppedAt: string, more: Partial<StopRecord> = {}): StopRecord {
  count += 1;
  return {
    operation: `op-${count}`,
    instance: 'i-1',
    place: { account: '111122223333', region: 'eu-west-1' },
    by: 'alert',
    rule: 'Idle',
    stoppedAt: at(stoppedAt),
    price,
    ...more,
  };
}

function at(text: string): number {
  return Date.parse(`2026-${text}Z`);
}

function back(text: string, by: 'alert' | 'person' | 'lease' | 'outside' = 'person') {
  return { back: { at: at(text), by } };
}

function savings(records: readonly StopRecord[], more: Partial<SavingsQuery> = {}): Savings {
  return savingsOf(createStopColumns(records), { since: SINCE, until: UNTIL, cap: CAP, zone: 'UTC', ...more });
}

function automatic(records: readonly StopRecord[], more: Partial<SavingsQuery> = {}): Savings['total']['automatic'] {
  return savings(records, more).total.automatic;
}

test('a stop saves the time until the next start, by whomever', () => {
  for (const by of ['alert', 'person', 'lease', 'outside'] as const) {
    const { stops, savedMs, atPrice, offBill } = automatic([stop('11-03T10:00', back('11-03T13:30', by))]);
    assert.deepEqual([stops, savedMs, atPrice, offBill], [1, 3.5 * H, 7, 7], by);
  }
});

test('a stop without an end goes on until the end of the period, and no longer than the cap', () => {
  assert.equal(automatic([stop('11-29T00:00')]).savedMs, 48 * H);
  assert.equal(automatic([stop('11-02T00:00')]).savedMs, CAP);
  assert.equal(automatic([stop('11-02T00:00', back('11-20T00:00'))]).savedMs, CAP);
  assert.equal(automatic([stop('11-02T00:00', { lostAt: at('11-03T00:00') })]).savedMs, 24 * H);
});

test('only the part within the period counts, and a stop from before it is no stop of the period', () => {
  const { stops, savedMs } = automatic([stop('10-31T12:00', back('11-01T06:00'))]);
  assert.deepEqual([stops, savedMs], [0, 6 * H]);
  // The cap runs from the stop on, not from the beginning of the period.
  assert.equal(automatic([stop('10-30T00:00')]).savedMs, 5 * 24 * H);
  assert.equal(automatic([stop('10-20T00:00')]).savedMs, 0);
  assert.equal(automatic([stop('12-01T00:00')]).stops, 0);
});

test('hours without a price are hours, and no dollars', () => {
  const { price: _, ...unpriced } = stop('11-03T10:00', back('11-03T13:00'));
  const { savedMs, unpricedMs, atPrice, offBill } = automatic([unpriced, stop('11-04T10:00', back('11-04T11:00'))]);
  assert.deepEqual([savedMs, unpricedMs, atPrice, offBill], [4 * H, 3 * H, 2, 2]);
});

test('capacity that is paid anyway takes nothing off the bill, and volumes go on being billed', () => {
  const committed = { kind: 'capacity_reservation', id: 'cr-1' } as const;
  const { atPrice, offBill, billedOn } = automatic([
    stop('11-03T10:00', { ...back('11-03T20:00'), committed, billsOn: 0.05 }),
  ]);
  assert.deepEqual([atPrice, offBill, billedOn], [20, 0, 0.5]);
});

test('what went on being billed is added up where it was known, and the other hours say that it was not', () => {
  const { billedOn, billedOnUnknownMs, savedMs } = automatic([
    stop('11-03T10:00', { ...back('11-03T20:00'), billsOn: 0.05 }),
    stop('11-04T10:00', { ...back('11-04T13:00'), billsOn: 0 }),
    stop('11-05T10:00', back('11-05T12:00')),
  ]);
  assert.deepEqual([billedOn, billedOnUnknownMs / H, savedMs / H], [0.5, 2, 15]);
  const told = { savedMs, billedOn, billedOnUnknownMs };
  assert.deepEqual(
    [told, { ...told, billedOnUnknownMs: 0 }, { ...told, billedOnUnknownMs: savedMs }].map((each) =>
      tellBilledOn({ ...noFigures(), ...each }),
    ),
    ['$0.50, and not known of 2 h', '$0.50', 'not known'],
  );
});

test('what people asked for stands apart, and is never a regret', () => {
  const { total } = savings([
    stop('11-03T10:00', { by: 'person', rule: 'pia', ...back('11-03T10:05') }),
    stop('11-03T11:00', { by: 'lease', rule: 'lease', ...back('11-03T11:05') }),
  ]);
  assert.deepEqual([total.asked.stops, total.asked.regrets, total.asked.waits], [1, { 15: 0, 30: 0, 60: 0 }, 0]);
  assert.deepEqual([total.automatic.stops, total.automatic.regrets[15]], [1, 1]);
});

const WISHES: readonly [name: string, more: Partial<StopRecord>, regrets: readonly number[], waited: number][] = [
  ['a start by a person', back('11-03T10:20'), [0, 1, 1], 0],
  ['a start outside', back('11-03T10:10', 'outside'), [1, 1, 1], 0],
  ['exactly 15 minutes', back('11-03T10:15'), [1, 1, 1], 0],
  ['exactly 30 minutes', back('11-03T10:30'), [0, 1, 1], 0],
  ['exactly an hour', back('11-03T11:00'), [0, 0, 1], 0],
  ['a moment later than an hour', back('11-03T11:00:00.001'), [0, 0, 0], 0],
  ['a start by an alert', back('11-03T10:10', 'alert'), [0, 0, 0], 0],
  ['no start', {}, [0, 0, 0], 0],
  ['a wish long before the start', { wantedAt: at('11-03T10:12'), ...back('11-03T11:40') }, [1, 1, 1], 88 * MIN],
  [
    'a machine that needs time',
    { wantedAt: at('11-03T10:50'), readyAt: at('11-03T10:56'), ...back('11-03T10:51') },
    [0, 0, 1],
    6 * MIN,
  ],
  ['a wish that nothing came of', { wantedAt: at('11-03T10:14') }, [1, 1, 1], 0],
  [
    'a machine that is ready after an outside start',
    { readyAt: at('11-03T12:04'), ...back('11-03T12:00') },
    [0, 0, 0],
    4 * MIN,
  ],
];

for (const [name, more, regrets, waited] of WISHES) {
  test(`regrets and waits: ${name}`, () => {
    const figures = automatic([stop('11-03T10:00', more)]);
    assert.deepEqual([figures.regrets[15], figures.regrets[30], figures.regrets[60]], regrets);
    assert.equal(figures.waitedMs, waited);
  });
}

test('days are cut where they begin in the zone, also where the clock changes', () => {
  // In Berlin, 2026-10-25 has 25 hours.
  const { days } = savings([stop('10-24T20:00', back('10-26T01:00'))], {
    since: at('10-24T12:00'),
    until: at('10-26T12:00'),
    zone: 'Europe/Berlin',
  });
  assert.deepEqual(
    days.map(({ date, automatic: { savedMs, stops } }) => [date, savedMs / H, stops]),
    [
      ['2026-10-24', 2, 1],
      ['2026-10-25', 25, 0],
      ['2026-10-26', 2, 0],
    ],
  );
});

test('an owner is the same in capitals, and is called as it was last', () => {
  const { owners } = savings([
    stop('11-03T10:00', { owner: 'Pia', ...back('11-03T12:00') }),
    stop('11-05T10:00', { owner: 'PIA', instance: 'i-2', ...back('11-05T11:00') }),
    stop('11-04T10:00', { owner: 'pia', ...back('11-04T13:00') }),
    stop('11-04T10:00', back('11-04T13:00')),
  ]);
  assert.deepEqual(
    owners.map(({ id, automatic: { savedMs } }) => [id, savedMs / H]),
    [
      ['PIA', 6],
      [undefined, 3],
    ],
  );
});

test('machines, owners and rules have sums of their own; a machine is called as it was last', () => {
  const { machines, owners, rules } = savings([
    stop('11-03T10:00', { name: 'old', owner: 'pia', ...back('11-03T12:00') }),
    stop('11-04T10:00', { name: 'new', owner: 'tom', rule: 'Night', ...back('11-04T11:00') }),
    stop('11-05T10:00', { instance: 'i-2', by: 'person', rule: 'tom', ...back('11-05T20:00') }),
  ]);
  assert.deepEqual(
    machines.map((row) => [row.id, row.name, row.owner, row.automatic.savedMs / H, row.asked.savedMs / H]),
    [
      ['i-2', undefined, undefined, 0, 10],
      ['i-1', 'new', 'tom', 3, 0],
    ],
  );
  assert.deepEqual(
    owners.map(({ id }) => id),
    [undefined, 'pia', 'tom'],
  );
  assert.deepEqual(
    rules.map(({ id }) => id),
    ['tom', 'Idle', 'Night'],
  );
});

test('only what is asked for is counted', () => {
  const records = [
    stop('11-03T10:00', { owner: 'pia', ...back('11-03T12:00') }),
    stop('11-04T10:00', { owner: 'tom', ...back('11-04T11:00') }),
  ];
  const { total, days } = savings(records, { only: ({ owner }) => owner === 'pia' });
  assert.equal(total.automatic.savedMs, 2 * H);
  assert.equal(
    days.reduce((sum, day) => sum + day.automatic.savedMs, 0),
    2 * H,
  );
});

test('a suggestion says what a longer quiet time would have avoided, and what it would have cost', () => {
  const wanted = [10, 12, 14, 20, 25, 28].map((minutes, day) =>
    stop(`11-0${day + 1}T10:00`, { name: 'gpu-7', ...back(`11-0${day + 1}T10:${minutes}`) }),
  );
  const others = ['10', '11', '12'].map((day) =>
    stop(`11-${day}T10:00`, { name: 'gpu-7', ...back(`11-${day}T20:00`) }),
  );
  const { suggestions, rules, machines } = savings([...wanted, ...others]);
  // Lost: 10 + 12 + 14 + 20 + 25 + 28 minutes, and half an hour of each of the three others.
  assert.deepEqual(suggestions.map(tellSuggestion), [
    'gpu-7: wanted back within 30 minutes in 6 of 9 stops by alerts; a quiet time longer by 30m would have avoided 6 and cost 3.3 h',
    'Idle: wanted back within 30 minutes in 6 of 9 stops by alerts; a quiet time longer by 30m would have avoided 6 and cost 3.3 h',
  ]);
  assert.equal(mostRegretted(rules, 5)[0]?.id, 'Idle');
  assert.equal(mostRegretted(machines, 5)[0]?.id, 'i-1');
});

test('a stop that would have been avoided costs all that it has saved, also where the start took long', () => {
  const slow = ['01', '02', '03'].map((day) =>
    stop(`11-${day}T10:00`, { wantedAt: at(`11-${day}T10:10`), ...back(`11-${day}T12:00`) }),
  );
  const [first] = savings(slow).suggestions;
  assert.deepEqual([first?.longerBy, first?.avoided, first?.costMs], [15, 3, 6 * H]);
});

test('rare regrets, leases and people suggest nothing', () => {
  const rare = Array.from({ length: 20 }, (_, day) =>
    stop(
      `11-${String(day + 1).padStart(2, '0')}T10:00`,
      back(`11-${String(day + 1).padStart(2, '0')}T${day < 3 ? '10:10' : '15:00'}`),
    ),
  );
  assert.deepEqual(savings(rare).suggestions, []);
  const leases = ['01', '02', '03'].map((day) =>
    stop(`11-${day}T10:00`, { by: 'lease', rule: 'lease', ...back(`11-${day}T10:10`) }),
  );
  assert.deepEqual(savings(leases).suggestions, []);
});

/** A ledger that was kept by hand: two machines in November, in Berlin. */
test('a month by hand', () => {
  const gpu = { instance: 'i-gpu', name: 'gpu-1', owner: 'pia', price: { ...price, perHour: 4 } };
  const big = { instance: 'i-big', name: 'big-1', owner: 'tom', price: { ...price, perHour: 32 }, billsOn: 0.5 };
  const committed = { kind: 'capacity_block', id: 'cr-9' } as const;
  const found = savings(
    [
      // From October: 6 h in October do not count, 23:00Z to 07:00Z do: 8 h, $32.
      stop('10-31T17:00', { ...gpu, ...back('11-01T07:00') }),
      // 2 h, $8; wanted after 12 minutes; ready after 112 minutes: a regret, whose start failed at first.
      stop('11-02T18:00', { ...gpu, wantedAt: at('11-02T18:12'), readyAt: at('11-02T20:04'), ...back('11-02T20:00') }),
      // 62 h over a weekend, $248.
      stop('11-06T18:00', { ...gpu, ...back('11-09T08:00', 'alert') }),
      // By Pia herself: 10 h, $40.
      stop('11-10T20:00', { ...gpu, by: 'person', rule: 'pia', ...back('11-11T06:00') }),
      // Reserved: 10 h, $320 at list price, nothing off the bill; $5 for volumes.
      stop('11-12T20:00', { ...big, committed, ...back('11-13T06:00') }),
      // 12 days: 7 days count, 168 h, $5376; $84 for volumes.
      stop('11-14T06:00', { ...big, rule: 'Night', ...back('11-26T06:00') }),
    ],
    { zone: 'Europe/Berlin', since: at('10-31T23:00'), until: at('11-30T23:00') },
  );
  const { automatic: ours, asked } = found.total;
  assert.deepEqual(
    [ours.stops, ours.savedMs / H, ours.atPrice, ours.offBill, ours.billedOn],
    [4, 8 + 2 + 62 + 10 + 168, 32 + 8 + 248 + 320 + 5376, 32 + 8 + 248 + 5376, 5 + 84],
  );
  assert.deepEqual([ours.regrets, ours.waits, ours.waitedMs / MIN], [{ 15: 1, 30: 1, 60: 1 }, 3, 112]);
  assert.deepEqual([asked.stops, asked.savedMs / H, asked.atPrice], [1, 10, 40]);
  assert.equal(found.days.length, 30);
  assert.deepEqual(
    found.days.slice(5, 9).map((day) => [day.date, day.automatic.savedMs / H]),
    [
      ['2026-11-06', 5],
      ['2026-11-07', 24],
      ['2026-11-08', 24],
      ['2026-11-09', 9],
    ],
  );
});
