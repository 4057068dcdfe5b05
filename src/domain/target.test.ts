import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseHostTarget, parseInstanceTarget, parseNameTarget, REGION, targetKey, type HostTarget } from './target.ts';

/** What may come out of a parser, whatever went in: these forms and no other reach the resolver, a filter or a call. */
const SAFE = {
  id: /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/,
  address: /^[0-9a-f.:]{2,39}$/,
  name: /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?\.?$/,
  /** For people only, but it is logged and stored. */
  text: /^[\w.:[\]-]{1,262}$/,
};

/** Text that comes near to a host name, so that a property does not only see what the first check refuses. */
const hostish = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...Array.from('abfix019AK.-_:[]*?\\%/ \t\n\u0000\u00a0\u2028\u212a\u0130１')) }),
  fc.domain(),
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc
    .tuple(fc.constantFrom('', ' ', '['), fc.ipV6(), fc.constantFrom('', ']', ']:80', '\n'))
    .map((parts) => parts.join('')),
  fc
    .tuple(
      fc.stringMatching(/^(?:i|ip)-[0-9a-f-]{1,20}$/),
      fc.stringMatching(/^\.[a-z0-9-]{1,12}\.(?:compute\.)?internal$/),
    )
    .map((parts) => parts.join('')),
);

test('only safe ids, addresses, names and regions ever come out of a host name', () => {
  fc.assert(
    fc.property(hostish, (raw) => {
      const target = parseHostTarget(raw);
      if (target.ok) assertSafe(target.value);
      else assert.match(target.message, /^[\x20-\x7e]{1,400}$/);
    }),
    { numRuns: 2_000 },
  );
});

test('what came out reads back as itself', () => {
  fc.assert(
    fc.property(hostish, (raw) => {
      const target = parseHostTarget(raw);
      fc.pre(target.ok);
      const again = parseHostTarget(bare(target.value));
      assert.ok(again.ok);
      assert.deepEqual([again.value.kind, bare(again.value)], [target.value.kind, bare(target.value)]);
    }),
  );
});

test('only an instance id comes out of the parser of instance ids, unchanged', () => {
  const idish = fc.oneof(
    fc.stringMatching(/^i-[0-9a-f]{7,18}$/),
    fc.string({ unit: fc.constantFrom(...Array.from('i-0aF*?,\n "[')) }),
  );
  fc.assert(
    fc.property(idish, (raw) => {
      const target = parseInstanceTarget(raw);
      assert.equal(target.ok, SAFE.id.test(raw));
      if (target.ok) assert.deepEqual(target.value, { kind: 'instance', id: raw, text: raw });
    }),
  );
});

describe('one machine has one key, however it is written', () => {
  for (const [key, ...spellings] of [
    [
      'gpu-1.example.internal',
      'GPU-1.example.internal',
      'gpu-1.example.internal.',
      'gpu-1.example.internal:9835',
      '\tgpu-1.example.internal\r\n',
    ],
    ['10.0.1.5', '10.0.1.5:9100', ' 10.0.1.5', 'ip-10-0-1-5', 'IP-10-0-1-5:9100'],
    ['2001:db8::5', '2001:DB8:0::5', '[2001:db8::5]', '[2001:db8::5]:9100'],
    ['10.0.1.5@eu-west-1', 'ip-10-0-1-5.eu-west-1.compute.internal'],
    ['10.0.1.5@us-gov-west-1', 'ip-10-0-1-5.us-gov-west-1.compute.internal.'],
    ['10.0.1.5@us-east-1', 'ip-10-0-1-5.ec2.internal', 'ip-10-0-1-5.ec2.internal:9835'],
    [
      'i-0123456789abcdef0',
      'I-0123456789ABCDEF0',
      'i-0123456789abcdef0.eu-west-1.compute.internal',
      'i-0123456789abcdef0.ec2.internal:80',
    ],
  ] as const) {
    for (const spelling of spellings) {
      test(`${JSON.stringify(spelling)} is ${key}`, () => {
        const target = parseHostTarget(spelling);
        assert.ok(target.ok);
        assert.equal(targetKey(target.value), key);
      });
    }
  }
});

describe("EC2's own names", () => {
  test('carry the region in their domain', () => {
    assert.deepEqual(parseHostTarget('i-0123456789abcdef0.ap-southeast-2.compute.internal'), {
      ok: true,
      value: {
        kind: 'instance',
        id: 'i-0123456789abcdef0',
        region: 'ap-southeast-2',
        text: 'i-0123456789abcdef0.ap-southeast-2.compute.internal',
      },
    });
  });

  for (const name of [
    'ip-10-0-1-5.evil.compute.internal',
    'i-0123456789abcdef0.x--y.compute.internal',
    'ip-10-0-1-5.example.com',
    'ip-10-0-1-5-6',
  ]) {
    test(`${name} is a name like any other, for the resolver`, () => {
      assert.deepEqual(parseHostTarget(name), { ok: true, value: { kind: 'name', name, text: name } });
    });
  }
});

