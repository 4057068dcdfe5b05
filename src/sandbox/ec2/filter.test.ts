import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFilters, matchesWildcard } from './filter.ts';
import { parseFleet } from '../fleet.ts';
import { forceState } from '../transitions.ts';

describe('wildcards', () => {
  const cases: readonly [pattern: string, text: string, matches: boolean][] = [
    ['gpu-1', 'gpu-1', true],
    ['gpu-1', 'GPU-1', false],
    ['gpu-1', 'gpu-12', false],
    ['gpu-*', 'gpu-', true],
    ['*', '', true],
    ['*', 'anything', true],
    ['10.0.*', '10.0.1.5', true],
    ['10.0.*', '10x0.1.5', false],
    ['*a*b*', 'xxayybzz', true],
    ['*a*b*', 'xxbyyazz', false],
    ['gpu-?', 'gpu-1', true],
    ['gpu-?', 'gpu-', true],
    ['gpu-?', 'gpu-12', false],
    ['gpu-??', 'gpu-12', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['\\?', '?', true],
    ['a\\\\b', 'a\\b', true],
    ['', '', true],
    ['', 'x', false],
  ];
  for (const [pattern, text, matches] of cases) {
    test(`${JSON.stringify(pattern)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(matchesWildcard(pattern, text), matches);
    });
  }

  test('a pattern cannot be slow', () => {
    assert.equal(matchesWildcard('*a'.repeat(120), 'a'.repeat(119)), false);
  });
});

const fleet = `
machines:
  - id: i-00000000000000001
    name: one
    region: eu-central-1
    type: g5.xlarge
    private_ip: 10.0.0.1
    secondary_ips: [10.0.0.101]
    public_ip: 198.51.100.1
    ipv6: ['2001:db8::1', '2001:db8::2']
    interfaces: [{ private_ip: 10.0.0.11, elastic_ip: 203.0.113.11, ipv6: ['2001:db8::3'] }]
    tags: { team: vision }
  - id: i-00000000000000002
    region: us-east-1
    type: p4d.24xlarge
    vpc: vpc-2
    state: stopped
    private_ip: 10.0.0.2
    public_ip: 198.51.100.2
    spot: persistent
`;
const { machines } = parseFleet(fleet, 0);

function found(...filters: readonly [name: string, ...values: string[]][]): readonly string[] {
  const matches = compileFilters(filters.map(([name, ...values]) => ({ name, values })));
  return machines.filter(matches).map(({ id }) => id.slice(-1));
}

describe('filters', () => {
  const cases: readonly [name: string, value: string, ids: readonly string[]][] = [
    ['instance-id', 'i-00000000000000002', ['2']],
    ['instance-state-name', 'stopped', ['2']],
    ['instance-type', 'g5.*', ['1']],
    ['instance-lifecycle', 'spot', ['2']],
    ['vpc-id', 'vpc-2', ['2']],
    ['private-ip-address', '10.0.0.1', ['1']],
    ['private-ip-address', '10.0.0.11', ['1']],
    ['private-ip-address', '10.0.0.101', []],
    ['private-ip-address', '10.0.*', ['1', '2']],
    ['network-interface.addresses.private-ip-address', '10.0.0.101', ['1']],
    ['network-interface.addresses.private-ip-address', '10.0.0.11', ['1']],
    ['ip-address', '198.51.100.1', ['1']],
    ['ip-address', '203.0.113.11', []],
    ['ip-address', '198.51.100.2', []],
    ['network-interface.addresses.association.public-ip', '203.0.113.11', ['1']],
    ['ipv6-address', '2001:db8::1', ['1']],
    ['ipv6-address', '2001:db8::3', []],
    ['network-interface.ipv6-addresses.ipv6-address', '2001:db8::3', ['1']],
    ['private-dns-name', 'ip-10-0-0-1.eu-central-1.compute.internal', ['1']],
    ['private-dns-name', 'ip-10-0-0-2.ec2.internal', ['2']],
    ['dns-name', 'ec2-198-51-100-1.eu-central-1.compute.amazonaws.com', ['1']],
    ['dns-name', '*', ['1']],
    ['tag:team', 'vision', ['1']],
    ['tag:team', 'Vision', []],
    ['tag:constructor', '*', []],
    ['tag-key', 'Name', ['1']],
  ];
  for (const [name, value, ids] of cases) {
    test(`${name}=${value} finds ${ids.length === 0 ? 'none' : ids.join(' and ')}`, () => {
      assert.deepEqual(found([name, value]), ids);
    });
  }

  test('any value of a filter is enough, every filter must match', () => {
    assert.deepEqual(found(['vpc-id', 'vpc-2', 'vpc-0*']), ['1', '2']);
    assert.deepEqual(found(['vpc-id', '*'], ['instance-type', 'p4d.*']), ['2']);
    assert.deepEqual(found(), ['1', '2']);
  });

  test('a stopped machine loses its public address, but not an Elastic IP', () => {
    const [one] = machines;
    assert.ok(one);
    const stopped = forceState(one, 'stopped', 0);
    const finds = (name: string) => compileFilters([{ name, values: ['*'] }])(stopped);
    assert.equal(finds('ip-address'), false);
    assert.equal(finds('network-interface.addresses.association.public-ip'), true);
  });

  test('an unknown filter is an error', () => {
    for (const name of ['hostname', 'constructor', 'Instance-Id']) {
      assert.throws(() => found([name, 'x']), {
        code: 'InvalidParameterValue',
        message: `The filter '${name}' is invalid`,
      });
    }
  });

  test('200 values in all are the limit', () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => `10.1.0.${index}`);
    found(['private-ip-address', ...values(100)], ['vpc-id', ...values(100)]);
    assert.throws(() => found(['private-ip-address', ...values(100)], ['vpc-id', ...values(101)]), {
      code: 'FilterLimitExceeded',
      message: 'The maximum number of filter values specified on a single call is 200',
    });
  });
});
