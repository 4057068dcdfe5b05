import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeInstance, INSTANCE_STATES, isGone, placeKey, type Instance } from './instance.ts';

const instance: Instance = {
  id: 'i-0123456789abcdef0',
  place: {},
  state: 'running',
  launchedAt: 0,
  type: 'p5.48xlarge',
  availabilityZone: 'eu-central-1a',
  tags: {},
  addresses: { secondary: [], public: [], ipv6: [], secondaryIpv6: [] },
  rootDevice: 'ebs',
};

test('an instance that is on its way out is gone; every other state is not', () => {
  const gone = INSTANCE_STATES.filter((state) => isGone({ ...instance, state }));
  assert.deepEqual(gone, ['shutting-down', 'terminated']);
});

test('places are told apart by account and by region', () => {
  const places = [{}, { region: 'eu-west-1' }, { account: 'ml' }, { account: 'ml', region: 'eu-west-1' }];
  assert.deepEqual(places.map(placeKey), ['/', '/eu-west-1', 'ml/', 'ml/eu-west-1']);
});

test('a name with other characters than those of host names is quoted', () => {
  const named = { ...instance, tags: { Name: 'gpu 1 (old)' } };
  assert.equal(describeInstance(named), '"gpu 1 (old)" (i-0123456789abcdef0, eu-central-1a)');
});

test('an instance is described by id, name, zone and account, as far as they are known', () => {
  assert.equal(describeInstance(instance), 'i-0123456789abcdef0 (eu-central-1a)');
  assert.equal(describeInstance({ ...instance, tags: { Name: '' } }), 'i-0123456789abcdef0 (eu-central-1a)');
  assert.equal(
    describeInstance({ ...instance, tags: { Name: 'gpu-1' }, place: { account: 'ml' } }),
    'gpu-1 (i-0123456789abcdef0, eu-central-1a, account ml)',
  );
});
