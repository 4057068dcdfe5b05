/** What the doctor says about list prices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machine } from '../support/fleet.ts';
import { examined, expectFinding, of } from './examined.ts';

const tags = { 'ec2-operator': 'allowed' };
const config = { machines: { only: tags } };

test('the Pricing API answers, and machines that it does not list are named with what to do', async () => {
  const machines = [
    machine(1, { tags, type: 'g5.xlarge' }),
    machine(2, { tags, type: 'x9.huge', name: 'big' }),
    machine(3, { tags, type: 'x9.huge', spot: 'one-time' }),
    machine(4, { tags, type: 'x8.huge' }),
  ];
  const paid = { ...config, prices: { 'x8.huge': 3 } };
  const { findings, sandbox } = await examined({ machines, config: paid });
  const prices = findings.filter(({ check }) => check === 'prices');
  assert.deepEqual(of(prices, 'ok'), ['prices: pricing:GetProducts is permitted']);
  const { change = '' } = expectFinding(prices, 'info', 'prices', /^no price is known of \S*.*\(x9\.huge\): hours/);
  assert.match(change, /`prices`/);
  assert.doesNotMatch(of(prices, 'info').join(), /i-0+[134]\b/);
  assert.equal(sandbox.counts.get('GetProducts'), 2, 'nothing is asked of configured prices and of Spot');
});

test('a role that may not read list prices is told how to allow it, and no dollars are made up', async () => {
  const { findings } = await examined({
    machines: [machine(1, { tags, type: 'g5.xlarge', system: 'windows' })],
    accounts: { '123456789012': { unauthorized: ['GetProducts'] } },
    config,
  });
  const { change = '' } = expectFinding(findings, 'warning', 'prices', /AccessDeniedException/);
  assert.match(change, /pricing:GetProducts .*pricing-policy\.json/);
  expectFinding(findings, 'info', 'prices', /\(g5\.xlarge RunInstances:0002\)/);
});

test('nothing is asked where the Pricing API is turned off', async () => {
  const { findings, sandbox } = await examined({
    machines: [machine(1, { tags, type: 'x9.huge' })],
    config: { ...config, prices: { pricing_api: false } },
  });
  assert.equal(sandbox.counts.get('GetProducts'), undefined);
  assert.deepEqual(
    findings.filter(({ check }) => check === 'prices').map(({ severity }) => severity),
    ['info'],
  );
});
