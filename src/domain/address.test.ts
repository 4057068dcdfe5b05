import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalAddress, parseAddress } from './address.ts';

describe('addresses', () => {
  for (const [text, canonical] of [
    ['10.0.1.5', '10.0.1.5'],
    ['100.64.0.1', '100.64.0.1'],
    ['203.0.113.9', '203.0.113.9'],
    ['2001:DB8:0:0:0:0:0:11', '2001:db8::11'],
    ['fd12:3456:0000::000a', 'fd12:3456::a'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['2001:db8::10.0.1.5', '2001:db8::a00:105'],
  ] as const) {
    test(`${text} is ${canonical}`, () => {
      const address = parseAddress(text);
      assert.ok(address.ok);
      assert.deepEqual(address.value, { family: canonical.includes(':') ? 6 : 4, text: canonical });
    });
  }

  test('every IPv6 address comes out as a URL would spell it, and reads back as itself', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const address = parseAddress(text);
        fc.pre(address.ok);
        assert.equal(`[${address.value.text}]`, new URL(`http://[${text}]/`).hostname);
        assert.deepEqual(parseAddress(address.value.text), address);
      }),
    );
  });

  test('nothing but digits, hex letters, dots and colons ever comes out', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.ipV4Extended(),
      fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdefxX.:%*?/ \n[]')) }),
    );
    fc.assert(
      fc.property(text, (raw) => {
        const address = parseAddress(raw);
        if (address.ok) assert.match(address.value.text, /^[0-9a-f.:]{2,39}$/);
      }),
    );
  });
});

describe('refused as an address', () => {
  for (const text of [
    '',
    ' 10.0.1.5',
    '10.0.1.5 ',
    '10.0.1.5\n',
    '10.0.1.5\0',
    '10.0.1',
    '10.0.1.256',
    '10.0.1.5/32',
    '10.0.1.5:80',
    '10.0.1.*',
    '10.0.1.?',
    '１０.0.1.5',
    '+10.0.1.5',
    '-1.0.1.5',
    '10..1.5',
    '.10.0.1.5',
    '10.0.1.5.',
    '2001:db8::1%eth0',
    '[2001:db8::1]',
    '2001:db8:::1',
    '2001:db8::g',
    '1::2::3',
    '12345::',
    `${'0:'.repeat(500_000)}1`,
    '1'.repeat(1_000_000),
  ]) {
    test(JSON.stringify(text.slice(0, 30)), () => assert.equal(parseAddress(text).ok, false));
  }

  test('every other spelling that the resolver takes for an IPv4 address', () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(octet, octet, octet, octet, (a, b, c, d) => {
        for (const text of legacyForms(a, b, c, d)) assert.equal(parseAddress(text).ok, false, text);
      }),
    );
  });

  for (const [text, range] of [
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['169.254.169.254', 'linkLocal'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fe80::1', 'linkLocal'],
    ['ff02::1', 'multicast'],
    ['::ffff:10.0.1.5', 'ipv4Mapped'],
    ['::ffff:a00:105', 'ipv4Mapped'],
  ] as const) {
    test(`${text}, which is ${range}`, () => {
      const address = parseAddress(text);
      assert.ok(!address.ok);
      assert.match(address.message, new RegExp(`which is ${range}$`));
    });
  }
});

test("an address of EC2's is put in the canonical form; other text is kept", () => {
  assert.equal(canonicalAddress('2001:DB8::0011'), '2001:db8::11');
  assert.equal(canonicalAddress('not an address'), 'not an address');
});

function legacyForms(a: number, b: number, c: number, d: number): string[] {
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  return [
    `${whole}`,
    `0x${whole.toString(16)}`,
    `0${whole.toString(8)}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${b}.${c}.0${d}`,
    `0${a}.${b}.${c}.${d}`,
    `0x${a.toString(16)}.${b}.${c}.${d}`,
    `${a}.${b}.${c}.0X${d.toString(16)}`,
  ];
}
