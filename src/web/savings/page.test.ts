import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StopRecord } from '../../domain/stop-record.ts';
import { createStopColumns } from '../../domain/stop-columns.ts';
import { savingsOf } from '../../domain/savings.ts';
import { tellOrigins } from '../../domain/savings-words.ts';
import type { SavingsPageFacts } from './facts.ts';
import { savingsPage } from './page.ts';
import { addressOf, shownPeriod } from './query.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-11-27T12:00:00Z');
const CAP_MS = 7 * 24 * HOUR_MS;
const PRICE = { perHour: 2, currency: 'USD', basis: 'list' } as const;

function stop(hoursAgo: number, hours: number, more: Partial<StopRecord> = {}): StopRecord {
  const stoppedAt = NOW - hoursAgo * HOUR_MS;
  return {
    operation: `op-${hoursAgo}`,
    instance: 'i-0123456789abcdef0',
    place: { region: 'eu-central-1' },
    name: 'gpu-7',
    by: 'alert',
    rule: 'UnusedGPU',
    stoppedAt,
    back: { at: stoppedAt + hours * HOUR_MS, by: 'person' },
    price: PRICE,
    ...more,
  };
}

async function pageOf(records: readonly StopRecord[], changes: Partial<SavingsPageFacts> = {}): Promise<string> {
  const reading = { zone: 'Europe/Berlin', now: NOW };
  const query = { days: 7, by: 'day' } as const;
  const period = shownPeriod(query, NOW, reading.zone);
  const savings = savingsOf(createStopColumns(records), { ...period, cap: CAP_MS, zone: reading.zone });
  const page = savingsPage({
    savings,
    query,
    period,
    reading,
    root: '../',
    capMs: CAP_MS,
    basis: tellOrigins(savings.origins),
    csv: '../api/v1/savings',
    mayBeOwner: true,
    ...changes,
  });
  return String(await page).replaceAll(/\s+/g, ' ');
}

const YEAR = { since: NOW - 365 * 24 * HOUR_MS, until: NOW };

function overYear(records: readonly StopRecord[]) {
  return savingsOf(createStopColumns(records), { ...YEAR, cap: CAP_MS, zone: 'Europe/Berlin' });
}

test('the dollars are never told without the regrets', async () => {
  const page = await pageOf([stop(30, 10), stop(10, 0.25)]);
  const [line = ''] = /<p class="headline">.*?<\/p>/.exec(page) ?? [];
  assert.match(line, /\$20\.50 at list price<\/b> saved, <b>50 % of stops regretted \(1 of 2\)/);
});

test('dollars say by which prices they are, of these stops alone, and a period says where its record begins', async () => {
  const listed = (date: string) => ({ ...PRICE, listed: { region: 'eu-central-1', date } });
  const own = { ...PRICE, basis: 'configured' } as const;
  const stops = [
    stop(900, 1, { price: own }),
    stop(30, 10, { price: listed('2026-11-26') }),
    stop(10, 1, { price: listed('2026-11-27') }),
  ];
  const page = await pageOf(stops);
  assert.match(page, /\$22\.00 at list price \(eu-central-1, 2026-11-26 to 2026-11-27\)<\/b> saved/);
  assert.doesNotMatch(page, /first stop of the record/);
  const year = await pageOf(stops, { period: { days: 365, ...YEAR }, savings: overYear(stops) });
  assert.match(year, /until now\. The first stop of the record began Wed 21 Oct 02:00 CEST\./);
  assert.equal(
    tellOrigins(overYear(stops).origins),
    'at list price (eu-central-1, 2026-11-26 to 2026-11-27) or as configured',
  );
  assert.equal(tellOrigins(overYear(stops.slice(0, 1)).origins), 'as configured');
});

test('what the bill drops by is told where it is less', async () => {
  assert.doesNotMatch(await pageOf([stop(30, 10)]), /What the bill drops by/);
  const reserved = stop(30, 10, { committed: { kind: 'capacity_block', id: 'cr-1' } });
  const page = await pageOf([reserved, stop(20, 5)]);
  assert.match(page, /What the bill drops by<\/dt> <dd><b>\$10\.00/);
  assert.match(page, /\$30\.00 at list price<\/b> saved \(<b>\$10\.00<\/b> off the bill\), <b>/);
  assert.match(page, /<th scope="col" data-series="bill">Off the bill/);
});

