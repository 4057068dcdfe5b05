import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adviseOn, describeReason, lacksCapacity } from './bounce.ts';

describe('a lack of capacity', () => {
  for (const code of [
    'InsufficientInstanceCapacity',
    'Server.InsufficientInstanceCapacity',
    'Client.InsufficientHostCapacity',
    'InsufficientCapacity',
    'InsufficientCapacityOnHost',
    'InsufficientReservedInstanceCapacity',
    'InsufficientReservedInstancesCapacity',
    'InsufficientVolumeCapacity',
    'ReservationCapacityExceeded',
    'UnfulfillableCapacity',
  ]) {
    test(code, () => assert.equal(lacksCapacity(code), true));
  }
  for (const code of [
    'InvalidCapacityReservationId.NotFound',
    'InvalidCapacityReservationState',
    'CapacityReservationNotFound',
    'Client.InternalError',
    'VcpuLimitExceeded',
  ]) {
    test(`is not ${code}`, () => assert.equal(lacksCapacity(code), false));
  }
});

describe('a bounce says what to do next', () => {
  for (const [code, advice] of [
    ['Client.InternalError', /kms:CreateGrant/],
    ['Client.InvalidKMSKey.InvalidState', /key is enabled/],
    ['Client.VolumeLimitExceeded', /quota of EBS volumes/],
    ['Client.InvalidSnapshot.NotFound', /snapshot/],
    ['Server.InternalError', /a few minutes/],
    ['Server.ScheduledStop', /other hardware/],
    ['Server.SpotInstanceShutdown', /EC2 alone starts it again/],
    ['Server.SpotInstanceTermination', /EC2 alone starts it again/],
    ['Client.UserInitiatedShutdown', /CloudTrail/],
    ['Client.UserInitiatedHibernate', /CloudTrail/],
    ['Client.InstanceInitiatedShutdown', /get-console-output/],
    ['Client.SomethingNew', /look the code up/],
  ] as const) {
    test(code, () => assert.match(adviseOn({ code, message: '' }), advice));
  }
  test('without a reason', () => assert.match(adviseOn(undefined), /CloudTrail/));
});

test("EC2's words do not name the code twice", () => {
  const code = 'Client.InternalError';
  const expected = 'Client.InternalError: Client error on launch';
  assert.equal(describeReason({ code, message: expected }), expected);
  assert.equal(describeReason({ code, message: 'Client error on launch' }), expected);
  assert.equal(describeReason({ code, message: '' }), code);
  assert.equal(describeReason(undefined), 'EC2 gives no reason');
});
