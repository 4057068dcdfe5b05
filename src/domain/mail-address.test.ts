import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { domainOf, parseMailAddress, parseMailbox } from './mail-address.ts';

describe('e-mail addresses', () => {
  for (const [text, address] of [
    ['ann@example.com', 'ann@example.com'],
    ['Ann.Lee+gpu@Example.COM', 'Ann.Lee+gpu@example.com'],
    ["o'neil_2@mail-1.example.co.uk", "o'neil_2@mail-1.example.co.uk"],
    ['ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example'],
  ] as const) {
    test(text, () => assert.deepEqual(parseMailAddress(text), { ok: true, value: address }));
  }

  for (const text of [
    '',
    'ann',
    '@example.com',
    'ann@',
    'ann@localhost',
    'ann@example.com ',
    ' ann@example.com',
    'ann@example.com\n',
    'ann@example.com\r\nBcc: eve@evil.example',
    'ann@example.com\0',
    'ann@evil.example@example.com',
    'eve@evil.example,ann@example.com',
    'eve@evil.example;ann@example.com',
    'eve@evil.example>,<ann@example.com',
    'Ann <ann@example.com>',
    '"ann"@example.com',
    '"eve@evil.example"@example.com',
    'ann(comment)@example.com',
    'ann@(comment)example.com',
    'ann@[10.0.0.1]',
    'ann@10.0.0.1',
    'ann@example.com.',
    'ann@example..com',
    'ann@-example.com',
    'ann@example-.com',
    'ann@example.com/evil.example',
    'ann@example.com#@evil.example',
    '.ann@example.com',
    'ann.@example.com',
    'an..n@example.com',
    '-oQ/tmp@example.com',
    'eve%evil.example@example.com',
    'evil.example!eve@example.com',
    '/S=eve/ADMD=evil@example.com',
    'IMCEASMTP-eve+40evil+2Eexample@example.com',
    'SRS0=aaaa=bb=evil.example=eve@example.com',
    'srs1=aaaa=evil.example==aaaa=bb=example.org=eve@example.com',
    '|sh@example.com',
    '`id`@example.com',
    '\u0430nn@example.com',
    'ann@ex\u0430mple.com',
    'ann@mar\u212Aet.example',
    'ann\uFF20evil.example@example.com',
    'ann@example.com\u2028',
    `${'a'.repeat(65)}@example.com`,
    `ann@${'a.'.repeat(130)}com`,
    `${'a.'.repeat(500_000)}@example.com`,
  ]) {
    test(`refused: ${JSON.stringify(text.slice(0, 50))}`, () => assert.equal(parseMailAddress(text).ok, false));
  }

  test('whatever is read ends with its one domain, and has no character with a meaning in a header', () => {
    const characters = fc.constantFrom(...Array.from('aZ0.+-_\'%!@"<>(),;:\\ \t\r\n\0/=\u00e9\u202e\u{1f600}'));
    const text = fc
      .tuple(fc.string({ unit: characters, maxLength: 12 }), fc.string({ unit: characters, maxLength: 12 }))
      .map((parts) => parts.join('@'));
    fc.assert(
      fc.property(fc.oneof(text, fc.emailAddress()), (given) => {
        const address = parseMailAddress(given);
        if (!address.ok) return;
        assert.match(address.value, /^[\w'=~+.-]+@[a-z0-9.-]+$/);
        assert.equal(given.toLowerCase().endsWith(`@${domainOf(address.value)}`), true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('mailboxes', () => {
  for (const [text, mailbox] of [
    ['ec2@example.com', { address: 'ec2@example.com' }],
    ['<ec2@example.com>', { address: 'ec2@example.com' }],
    ['ec2-operator <ec2@example.com>', { name: 'ec2-operator', address: 'ec2@example.com' }],
    ['"Rechner, München" <ec2@Example.com>', { name: 'Rechner, München', address: 'ec2@example.com' }],
  ] as const) {
    test(text, () => assert.deepEqual(parseMailbox(text), { ok: true, value: mailbox }));
  }

  for (const text of [
    'ec2-operator',
    'a@example.com, b@example.com',
    'a@example.com <b@example.com>',
    'ec2 <ec2@example.com> <eve@evil.example>',
    'ec2\r\nBcc: x <ec2@example.com>',
    'ec2\u202e <ec2@example.com>',
    'ec2 <>',
    `${'x'.repeat(101)} <ec2@example.com>`,
  ]) {
    test(`refused: ${JSON.stringify(text.slice(0, 50))}`, () => assert.equal(parseMailbox(text).ok, false));
  }
});
