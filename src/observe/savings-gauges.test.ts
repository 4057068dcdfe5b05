import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { noSums, type Sums } from '../domain/savings-tally.ts';
import { createInstruments } from './instruments.ts';
import { createSavingsGauges } from './savings-gauges.ts';

const MINUTE = 60_000;

async function shown(registry: Registry): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).toSorted();
}

function sums(stops: number): Sums {
  const all = noSums();
  const regrets = { 15: 0, 30: 1, 60: 2 };
  Object.assign(all.automatic, { stops, savedMs: 7_200_000, atPrice: 4, offBill: 3, regrets, waitedMs: 90_000 });
  return all;
}

test('savings are read every five minutes, and a scrape does not wait for them', async () => {
  const registry = new Registry();
  let now = 0;
  const readings: PromiseWithResolvers<Sums>[] = [];
  const gauges = createSavingsGauges(
    createInstruments(registry),
    async () => {
      const reading = Promise.withResolvers<Sums>();
      readings.push(reading);
      return reading.promise;
    },
    () => now,
  );
  gauges.refresh();
  assert.deepEqual(await shown(registry), [], 'no series until their values are known');
  readings[0]?.resolve(sums(5));
  await nextTurn();
  const values = [
    'ec2_operator_savings_dollars{sum="bill"} 3',
    'ec2_operator_savings_dollars{sum="price"} 4',
    'ec2_operator_savings_regrets{within_minutes="15"} 0',
    'ec2_operator_savings_regrets{within_minutes="30"} 1',
    'ec2_operator_savings_regrets{within_minutes="60"} 2',
    'ec2_operator_savings_seconds{basis="asked"} 0',
    'ec2_operator_savings_seconds{basis="automatic"} 7200',
    'ec2_operator_savings_stops{basis="asked"} 0',
    'ec2_operator_savings_stops{basis="automatic"} 5',
    'ec2_operator_savings_waited_seconds 90',
  ];
  assert.deepEqual(await shown(registry), values);
  now = 4 * MINUTE;
  gauges.refresh();
  assert.equal(readings.length, 1);
  now = 5 * MINUTE;
  gauges.refresh();
  assert.deepEqual(await shown(registry), values, 'the values of before stand meanwhile');
  readings[1]?.reject(new Error('the store is gone'));
  await nextTurn();
  assert.deepEqual(await shown(registry), [], 'a missing value is better than an old one');
  gauges.refresh();
  assert.equal(readings.length, 3, 'the next scrape tries again');
});
