/** Savings against a ledger that looks at each minute, and knows nothing of stretches, days of other lengths or columns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { savingsOf } from '../../src/domain/savings.ts';
import { createStopColumns } from '../../src/domain/stop-columns.ts';
import type { StopRecord } from '../../src/domain/stop-record.ts';

const MIN = 60_000;
/** Two days before the clocks of Europe are set back. */
const BEGIN = Date.parse('2026-10-23T00:00:00Z');
const SPAN = 6 * 1_440;

const stops = fc.array(
  fc.record({
    machine: fc.constantFrom('i-1', 'i-2', 'i-3'),
    by: fc.constantFrom('alert' as const, 'lease' as const, 'person' as const),
    from: fc.integer({ min: 0, max: SPAN }),
    length: fc.option(fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: SPAN })), { nil: undefined }),
    end: fc.constantFrom('person' as const, 'alert' as const, 'outside' as const, 'lost' as const),
    wanted: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    perHour: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    isCommitted: fc.boolean(),
  }),
  { maxLength: 8 },
);

type Drawn = typeof stops extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

function recordOf(drawn: Drawn, index: number): StopRecord {
  const { machine, by, from, length, end, wanted, perHour, isCommitted } = drawn;
  const stoppedAt = BEGIN + from * MIN;
  const endAt = length === undefined ? undefined : stoppedAt + length * MIN;
  const wantedAt = wanted === undefined ? undefined : Math.min(stoppedAt + wanted * MIN, endAt ?? Infinity);
  return {
    operation: String(index),
    instance: machine,
    place: { account: '111122223333', region: 'eu-west-1' },
    by,
    rule: by,
    stoppedAt,
    ...(endAt === undefined ? {} : end === 'lost' ? { lostAt: endAt } : { back: { at: endAt, by: end } }),
    ...(wantedAt === undefined ? {} : { wantedAt }),
    ...(perHour === undefined ? {} : { price: { perHour, currency: 'USD', basis: 'list' } }),
    ...(isCommitted ? { committed: { kind: 'capacity_block', id: 'cr-1' } } : {}),
  };
}

test('savings are what a look at each minute finds', () => {
  fc.assert(
    fc.property(
      stops,
      fc.integer({ min: 0, max: SPAN - 1 }),
      fc.integer({ min: 1, max: SPAN }),
      fc.constantFrom(60, 1_440, 3_000, 100_000),
      fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/New_York'),
      (drawn, from, length, cap, zone) => {
        const records = drawn.map(recordOf);
        const since = BEGIN + from * MIN;
        const until = since + length * MIN;
        const found = savingsOf(createStopColumns(records), { since, until, cap: cap * MIN, zone });
        const ledger = ledgerOf(records, since, until, cap * MIN, zone);
        const minutes = new Map<string, number>();
        for (const day of found.days) {
          add(minutes, `${day.date} automatic`, day.automatic.savedMs / MIN);
          add(minutes, `${day.date} asked`, day.asked.savedMs / MIN);
        }
        for (const row of found.machines) add(minutes, row.id, (row.automatic.savedMs + row.asked.savedMs) / MIN);
        assert.deepEqual(sorted(minutes), sorted(ledger.minutes));
        const { automatic, asked } = found.total;
        near(automatic.atPrice + asked.atPrice, ledger.atPrice);
        near(automatic.offBill + asked.offBill, ledger.offBill);
        assert.equal((automatic.unpricedMs + asked.unpricedMs) / MIN, ledger.unpriced);
        assert.equal(automatic.regrets[30], ledger.regrets);
        assert.equal(automatic.stops + asked.stops, ledger.stops);
      },
    ),
    { numRuns: 150 },
  );
});

function ledgerOf(records: readonly StopRecord[], since: number, until: number, cap: number, zone: string) {
  const minutes = new Map<string, number>();
  const sums = { atPrice: 0, offBill: 0, unpriced: 0, regrets: 0, stops: 0 };
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  for (let at = since; at < until; at += MIN) {
    const date = format.format(at);
    for (const { instance, by, stoppedAt, back, lostAt, wantedAt, price, committed } of records) {
      const isFirst = at === stoppedAt;
      const isBack = at >= (back?.at ?? lostAt ?? Infinity);
      if (isFirst) {
        sums.stops += 1;
        const wish = wantedAt ?? (back?.by === 'person' || back?.by === 'outside' ? back.at : Infinity);
        if (by !== 'person' && wish - stoppedAt <= 30 * MIN) sums.regrets += 1;
      }
      if (at < stoppedAt || isBack || at >= stoppedAt + cap) continue;
      add(minutes, `${date} ${by === 'person' ? 'asked' : 'automatic'}`, 1);
      add(minutes, instance, 1);
      if (price === undefined) sums.unpriced += 1;
      else {
        sums.atPrice += price.perHour / 60;
        if (committed === undefined) sums.offBill += price.perHour / 60;
      }
    }
  }
  return { minutes, ...sums };
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

function sorted(sums: ReadonlyMap<string, number>): readonly [string, number][] {
  return [...sums].filter(([, amount]) => amount > 0).sort(([one], [other]) => (one < other ? -1 : 1));
}

function near(found: number, expected: number): void {
  assert.ok(Math.abs(found - expected) < 1e-6 * Math.max(1, expected), `expected ${expected}, found ${found}`);
}
