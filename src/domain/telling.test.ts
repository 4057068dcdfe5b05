import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  audienceOf,
  isToldAbout,
  mayReach,
  ownerAddress,
  ownerOf,
  type ChannelRule,
  type OwnerAddresses,
} from './telling.ts';

const OWNERS: OwnerAddresses = { tags: ['owner', 'Owner'], email: '{owner}', domains: ['example.com'] };

function channelWith(change: Partial<ChannelRule> & Pick<ChannelRule, 'name'>): ChannelRule {
  return { kind: 'slack', tells: new Set(['warning']), toOwner: false, quietHours: [], ...change };
}

describe("the owner's address", () => {
  test('is made of the first tag that has a value', () => {
    const tags = { owner: ' ', Owner: ' pia@example.com ' };
    assert.equal(ownerOf(tags, OWNERS.tags), 'pia@example.com');
    assert.equal(ownerAddress(tags, OWNERS), 'pia@example.com');
    assert.equal(ownerAddress({}, OWNERS), undefined);
    const named = { ...OWNERS, email: '{owner}@example.com' };
    assert.equal(ownerAddress({ owner: 'pia.lang' }, named), 'pia.lang@example.com');
    assert.equal(ownerAddress({ owner: '$&' }, named), undefined, 'nothing of a value is a pattern');
  });

  test('belongs to a configured domain in any case, and is written as it is delivered', () => {
    assert.equal(ownerAddress({ owner: 'Pia@EXAMPLE.com' }, OWNERS), 'Pia@example.com');
    assert.equal(ownerAddress({ owner: "o'brien+gpu_1@example.com" }, OWNERS), "o'brien+gpu_1@example.com");
    assert.equal(ownerAddress({ owner: 'pia@example.com' }, { ...OWNERS, domains: [] }), undefined);
  });

  const hostile = [
    'a@evil.com,b@example.com',
    'a@example.com,b@example.com',
    'a@example.com b@example.com',
    'a@example.com;b@example.com',
    'x@example.com\r\nBcc: all@evil.com',
    'x@example.com\n',
    '<a@example.com>',
    'Pia <a@example.com>',
    '"a b"@example.com',
    '"a@evil.com"@example.com',
    'a(b)@example.com',
    'a@evil.com@example.com',
    'a%evil.com@example.com',
    'evil.com!a@example.com',
    '@example.com',
    'a@',
    'a@example.com.',
    'a@sub.example.com',
    'a@notexample.com',
    'a@[127.0.0.1]',
    'a..b@example.com',
    '.a@example.com',
    'a.@example.com',
    '-oQ@example.com',
    'a@ex\u0430mple.com',
    '\u0430@example.com',
    'a@example\uFF0Ecom',
    'a@examp\u006Ce\u0301.com',
    'a\u200B@example.com',
    '\u212A@example.com',
    'a\0@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'example.com.'.repeat(30)}example.com`,
    'mailto:a@example.com',
    'example.com',
  ];
  for (const owner of hostile)
    test(`is none for ${JSON.stringify(owner)}`, () => {
      // White space around a tag's value is left out first.
      const expected = owner.trim() === 'x@example.com' ? 'x@example.com' : undefined;
      assert.equal(ownerAddress({ owner }, OWNERS), expected);
      assert.equal(ownerAddress({ owner }, { ...OWNERS, email: 'to {owner}' }), undefined);
    });

  test('is never more than one plain address of a configured domain, whatever the tag and the template say', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(...'aB0.@,;<>"()% \r\n\0-+!|\u0430\u212A'.split('')),
      maxLength: 24,
    });
    const value = fc.oneof(
      nasty,
      nasty.map((text) => `${text}@example.com`),
      nasty.map((text) => `a@example.com${text}`),
    );
    const template = fc.oneof(
      fc.constantFrom('{owner}', '{owner}@example.com', '{owner}{owner}'),
      nasty.map((text) => `${text}{owner}`),
    );
    fc.assert(
      fc.property(value, template, (owner, email) => {
        const address = ownerAddress({ owner }, { ...OWNERS, email });
        assert.match(address ?? 'a@example.com', /^[\w+.'=~-]{1,64}@example\.com$/);
      }),
    );
  });
});