describe('refused as a host name', () => {
  for (const text of [
    '',
    ' ',
    '.',
    '..',
    'a..b',
    '-gpu',
    'gpu-',
    'gpu.-a',
    '*',
    '*.example',
    'gpu?',
    'gpu\\1',
    'gpu 1',
    'gpu\u00a01',
    'gpu\n1',
    'gpu/1',
    'gpu,1',
    'gpü',
    'gpu-\u212a',
    'ｇpu',
    'gpu:',
    ':80',
    'gpu:http',
    'gpu:123456',
    'gpu:80:80',
    'http://gpu/',
    '[gpu]',
    '[gpu]:80',
    '[10.0.1.5]:80',
    '[::1',
    '::1]',
    '[[2001:db8::1]]',
    '--endpoint-url=http://x',
    'file:///etc/passwd',
    '10.1',
    '10.1.',
    '0x0a010005',
    '0X7f.1',
    '167837701:80',
    '10.1.0.05',
    '10.0.1.5.',
    'gpu.0x',
    'gpu.1',
    'ip-010-0-1-5',
    'ip-10-0-1-256',
    'ip-127-0-0-1',
    'ip-169-254-169-254.ec2.internal',
    'i-0123.ec2.internal',
    '127.0.0.1:80',
    `${'a'.repeat(64)}.example`,
    'a.'.repeat(127) + 'a',
  ]) {
    test(JSON.stringify(text.slice(0, 50)), () => assert.equal(parseHostTarget(text).ok, false));
  }

  test('legacy forms of an address, with a port and with a dot behind them too', () => {
    fc.assert(
      fc.property(fc.ipV4Extended(), fc.constantFrom('', ':9835', '.', ' '), (text, tail) => {
        const target = parseHostTarget(`${text}${tail}`);
        if (target.ok) assert.deepEqual([target.value.kind, targetKey(target.value)], ['address', text]);
      }),
    );
  });

  // A million characters each: a pattern that backtracks would not come to an end.
  for (const piece of [
    'a',
    'a.',
    'a-',
    '-',
    '.',
    '[',
    ':',
    '0:',
    '[:',
    ' ',
    '1',
    '0x',
    '1.',
    'ip-1-',
    'i-a',
    '\n ',
    '].',
  ]) {
    test(`${JSON.stringify(piece)} over and over`, () => {
      for (const text of [piece.repeat(1_000_000 / piece.length), `${piece.repeat(1_000_000 / piece.length)}!`]) {
        assert.equal(parseHostTarget(text).ok, false);
        assert.equal(parseInstanceTarget(text).ok, false);
        assert.equal(REGION.test(text), false);
      }
    });
  }
});

describe('a tag Name', () => {
  for (const name of [
    'GPU box 1',
    "Anna's box?",
    'team:gpu',
    'gpu-v1.5',
    'a|b',
    'K\u00fcche',
    '\u7bb1 7',
    'gpu*',
    '\\',
    'x\\y',
  ])
    test(JSON.stringify(name), () => {
      const target = parseNameTarget(` ${name} `);
      if (name === '\\') assert.equal(target.ok, false);
      else assert.deepEqual(target, { ok: true, value: { kind: 'tag', name, text: name } });
    });

  test('a host name stays one', () => {
    for (const text of ['gpu-1', 'GPU-1:9100', '10.0.1.5:80', 'i-0123456789abcdef0', 'ip-10-0-0-1'])
      assert.deepEqual(parseNameTarget(text), parseHostTarget(text), text);
  });

  for (const text of [
    '',
    '*',
    '10.0.0.*',
    '10.1',
    '0x0a010005',
    '10.0.0.0/24',
    '[::1',
    'fe80::1',
    'http://gpu/',
    'i-0123.ec2.internal',
    'ip-10-0-1-256',
    'gpu\u001b[2J',
    'gpu\u202e1',
    'a\nb',
    'gpu\ud800',
    'g'.repeat(256),
  ])
    test(`none: ${JSON.stringify(text.slice(0, 30))}`, () => assert.equal(parseNameTarget(text).ok, false));
});

function assertSafe(target: HostTarget): void {
  assert.match(target.text, SAFE.text);
  if (target.kind === 'instance') assert.match(target.id, SAFE.id);
  if (target.kind === 'address') assert.match(target.address.text, SAFE.address);
  if (target.kind === 'name') assert.match(target.name, SAFE.name);
  if (target.kind !== 'name' && target.region !== undefined) assert.match(target.region, REGION);
}

function bare(target: HostTarget): string {
  return target.kind === 'address' ? target.address.text : targetKey(target);
}
