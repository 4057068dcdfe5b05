import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPrices, priceKey, priceOf, tellListed, tellPrice, type Priced } from './price.ts';

const LINUX = { usage: 'RunInstances', system: 'Linux/UNIX', tenancy: 'default' };
const WINDOWS = { ...LINUX, usage: 'RunInstances:0002', system: 'Windows' };
const prices = createPrices({ configured: new Map([['g5.xlarge', 0.71]]) });

const linux = (type: string): Priced => ({ type, billing: LINUX, availabilityZone: 'eu-central-1a' });

test('a configured price is what the machine costs, and needs no label', () => {
  const price = priceOf(linux('g5.xlarge'), prices);
  assert.deepEqual(price, { perHour: 0.71, currency: 'USD', basis: 'configured' });
  assert.equal(tellPrice(price), '$0.71');
});

test('a list price says that it is one, and where and when AWS listed it', () => {
  const price = priceOf(linux('p4d.24xlarge'), prices);
  assert.deepEqual(price, {
    perHour: 21.957642,
    currency: 'USD',
    basis: 'list',
    listed: { region: 'us-east-1', date: '2026-07-20' },
  });
  assert.equal(tellPrice(price), '$21.96 at list price (us-east-1, 2026-07-20)');
});

test('list prices of several regions and days are labelled by all of them', () => {
  const at = (region: string, date: string) => ({ region, date });
  const two = [
    at('us-east-1', '2026-07-20'),
    undefined,
    at('eu-central-1', '2026-11-27'),
    at('us-east-1', '2026-11-26'),
  ];
  assert.equal(tellListed(two), 'eu-central-1 and us-east-1, 2026-07-20 to 2026-11-27');
  const four = ['a', 'b', 'c', 'd'].map((region) => at(region, '2026-11-27'));
  assert.equal(tellListed(four), '4 regions, 2026-11-27');
  assert.equal(tellListed([undefined]), '');
});

test('nothing is said where the price is not known', () => {
  const unknown: readonly Priced[] = [
    linux('c7i.large'),
    linux('g5.unknown'),
    // Types are exact: a family has no price.
    linux('g5'),
    linux('constructor'),
    // The price of a Spot machine or a capacity block does not follow from its type.
    { ...linux('g5.xlarge'), lifecycle: 'spot' },
    { ...linux('p5.48xlarge'), lifecycle: 'capacity-block' },
    // Neither does that of another system, with or without a fee for its licence.
    { ...linux('g5.xlarge'), billing: WINDOWS },
    { ...linux('p4d.24xlarge'), billing: { ...LINUX, usage: 'RunInstances:0010', system: 'Red Hat Enterprise Linux' } },
    { ...linux('p4d.24xlarge'), billing: { ...LINUX, tenancy: 'dedicated' } },
    { ...linux('g5.xlarge'), billing: { ...LINUX, tenancy: 'host' } },
    // An operation of an older version does not say how its machine is billed.
    { type: 'g5.xlarge' },
    {},
  ];
  for (const machine of unknown) assert.equal(priceOf(machine, prices), undefined, JSON.stringify(machine));
});

describe('the price of another operating system', () => {
  const windows = { ...linux('g5.xlarge'), billing: WINDOWS };

  test('is configured by the code of its licence', () => {
    const configured = new Map([
      ['g5.xlarge', 0.71],
      ['g5.xlarge RunInstances:0002', 1.19],
    ]);
    assert.equal(priceOf(windows, createPrices({ configured }))?.perHour, 1.19);
  });

  test('is that which AWS told for it, in its region, and no other', () => {
    const known = createPrices();
    known.listed.set(priceKey(windows) ?? '', { perHour: 1.19, at: Date.UTC(2026, 10, 27) });
    assert.deepEqual(priceOf(windows, known), {
      perHour: 1.19,
      currency: 'USD',
      basis: 'list',
      listed: { region: 'eu-central-1', date: '2026-11-27' },
    });
    assert.equal(priceOf({ ...windows, availabilityZone: 'eu-west-1a' }, known), undefined);
    assert.equal(priceOf({ ...windows, availabilityZone: 'eu-central-1-ham-1a' }, known), undefined);
    assert.equal(priceOf(linux('g5.xlarge'), known)?.perHour, 1.006);
  });
});

test('discounts and Savings Plans leave the price as it is listed, and say by which part the bill drops', () => {
  const discounted = createPrices({ configured: prices.configured, factor: 0.8, coverage: 0.25 });
  const { perHour, share = 1 } = priceOf(linux('p4d.24xlarge'), discounted) ?? {};
  assert.deepEqual([perHour, share.toFixed(6)], [21.957642, '0.600000']);
  // A configured price has its discount already.
  assert.equal(priceOf(linux('g5.xlarge'), discounted)?.share, 0.75);
});
