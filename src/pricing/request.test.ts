import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ec2Error } from '../ec2/port.ts';
import { endpointRegion, parsePage, priceIn, productsInput } from './request.ts';

const QUESTION = { region: 'eu-central-1', type: 'g5.xlarge', usage: 'RunInstances', tenancy: 'default' };
const ATTRIBUTES = {
  regionCode: 'eu-central-1',
  instanceType: 'g5.xlarge',
  operation: 'RunInstances',
  tenancy: 'Shared',
  capacitystatus: 'Used',
};

function product({
  unit = 'Hrs',
  usd = '1.2580000000',
  rates = 1,
  ...attributes
}: Record<string, string | number> = {}) {
  const dimension = { unit, pricePerUnit: { USD: usd } };
  const priceDimensions = Object.fromEntries(
    Array.from({ length: Number(rates) }, (_, at) => [`rate${at}`, dimension]),
  );
  return JSON.stringify({
    product: { attributes: { ...ATTRIBUTES, ...attributes } },
    terms: { OnDemand: { term: { priceDimensions } } },
  });
}

test('the price is that of the one product that was asked for', () => {
  assert.equal(priceIn([product()], QUESTION), 1.258);
  const others = [product({ capacitystatus: 'UnusedCapacityReservation' }), product({ marketoption: 'CapacityBlock' })];
  assert.equal(priceIn([...others, product({ marketoption: 'OnDemand' })], QUESTION), 1.258);
});

test('a price is never guessed', () => {
  const answers: readonly (readonly string[])[] = [
    [],
    [product(), product()],
    [product({ rates: 2 })],
    [product({ rates: 0 })],
    [product({ unit: 'Quantity' })],
    [product({ usd: '0.0000000000' })],
    [product({ usd: '-1' })],
    [product({ usd: 'a lot' })],
    [product({ instanceType: 'g5.2xlarge' })],
    [product({ regionCode: 'us-east-1' })],
  ];
  for (const answer of answers) assert.equal(priceIn(answer, QUESTION), undefined, JSON.stringify(answer));
});

test('an answer that cannot be read is an error', () => {
  for (const text of ['', '{}', '[]', '{"product":{}}']) assert.throws(() => priceIn([text], QUESTION), Ec2Error);
  assert.throws(() => parsePage('<html>'), Ec2Error);
});

test('pages follow each other', () => {
  assert.deepEqual(parsePage({ PriceList: ['{}'], NextToken: 'more' }), { products: ['{}'], next: 'more' });
  assert.deepEqual(parsePage({ PriceList: [], NextToken: '' }), { products: [] });
  assert.equal(productsInput(QUESTION, 'more').NextToken, 'more');
});

test('the nearest of the few endpoints is asked', () => {
  const regions = ['us-west-2-lax-1', 'sa-east-1', 'eu-west-1', 'me-central-1', 'ap-northeast-1'];
  assert.deepEqual(regions.map(endpointRegion), [
    'us-east-1',
    'us-east-1',
    'eu-central-1',
    'eu-central-1',
    'ap-south-1',
  ]);
});
