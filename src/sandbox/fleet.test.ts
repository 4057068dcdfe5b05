import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultFleet, parseFleet } from './fleet.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const hourMs = 3_600_000;

function parseMachine(properties: string) {
  const text = `machines: [{ id: i-00000000000000001, region: eu-central-1, type: g5.xlarge, private_ip: 10.0.0.1, ${properties} }]`;
  const [machine] = parseFleet(text, now).machines;
  assert.ok(machine);
  return machine;
}

test('by default, a machine is on demand, runs, and is in the default account', () => {
  const machine = parseMachine('');
  assert.equal(machine.account, '123456789012');
  assert.equal(machine.zone, 'eu-central-1a');
  assert.equal(machine.state, 'running');
  assert.equal(machine.market, 'on-demand');
  assert.equal(machine.root, 'ebs');
  assert.deepEqual(machine.tags, {});
});

describe('launched', () => {
  const cases = [
    ['2h ago', now - 2 * hourMs],
    ['3d 4h ago', now - 76 * hourMs],
    ['90s ago', now - 90_000],
    ['2026-11-22T10:30:00+02:00', Date.parse('2026-11-22T08:30:00Z')],
  ] as const;
  for (const [text, at] of cases) {
    test(text, () => assert.equal(parseMachine(`launched: '${text}'`).launchTime, at));
  }
  for (const text of ['2 hours ago', '2h', 'ago', 'yesterday', '2026']) {
    test(`refuses ${text}`, () => assert.throws(() => parseMachine(`launched: '${text}'`), /expected an age such as/));
  }
});

test('name and asg become tags', () => {
  assert.deepEqual(parseMachine('name: gpu-1, asg: workers, tags: { team: a }').tags, {
    Name: 'gpu-1',
    'aws:autoscaling:groupName': 'workers',
    team: 'a',
  });
});

test('every interface has its own id', () => {
  const { interfaces } = parseMachine('interfaces: [{ private_ip: 10.0.0.2 }, { private_ip: 10.0.0.3 }]');
  assert.equal(new Set(interfaces.map(({ id }) => id)).size, 3);
  for (const { id } of interfaces) assert.match(id, /^eni-[0-9a-f]{17}$/);
});

test('all problems are listed with their paths', () => {
  const text = `
accounts:
  '12': {}
machines:
  - { id: gpu-1, region: Frankfurt, type: g5, private_ip: 10.0.0, colour: red }
  - { id: i-00000000000000001, account: 123456789012, region: eu-central-1, type: g5.xlarge, private_ip: 10.0.0.1 }
  - { id: i-00000000000000002, region: eu-central-1, type: g5.xlarge, private_ip: 10.0.0.2, spot: one-time, protected: true }
`;
  assert.throws(
    () => parseFleet(text, now),
    ({ message }: Error) => {
      for (const expected of [
        /accounts\W+12/,
        /machines\[0\]\.id: expected i-/,
        /machines\[0\]\.region: expected a region/,
        /machines\[0\]\.type: expected an instance type/,
        /machines\[0\]\.private_ip: expected an IPv4/,
        /machines\[0\]: .*colour/,
        /machines\[1\]\.account: expected a 12-digit account id in quotes/,
        /machines\[2\]\.protected: EC2 has no stop protection/,
      ]) {
        assert.match(message, expected);
      }
      return true;
    },
  );
});

test('a duplicate id, or a duplicate address in a VPC, is a problem', () => {
  const machine = 'region: eu-central-1, type: g5.xlarge, private_ip: 10.0.0.1';
  const text = `machines: [{ id: i-00000001, ${machine} }, { id: i-00000001, ${machine} }]`;
  assert.throws(() => parseFleet(text, now), /machines\[1\]\.id: machines\[0\] has the same id/);
  assert.throws(() => parseFleet(text, now), /machines\[1\]\.private_ip: .* in the same VPC/);
});

test('text that is not YAML is an error, an empty file an empty fleet', () => {
  assert.throws(() => parseFleet('machines: [', now), /The fleet file has \d+ problem/);
  assert.deepEqual(parseFleet('', now).machines, []);
});

test('the default fleet has a machine of each kind', () => {
  const { machines, accounts } = defaultFleet(now);
  const gpu1 = machines.find(({ tags }) => tags['Name'] === 'gpu-1');
  assert.equal(gpu1?.interfaces[0].privateIp, '10.0.1.5');
  assert.equal(gpu1.state, 'running');
  assert.ok(gpu1.launchTime < now - 48 * hourMs);
  assert.ok(machines.some(({ state }) => state === 'stopped'));
  assert.ok(machines.some(({ tags }) => 'aws:autoscaling:groupName' in tags));
  assert.ok(machines.some(({ stopProtected }) => stopProtected));
  assert.ok(machines.some(({ market }) => market === 'spot-one-time'));
  assert.ok(machines.some(({ root }) => root === 'instance-store'));
  const shared = machines.filter(({ interfaces }) => interfaces[0].privateIp === '10.0.9.9');
  assert.deepEqual(shared.map(({ region }) => region).sort(), ['eu-central-1', 'us-east-1']);
  assert.ok(machines.some(({ account }) => account === '210987654321'));
  assert.deepEqual(accounts.get('210987654321')?.roles, ['ec2-operator']);
});