describe('the audience of a machine', () => {
  const settings = {
    owners: OWNERS,
    escalations: [],
    channels: [
      channelWith({ name: 'all' }),
      channelWith({ name: 'ml', only: { team: 'ml' } }),
      channelWith({ name: 'owners', kind: 'email', toOwner: true }),
      channelWith({ name: 'ml-owners', kind: 'email', toOwner: true, only: { team: 'ml' } }),
    ],
  };

  test('is every channel that selects it', () => {
    assert.deepEqual(audienceOf({ tags: { team: 'ops' } }, settings), [{ channel: 'all' }]);
    assert.deepEqual(audienceOf({ tags: { team: 'ml' } }, settings), [{ channel: 'all' }, { channel: 'ml' }]);
  });

  test('has its owner only where the owner has an address', () => {
    const recipient = 'pia@example.com';
    const tags = { team: 'ml', owner: recipient };
    assert.deepEqual(audienceOf({ tags }, settings), [
      { channel: 'all' },
      { channel: 'ml' },
      { channel: 'owners', recipient },
      { channel: 'ml-owners', recipient },
    ]);
    assert.deepEqual(audienceOf({ tags: { owner: 'pia@evil.com' } }, settings), [{ channel: 'all' }]);
  });

  test('is who is told about it, and so are further channels', () => {
    const recipient = 'pia@example.com';
    const told = { tags: { team: 'ml', owner: recipient } };
    const other = { tags: { team: 'ops', owner: 'max@example.com' } };
    for (const address of [{ channel: 'ml' }, { channel: 'owners', recipient }]) {
      assert.equal(isToldAbout(told, address, settings), true);
      assert.equal(isToldAbout(other, address, settings), false);
    }
    assert.equal(isToldAbout(told, { channel: 'owners' }, settings), false);
    const escalations = [{ to: 'ml', undeliveredMs: 1 }];
    assert.equal(isToldAbout(other, { channel: 'ml' }, { ...settings, escalations }), true);
  });

  test('has each address of a list by itself', () => {
    const ops = channelWith({ name: 'ops', kind: 'email', recipients: ['ann@example.org', 'bob@example.org'] });
    assert.deepEqual(audienceOf({ tags: {} }, { ...settings, channels: [ops] }), [
      { channel: 'ops', recipient: 'ann@example.org' },
      { channel: 'ops', recipient: 'bob@example.org' },
    ]);
  });
});

describe('a notice that is older than the configuration', () => {
  const settings = {
    owners: OWNERS,
    escalations: [],
    channels: [
      channelWith({ name: 'all' }),
      channelWith({ name: 'owners', kind: 'email', toOwner: true }),
      channelWith({ name: 'ops', kind: 'email', recipients: ['ann@example.org'] }),
    ],
  };
  for (const [address, reaches] of [
    [{ channel: 'all' }, true],
    [{ channel: 'all', recipient: 'pia@example.com' }, false],
    [{ channel: 'gone' }, false],
    [{ channel: 'owners' }, false],
    [{ channel: 'owners', recipient: 'pia@example.com' }, true],
    [{ channel: 'owners', recipient: 'pia@example.org' }, false],
    [{ channel: 'owners', recipient: 'pia%evil.com@example.com' }, false],
    [{ channel: 'owners', recipient: 'ann@example.org' }, false],
    [{ channel: 'ops', recipient: 'ann@example.org' }, true],
    [{ channel: 'ops', recipient: 'pia@example.com' }, false],
    [{ channel: 'ops' }, false],
  ] as const) {
    test(`${JSON.stringify(address)}: ${reaches ? 'is sent' : 'goes to nobody'}`, () => {
      assert.equal(mayReach(address, settings), reaches);
    });
  }

  test('every address of an audience is reached', () => {
    const tags = { owner: 'Pia@EXAMPLE.com' };
    const audience = audienceOf({ tags }, settings);
    assert.equal(audience.length, 3);
    for (const address of audience) assert.equal(mayReach(address, settings), true);
  });
});
