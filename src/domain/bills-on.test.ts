import assert from 'node:assert/strict';
import { test } from 'node:test';
import { billsOnOf, tellBillsOn } from './bills-on.ts';
import type { Volume } from './volume.ts';

/** Dollars a month, by hand from AWS's list of us-east-1. */
const MONTHLY: readonly (readonly [Volume, number])[] = [
  [{ type: 'gp3', gib: 200, iops: 3_000, throughput: 125 }, 16],
  [{ type: 'gp3', gib: 200, iops: 4_000, throughput: 225 }, 16 + 5 + 4],
  [{ type: 'gp2', gib: 100, iops: 300 }, 10],
  [{ type: 'io1', gib: 100, iops: 1_000 }, 12.5 + 65],
  [{ type: 'io2', gib: 100, iops: 1_000 }, 12.5 + 65],
  [{ type: 'io2', gib: 100, iops: 40_000 }, 12.5 + 2_080 + 364],
  [{ type: 'io2', gib: 100, iops: 100_000 }, 12.5 + 2_080 + 1_456 + 1_146.6],
  [{ type: 'st1', gib: 500, throughput: 20 }, 22.5],
  [{ type: 'sc1', gib: 1_000 }, 15],
  [{ type: 'standard', gib: 10 }, 0.5],
];

test('each type of volume has its price by size, and by what it does beyond that', () => {
  for (const [volume, monthly] of MONTHLY) {
    const perHour = billsOnOf({ volumes: [volume], elasticIps: 0 }, 1);
    assert.equal(perHour?.toFixed(9), (monthly / 730).toFixed(9), JSON.stringify(volume));
  }
});

test('all volumes and Elastic IPs count, less the discount', () => {
  const volumes = MONTHLY.slice(0, 3).map(([volume]) => volume);
  const perHour = (16 + 25 + 10) / 730 + 2 * 0.005;
  assert.equal(billsOnOf({ volumes, elasticIps: 2 }, 0.5)?.toFixed(9), (perHour / 2).toFixed(9));
  assert.equal(billsOnOf({ volumes: [], elasticIps: 0 }, 1), 0, 'a machine without any costs nothing');
});

test('a part that is not known leaves the sum unknown', () => {
  assert.equal(billsOnOf({ elasticIps: 1 }, 1), undefined);
  assert.equal(billsOnOf({ volumes: [] }, 1), undefined);
  assert.equal(billsOnOf({ volumes: [{ type: 'gp9', gib: 1 }], elasticIps: 0 }, 1), undefined);
});

test('is told with what it is for', () => {
  const gp3 = { type: 'gp3', gib: 350 };
  assert.equal(
    tellBillsOn({ volumes: [gp3, { type: 'st1', gib: 1_000 }, gp3], elasticIps: 1 }, 1),
    '$0.143: 700 GiB gp3, 1,000 GiB st1 and 1 Elastic IP, at list price (us-east-1, 2026-11-26)',
  );
  assert.equal(
    tellBillsOn({ volumes: [], elasticIps: 2 }, 0.5),
    '$0.005: 2 Elastic IPs, at list price (us-east-1, 2026-11-26), less the discount',
  );
  assert.equal(tellBillsOn({ volumes: [{ type: 'gp9', gib: 8 }], elasticIps: 0 }, 1), 'not known: 8 GiB gp9');
  assert.match(tellBillsOn({ elasticIps: 1 }, 1), /^not known/);
  assert.match(tellBillsOn({ volumes: [], elasticIps: 0 }, 1), /^nothing/);
});
