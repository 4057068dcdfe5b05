import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instanceWith } from '../../test/support/operation.ts';
import { parseAddress, type Address } from './address.ts';
import { matchByAddress, matchById } from './match.ts';

const STRICT = { public: false, secondary: false };
const EVERY = { public: true, secondary: true };
const A = instanceWith({
  id: 'i-0000000a',
  addresses: {
    primary: '10.0.0.1',
    secondary: ['10.0.5.1'],
    public: ['198.51.100.1'],
    ipv6: ['2001:db8::1'],
    secondaryIpv6: ['2001:db8:6::1'],
  },
});
const B = instanceWith({
  id: 'i-0000000b',
  addresses: { ...A.addresses, secondary: [], public: [], ipv6: [], secondaryIpv6: [] },
});
const C = instanceWith({ id: 'i-0000000c', addresses: { ...B.addresses, primary: '10.0.0.3' } });

function addresses(...texts: string[]): readonly Address[] {
  return texts.map((text) => {
    const address = parseAddress(text);
    assert.ok(address.ok);
    return address.value;
  });
}

function found(match: ReturnType<typeof matchById>): string {
  return match.match === 'one' ? match.instance.id : match.reason;
}

describe('by id', () => {
  test('the one with that id, from among all that were described in the batch', () => {
    assert.equal(found(matchById(C.id, [A, B, C], 'c')), C.id);
    assert.equal(found(matchById('i-0000000d', [A, B, C], 'd')), 'not_found');
    assert.equal(found(matchById(A.id, [], 'a')), 'not_found');
  });

  test('one that is gone is not found, and is named', () => {
    const match = matchById(A.id, [{ ...A, state: 'terminated' }], 'a');
    assert.equal(found(match), 'not_found');
    assert.match(match.match === 'none' ? match.message : '', /i-0000000a is terminated/);
  });

  test('the same one, described twice, is one', () => {
    assert.equal(found(matchById(A.id, [A, { ...A }], 'a')), A.id);
  });
});

describe('by address', () => {
  test('what was described for others in the batch does not count', () => {
    assert.equal(found(matchByAddress(addresses('10.0.0.3'), [A, B, C], STRICT, 'c')), C.id);
    assert.equal(found(matchByAddress(addresses('10.0.0.9'), [A, B, C], EVERY, 'x')), 'not_found');
  });

  test('two with the same address are ambiguous, and named', () => {
    const match = matchByAddress(addresses('10.0.0.1'), [A, B], STRICT, 'gpu-1');
    assert.equal(found(match), 'ambiguous');
    assert.match(match.match === 'none' ? match.message : '', /"gpu-1" could be i-0000000a.*i-0000000b/);
  });

  test('no more than five are named', () => {
    const many = Array.from({ length: 8 }, (_, index) => ({ ...B, id: `i-1000000${index}` }));
    const match = matchByAddress(addresses('10.0.0.1'), many, STRICT, 'x');
    assert.match(match.match === 'none' ? match.message : '', /i-10000004 \(eu-central-1a\) or 3 more$/);
  });

  test('of two with the same address, one that is gone does not count', () => {
    assert.equal(
      found(matchByAddress(addresses('10.0.0.1'), [{ ...A, state: 'shutting-down' }, B], STRICT, 'x')),
      B.id,
    );
  });

  const kinds = [
    ['10.0.0.1', STRICT, A.id],
    ['2001:db8::1', STRICT, A.id],
    ['10.0.5.1', STRICT, 'not_found'],
    ['198.51.100.1', STRICT, 'not_found'],
    ['2001:db8:6::1', STRICT, 'not_found'],
    ['10.0.5.1', { public: false, secondary: true }, A.id],
    ['2001:db8:6::1', { public: false, secondary: true }, A.id],
    ['198.51.100.1', { public: false, secondary: true }, 'not_found'],
    ['198.51.100.1', { public: true, secondary: false }, A.id],
    ['10.0.5.1', { public: true, secondary: false }, 'not_found'],
  ] as const;
  for (const [text, policy, expected] of kinds) {
    test(`${text} with ${JSON.stringify(policy)}`, () => {
      assert.equal(found(matchByAddress(addresses(text), [A], policy, text)), expected);
    });
  }

  test('of machines with one address in several VPCs, only those in the VPC count', () => {
    const [one, other] = [
      { ...A, vpc: 'vpc-0000000a' },
      { ...B, vpc: 'vpc-0000000b' },
    ];
    const within = (...vpcs: string[]) => matchByAddress(addresses('10.0.0.1'), [one, other], { ...STRICT, vpcs }, 'x');
    assert.equal(found(within()), 'ambiguous');
    assert.equal(found(within('vpc-0000000b')), B.id);
    assert.equal(found(within('vpc-0000000a', 'vpc-0000000b')), 'ambiguous');
    const match = within('vpc-0000000c');
    assert.equal(found(match), 'not_found');
    assert.match(
      match.match === 'none' ? match.message : '',
      /no instance in vpc-0000000c .*elsewhere there is i-0000000a/,
    );
  });

  test('all addresses of a name must belong to the one machine', () => {
    assert.equal(found(matchByAddress(addresses('10.0.0.1', '198.51.100.1'), [A], STRICT, 'x')), A.id);
    const match = matchByAddress(addresses('10.0.0.1', '10.0.0.77'), [A], STRICT, 'x');
    assert.equal(found(match), 'ambiguous');
    assert.match(match.match === 'none' ? match.message : '', /also to 10\.0\.0\.77/);
  });
});
