import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLinks, type Links } from './links.ts';
import type { SignedAbout } from './token.ts';

const NOW = Date.UTC(2026, 10, 27, 14);
const ABOUT: SignedAbout = {
  purpose: 'keep',
  instance: { id: 'i-0123456789abcdef0', region: 'eu-central-1', account: 'research' },
  operation: '019aa2c0-0000-7000-8000-000000000000',
  subject: '019aa2c0-0000-7000-8000-000000000000:1764252000000',
  channel: 'owners',
  recipient: 'pia@example.com',
  expiresAt: NOW + 3_600_000,
};

interface Site {
  readonly links: Links;
  readonly keys: { kid: string; secret: string; createdAt: number; expiresAt?: number }[];
  /** `passed` is the time since the start, whatever the other clock says. */
  readonly clock: { now: number; passed: number };
  asked: number;
}

function site(): Site {
  const keys = [{ kid: 'first', secret: 'c2VjcmV0', createdAt: NOW }];
  const clock = { now: NOW, passed: 0 };
  const made: Site = {
    keys,
    clock,
    asked: 0,
    links: createLinks(
      {
        store: {
          linkKeys: async () => {
            made.asked += 1;
            return Promise.resolve([...keys]);
          },
        },
        publicUrl: 'https://ops.example.com/ec2/',
        clock: () => clock.now,
      },
      () => clock.passed,
    ),
  };
  return made;
}

const tokenOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

test('a link says again what it was signed for, in a URL below the public one', async () => {
  const { links } = site();
  const url = (await links.open())(ABOUT);
  assert.match(url, /^https:\/\/ops\.example\.com\/ec2\/l\/first\.[\w-]+\.[\w-]{43}$/);
  assert.ok(url.length < 500, url);
  const read = await links.read(tokenOf(url));
  assert.ok(read.link === 'valid');
  assert.deepEqual(read.about, ABOUT);
  const { instance, subject, purpose, expiresAt } = ABOUT;
  const short = { instance: { id: instance.id }, subject, purpose, expiresAt };
  const again = await links.read(tokenOf((await links.open())(short)));
  assert.deepEqual(again.link === 'valid' && again.about, short);
});

test('an expired link still says what it was for', async () => {
  const { links, clock } = site();
  const token = tokenOf((await links.open())(ABOUT));
  clock.now = ABOUT.expiresAt;
  assert.deepEqual(await links.read(token), { link: 'expired', about: ABOUT });
});

test('a token that is cut, changed, put together or made by others is unknown', async () => {
  const { links } = site();
  const sign = await links.open();
  const token = tokenOf(sign(ABOUT));
  const [kid = '', payload = '', mac = ''] = token.split('.');
  const other = tokenOf(sign({ ...ABOUT, purpose: 'wake' })).split('.');
  const altered = Buffer.from(payload, 'base64url').toString().replace('"keep"', '"wake"');
  const forged = [
    '',
    '..',
    token.slice(0, -1),
    token.slice(1),
    `${token}A`,
    `${kid}.${Buffer.from(altered).toString('base64url')}.${mac}`,
    `${kid}.${other[1]}.${mac}`,
    `${kid}.${payload}.${other[2]}`,
    `${kid}.${payload}.${'A'.repeat(43)}`,
    `${kid}.${payload}=.${mac}`,
    `second.${payload}.${mac}`,
    `__proto__.${payload}.${mac}`,
    `${kid}.${'A'.repeat(5_000)}.${mac}`,
  ];
  for (const text of forged) assert.deepEqual(await links.read(text), { link: 'unknown' }, text.slice(0, 80));
  // Each single character counts.
  for (let index = 0; index < token.length; index += 1) {
    const changed = `${token.slice(0, index)}${token[index] === 'B' ? 'C' : 'B'}${token.slice(index + 1)}`;
    assert.equal((await links.read(changed)).link, 'unknown', `character ${index}`);
  }
});

test('a new key of another replica is read when a link names it, and old links stay valid until their key ends', async () => {
  const one = site();
  const old = tokenOf((await one.links.open())(ABOUT));
  const other = site();
  other.keys.unshift({ kid: 'second', secret: 'b3RoZXI', createdAt: NOW });
  const fresh = tokenOf((await other.links.open())(ABOUT));
  one.keys.unshift({ kid: 'second', secret: 'b3RoZXI', createdAt: NOW });
  assert.equal((await one.links.read(old)).link, 'valid');
  assert.equal((await one.links.read(fresh)).link, 'unknown');
  one.clock.passed += 1_001;
  assert.equal((await one.links.read(fresh)).link, 'valid');
  one.keys.splice(1, 1, { kid: 'first', secret: 'c2VjcmV0', createdAt: NOW, expiresAt: NOW + 60_000 });
  one.clock.passed += 60_001;
  assert.equal((await one.links.read(old)).link, 'valid');
  one.clock.now = NOW + 60_000;
  assert.equal((await one.links.read(old)).link, 'unknown');
  assert.equal((await one.links.read(fresh)).link, 'valid');
});

test('unknown keys do not have the store asked again and again', async () => {
  const made = site();
  const token = tokenOf((await made.links.open())(ABOUT));
  const [, payload, mac] = token.split('.');
  await Promise.all(Array.from({ length: 500 }, async (_, index) => made.links.read(`kid${index}.${payload}.${mac}`)));
  assert.ok(made.asked <= 2, String(made.asked));
});

test('a nonce counts for its own token, from two seconds after it was made until a day later', async () => {
  const { links, clock } = site();
  const sign = await links.open();
  const link = await links.read(tokenOf(sign({ ...ABOUT, expiresAt: NOW + 1e9 })));
  const other = await links.read(tokenOf(sign({ ...ABOUT, expiresAt: NOW + 2e9 })));
  assert.ok(link.link === 'valid' && other.link === 'valid');
  const nonce = link.nonce();
  const after = (ms: number) => {
    clock.now = NOW + ms;
    return link.readNonce(nonce);
  };
  assert.deepEqual(after(-5_000), { nonce: 'young' });
  assert.deepEqual(after(1_999), { nonce: 'young' });
  assert.deepEqual(after(2_000), { nonce: 'good', madeAt: NOW });
  assert.deepEqual(after(86_400_001), { nonce: 'old' });
  clock.now = NOW + 10_000;
  assert.deepEqual(other.readNonce(nonce), { nonce: 'wrong' });
  for (const text of ['', '.', nonce.slice(1), `0${nonce}`, `${nonce}A`])
    assert.deepEqual(link.readNonce(text), { nonce: 'wrong' }, text);
});