test('hours without a known price have no dollars', async () => {
  const { price: _, ...free } = stop(30, 10);
  const page = await pageOf([free]);
  assert.match(page, /<p class="headline"><b>10 h without a price<\/b> saved/);
  assert.doesNotMatch(page, /\$/);
  assert.match(await pageOf([free, stop(10, 5)]), /Without a known price<\/dt> <dd><b>10 h/);
});

test('stops that people asked for are told apart', async () => {
  const page = await pageOf([stop(30, 10), stop(15, 4, { by: 'person', rule: 'pia' })]);
  assert.match(page, /Hours saved<\/dt> <dd><b>10 h/);
  assert.match(page, /Asked for by people<\/dt> <dd><b>4 h/);
});

test('names are shown as text', async () => {
  const hostile = '<img src=x onerror=alert(1)>';
  for (const by of ['day', 'machine', 'owner', 'rule'] as const) {
    const records = [1, 2, 3, 4].map((at) => stop(at * 10, 0.2, { name: hostile, owner: hostile, rule: hostile }));
    const page = await pageOf(records, { query: { days: 7, by } });
    assert.doesNotMatch(page, /<img/);
    assert.match(page, /wanted back within 30 minutes in 4 of 4 stops/);
  }
});

test('without stops, the page says what to do next', async () => {
  const page = await pageOf([], { liveOnly: 'machines with team=ml' });
  assert.match(page, /Nothing was stopped in this time/);
  assert.match(page, /docs\/getting-started\.md/);
  assert.match(page, /Alerts act on machines with team=ml only/);
  assert.doesNotMatch(page, /Download CSV/);
});

test('a period begins with a day, also where a clock was changed in it', () => {
  const at = Date.parse('2026-10-27T09:00:00Z');
  const begin = (days: number | undefined, zone: string): string =>
    new Date(shownPeriod({ days, by: 'day' }, at, zone).since).toISOString();
  assert.equal(begin(7, 'Europe/Berlin'), '2026-10-20T22:00:00.000Z');
  assert.equal(begin(undefined, 'UTC'), '2026-09-28T00:00:00.000Z');
});

test('the address may name the times of a digest, until a person chooses a period', () => {
  const since = NOW - 9 * 24 * HOUR_MS;
  const until = NOW - 2 * 24 * HOUR_MS;
  const query = { since, until, by: 'machine' } as const;
  assert.deepEqual(shownPeriod(query, NOW, 'UTC'), { since, until });
  assert.deepEqual(shownPeriod({ since, by: 'day' }, NOW, 'UTC'), { since, until: NOW });
  assert.deepEqual(shownPeriod({ ...query, until: NOW + 1 }, NOW, 'UTC'), { since, until: NOW });
  assert.equal(shownPeriod({ ...query, days: 90 }, NOW, 'UTC').days, 90);
  assert.match(addressOf(query, { by: 'day' }), /^\?since=2026-11-18T12%3A00%3A00\.000Z&until=.*&by=day$/);
  for (const [start, words] of [
    [NOW, /expected since to be earlier than until, and than now/],
    [0, /since: expected at most 3660 days before until/],
  ] as const)
    assert.throws(() => shownPeriod({ since: start, by: 'day' }, NOW, 'UTC'), words);
});

test('holders of leases and people are told apart from alerts', async () => {
  const stops = [
    stop(30, 10),
    stop(20, 2, { by: 'lease', rule: 'kim' }),
    stop(10, 1, { by: 'person', rule: 'kim' }),
  ].map((record, index) => ({ ...record, operation: String(index) }));
  const page = await pageOf(stops, { query: { days: 7, by: 'rule' } });
  for (const head of ['UnusedGPU', 'lease of kim', 'asked for by kim'])
    assert.ok(page.includes(`<th scope="row">${head}</th>`), page);
});
