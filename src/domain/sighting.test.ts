import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance } from './instance.ts';
import { sightingOf } from './sighting.ts';

const AT = Date.parse('2026-11-27T10:00:00Z');
const LAUNCHED = Date.parse('2026-11-26T08:00:00Z');

function instance(fields: Partial<Instance>): Instance {
  return {
    id: 'i-0123456789abcdef0',
    place: { region: 'eu-central-1' },
    state: 'running',
    launchedAt: LAUNCHED,
    type: 'g5.xlarge',
    availabilityZone: 'eu-central-1a',
    tags: {},
    addresses: { secondary: [], public: [], ipv6: [], secondaryIpv6: [] },
    rootDevice: 'ebs',
    ...fields,
  };
}

function why(fields: Partial<Instance>): readonly [detail: string | undefined, beganAt: string | undefined] {
  const { detail, beganAt } = sightingOf(instance(fields), AT, []);
  return [detail, beganAt === undefined ? undefined : new Date(beganAt).toISOString()];
}

test("a stopped machine has EC2's reason, and the time that EC2 names", () => {
  const transitionReason = 'User initiated (2026-11-26 15:31:11 GMT)';
  const stateReason = {
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  };
  const beganAt = '2026-11-26T15:31:11.000Z';
  assert.deepEqual(why({ state: 'stopped', stateReason, transitionReason }), ['Client.UserInitiatedShutdown', beganAt]);
  assert.deepEqual(why({ state: 'stopping', transitionReason }), ['User initiated', beganAt]);
  assert.deepEqual(why({ state: 'terminated', transitionReason }), ['User initiated', beganAt]);
});

test("EC2's reasons have several forms", () => {
  const code = 'Client.InstanceInitiatedShutdown';
  assert.deepEqual(why({ state: 'stopped', stateReason: { code, message: '' } }), [code, undefined]);
  const ofSpot = 'Server.SpotInstanceTermination: Spot instance termination';
  assert.deepEqual(why({ state: 'terminated', transitionReason: ofSpot }), [
    'Server.SpotInstanceTermination',
    undefined,
  ]);
  assert.deepEqual(why({ state: 'stopped', transitionReason: 'User initiated' }), ['User initiated', undefined]);
  assert.deepEqual(why({ state: 'stopped' }), [undefined, undefined]);
  assert.equal(why({ state: 'stopped', transitionReason: 'x'.repeat(5_000) })[0]?.length, 200);
});

test('a machine that runs has run since its launch, and shows no reason of an earlier stop', () => {
  const stateReason = { code: 'Client.UserInitiatedShutdown', message: '' };
  const transitionReason = 'User initiated (2026-11-25 15:31:11 GMT)';
  assert.deepEqual(why({ stateReason, transitionReason }), [undefined, '2026-11-26T08:00:00.000Z']);
  assert.deepEqual(why({ launchedAt: AT + 1 }), [undefined, undefined]);
});

test('a time that cannot be that of this state does not count', () => {
  for (const time of ['2026-11-25 15:31:11 GMT', '2026-11-27 10:00:01 GMT', '2026-13-45 15:31:11 GMT', '15:31']) {
    assert.deepEqual(why({ state: 'stopped', transitionReason: `User initiated (${time})` }), [
      'User initiated',
      undefined,
    ]);
  }
});

test('name and owner are read from the tags', () => {
  const tags = { Name: 'gpu-1', owner: '', Owner: 'alice' };
  const { name, owner } = sightingOf(instance({ tags }), AT, ['owner', 'Owner']);
  assert.deepEqual([name, owner], ['gpu-1', 'alice']);
  const { name: none } = sightingOf(instance({ tags: { Name: '' } }), AT, []);
  assert.equal(none, undefined);
});
