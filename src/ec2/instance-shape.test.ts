import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDescribed } from './instance-shape.ts';
import { Ec2Error } from './port.ts';

const minimal = {
  InstanceId: 'i-0a1b2c3d',
  State: { Name: 'running', Code: 16 },
  LaunchTime: '2026-11-20T10:00:00+00:00',
  Placement: { AvailabilityZone: 'eu-central-1a' },
};

function read(changes: object, place = {}) {
  const [instance] = parseDescribed({ Reservations: [{ Instances: [{ ...minimal, ...changes }] }] }, place);
  assert.ok(instance !== undefined);
  return instance;
}

test('times of both clients are the same time', () => {
  const launchedAt = Date.UTC(2026, 10, 20, 10);
  for (const LaunchTime of [minimal.LaunchTime, '2026-11-20T10:00:00.000Z', new Date(launchedAt)]) {
    assert.equal(read({ LaunchTime }).launchedAt, launchedAt);
  }
});

test('text that is no time, and a time without a zone, are refused', () => {
  for (const LaunchTime of ['', 'yesterday', '2026', '2026-11-20', '2026-11-20T10:00:00', '2026-02-30T10:00:00Z', 0]) {
    assert.throws(() => read({ LaunchTime }), Ec2Error, String(LaunchTime));
  }
});

test('the region comes from the place, else from the zone', () => {
  for (const [zone, region] of [
    ['eu-central-1a', 'eu-central-1'],
    ['us-gov-west-1b', 'us-gov-west-1'],
    ['us-west-2-lax-1a', 'us-west-2'],
    ['us-east-1-wl1-bos-wlz-1', 'us-east-1'],
  ] as const) {
    assert.deepEqual(read({ Placement: { AvailabilityZone: zone } }, { account: 'a' }).place, { account: 'a', region });
  }
  assert.deepEqual(read({}, { region: 'us-east-1' }).place, { region: 'us-east-1' });
  assert.deepEqual(read({ Placement: {} }).place, {});
});

test('a new state of EC2 is unknown', () => {
  assert.equal(read({ State: { Name: 'dreaming' } }).state, 'unknown');
});

test('a managed instance names its principal', () => {
  assert.equal(read({ Operator: { Managed: true, Principal: 'eks.amazonaws.com' } }).managedBy, 'eks.amazonaws.com');
  assert.equal(read({ Operator: { Managed: true } }).managedBy, 'an AWS service');
  assert.equal(read({ Operator: { Managed: false, Principal: 'x' } }).managedBy, undefined);
});

test('what it is billed by is the operating system with its licence, and its tenancy', () => {
  const codes = { UsageOperation: 'RunInstances:0010', PlatformDetails: 'Red Hat Enterprise Linux' };
  assert.deepEqual(read({ ...codes, Placement: { AvailabilityZone: 'eu-central-1a', Tenancy: 'dedicated' } }).billing, {
    usage: 'RunInstances:0010',
    system: 'Red Hat Enterprise Linux',
    tenancy: 'dedicated',
  });
});

test('where an endpoint leaves the codes out, only Windows is not Linux', () => {
  assert.deepEqual(read({ Platform: 'windows' }).billing, {
    usage: 'RunInstances:0002',
    system: 'Windows',
    tenancy: 'default',
  });
  assert.equal(read({}).billing?.usage, 'RunInstances');
});

test('capacity that was bought for a time is known by its reservation', () => {
  const CapacityReservationId = 'cr-0123456789abcdef0';
  assert.deepEqual(read({ CapacityReservationId }).committed, {
    kind: 'capacity_reservation',
    id: CapacityReservationId,
  });
  assert.deepEqual(read({ CapacityReservationId, InstanceLifecycle: 'capacity-block' }).committed, {
    kind: 'capacity_block',
    id: CapacityReservationId,
  });
  assert.equal(read({}).committed, undefined);
});

describe('addresses', () => {
  const card = (index: number, networkCard: number, address: string) => ({
    Attachment: { DeviceIndex: index, NetworkCardIndex: networkCard },
    PrivateIpAddress: address,
    PrivateIpAddresses: [{ PrivateIpAddress: address, Primary: true }],
    Ipv6Addresses: [{ Ipv6Address: `2001:0DB8::${address.split('.').at(-1) ?? ''}` }],
  });

  test('the primary one is that of device 0 on network card 0, in any order', () => {
    const { addresses } = read({
      PrivateIpAddress: '10.0.0.9',
      NetworkInterfaces: [card(1, 0, '10.0.0.3'), card(0, 1, '10.0.0.2'), card(0, 0, '10.0.0.1')],
    });
    assert.deepEqual(addresses, {
      primary: '10.0.0.1',
      secondary: ['10.0.0.3', '10.0.0.2'],
      public: [],
      ipv6: ['2001:db8::1'],
      secondaryIpv6: ['2001:db8::3', '2001:db8::2'],
    });
  });

  test('the marked address is the primary one, not the first', () => {
    const { addresses } = read({
      NetworkInterfaces: [
        {
          Attachment: { DeviceIndex: 0 },
          PrivateIpAddresses: [
            { PrivateIpAddress: '10.0.0.8', Primary: false, Association: { PublicIp: '198.51.100.8' } },
            { PrivateIpAddress: '10.0.0.7', Primary: true },
          ],
        },
      ],
    });
    assert.deepEqual([addresses.primary, addresses.secondary], ['10.0.0.7', ['10.0.0.8']]);
    assert.deepEqual(addresses.public, ['198.51.100.8']);
  });

  test('an instance without interfaces has its own addresses', () => {
    const top = { PrivateIpAddress: '10.0.0.1', PublicIpAddress: '198.51.100.1', Ipv6Address: '2001:db8::1' };
    assert.deepEqual(read(top).addresses, {
      primary: '10.0.0.1',
      secondary: [],
      public: ['198.51.100.1'],
      ipv6: ['2001:db8::1'],
      secondaryIpv6: [],
    });
    assert.equal('primary' in read({ PrivateIpAddress: '' }).addresses, false);
  });
});

describe('an unreadable instance is an error, not one instance less', () => {
  for (const [name, value] of [
    ['no time', { ...minimal, LaunchTime: 'yesterday' }],
    ['no state', { ...minimal, State: undefined }],
    ['no object', 'i-0a1b2c3d'],
  ] as const) {
    test(name, () => {
      const answer = { Reservations: [{ Instances: [minimal, value] }] };
      assert.throws(
        () => parseDescribed(answer, {}),
        (error) => error instanceof Ec2Error && error.code === 'ClientOutput',
      );
    });
  }

  test('no reservations', () => {
    for (const answer of [undefined, {}, [], { Reservations: {} }]) {
      assert.throws(() => parseDescribed(answer, {}), /expected EC2's answer .*; check whether a proxy/);
    }
  });

  test('the message names the instance', () => {
    const answer = { Reservations: [{ Instances: [{ ...minimal, LaunchTime: undefined }] }] };
    assert.throws(() => parseDescribed(answer, {}), /instance i-0a1b2c3d .*LaunchTime/);
  });
});
