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

test('an instance is described by id, name, zone and account, as far as they are known', () => {
  assert.equal(describeInstance(instance), 'i-0123456789abcdef0 in eu-central-1a');
  assert.equal(describeInstance({ ...instance, tags: { Name: '' } }), 'i-0123456789abcdef0 in eu-central-1a');
  assert.equal(
    describeInstance({ ...instance, tags: { Name: 'gpu-1' }, place: { account: 'ml' } }),
    'i-0123456789abcdef0 ("gpu-1") in eu-central-1a of account ml',
  );
});
