import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priceOf, tellPrice } from './price.ts';

const prices = new Map([['g5.xlarge', 0.71]]);

test('a configured price is what the machine costs, and needs no label', () => {
  const price = priceOf({ type: 'g5.xlarge' }, prices);
  assert.deepEqual(price, { perHour: 0.71, currency: 'USD', basis: 'configured' });
  assert.equal(tellPrice(price), '$0.71');
});

test('a list price says that it is one, and where and when AWS listed it', () => {
  const price = priceOf({ type: 'p4d.24xlarge' }, prices);
  assert.deepEqual(price, {
    perHour: 21.957642,
    currency: 'USD',
    basis: 'list',
    listed: { region: 'us-east-1', date: '2026-07-20' },
  });
  assert.equal(tellPrice(price), '$21.96 at list price');
});

test('nothing is said where the price is not known', () => {
  const unknown = [
    { type: 'c7i.large' },
    { type: 'g5.unknown' },
    // Types are exact: a family has no price.
    { type: 'g5' },
    { type: 'constructor' },
    // The price of a Spot machine or a capacity block does not follow from its type.
    { type: 'g5.xlarge', lifecycle: 'spot' },
    { type: 'p5.48xlarge', lifecycle: 'capacity-block' },
    {},
  ];
  for (const machine of unknown) assert.equal(priceOf(machine, prices), undefined, JSON.stringify(machine));
});
