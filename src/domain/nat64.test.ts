import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNat64Prefix, withoutEmbedded } from './nat64.ts';

// The examples of RFC 6052, 2.4: one address under a prefix of each length.
const EXAMPLES = [
  ['2001:db8::/32', '2001:db8:c000:221::'],
  ['2001:db8:100::/40', '2001:db8:1c0:2:21::'],
  ['2001:db8:122::/48', '2001:db8:122:c000:2:2100::'],
  ['2001:db8:122:300::/56', '2001:db8:122:3c0:0:221::'],
  ['2001:db8:122:344::/64', '2001:db8:122:344:c0:2:2100::'],
  ['2001:db8:122:344::/96', '2001:db8:122:344::192.0.2.33'],
] as const;

for (const [prefix, address] of EXAMPLES) {
  test(`under a configured ${prefix}`, () => {
    assert.ok(isNat64Prefix(prefix));
    assert.deepEqual(withoutEmbedded(['192.0.2.33', address], [prefix]), ['192.0.2.33']);
    assert.deepEqual(withoutEmbedded(['192.0.2.34', address], [prefix]), ['192.0.2.34', address], 'of another address');
    assert.deepEqual(withoutEmbedded([address], [prefix]), [address], 'of an address that is not in the answer');
    assert.deepEqual(withoutEmbedded(['192.0.2.33', address], []), ['192.0.2.33', address], 'not configured');
  });
}

test('under the well-known prefix without being told', () => {
  assert.deepEqual(withoutEmbedded(['64:ff9b::a00:105', '10.0.1.5'], []), ['10.0.1.5']);
  assert.deepEqual(withoutEmbedded(['64:ff9b::a00:106', '10.0.1.5'], []), ['64:ff9b::a00:106', '10.0.1.5']);
});

test('a prefix has one of six lengths', () => {
  for (const text of ['64:ff9b::/95', '2001:db8::', '10.0.0.0/32', 'x', '::/0']) assert.ok(!isNat64Prefix(text), text);
});
