import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  allowAnyone,
  digestOf,
  findAmong,
  refuseUnasked,
  requireScope,
  requireToken,
  type KnownToken,
  type Sender,
} from './sender.ts';
import { refuseCrossSite } from './origin.ts';
import { ProblemError } from '../problem.ts';

const TOKEN = 'correct-horse';
const NOW = Date.parse('2026-11-22T12:00:00Z');

function known(text: string, more: Partial<KnownToken> = {}): KnownToken {
  return { name: 'robot', scopes: ['stop'], sha256: digestOf(text).toString('hex'), ...more };
}

const TOKENS = [
  known('first'),
  known(TOKEN, { name: 'AUTH_TOKEN', scopes: ['admin'], isShared: true }),
  known('for-ml', { name: 'ml', scopes: ['read', 'stop'], only: { team: 'ml' } }),
  known('old', { name: 'old', expiresAt: NOW }),
  known('a:b', { isShared: true }),
];
const authenticate = requireToken(
  async (digest) => Promise.resolve(findAmong(TOKENS, digest)),
  () => NOW,
  async (name) => Promise.resolve(['ml', 'grafana', 'token'].includes(name)),
);
const withHeader = async (authorization: string): Promise<Sender> => authenticate(new Headers({ authorization }));
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

async function refusal(run: () => unknown): Promise<ProblemError['problem']> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error.problem;
  }
  assert.fail('expected a refusal');
}

describe('with a token', () => {
  const shared = [
    [`Bearer ${TOKEN}`, 'token'],
    [`BEARER ${TOKEN}`, 'token'],
    [basic(`anna:${TOKEN}`), 'anna'],
    [basic(`:${TOKEN}`), 'token'],
    [basic(`anna@example.org:${TOKEN}`), 'anna@example.org'],
    [basic(`<b>\n"anna"\u0000:${TOKEN}`), 'banna'],
    [basic(`${'a'.repeat(100)}:${TOKEN}`), 'a'.repeat(64)],
    [basic('anna:a:b'), 'anna'],
    [basic(`ml:${TOKEN}`), 'AUTH_TOKEN'],
    [basic(`<grafana>:${TOKEN}`), 'AUTH_TOKEN'],
  ] as const;
  for (const [header, name] of shared) {
    test(`that is shared, ${header.slice(0, 20)} is ${name.slice(0, 20)}`, async () => {
      assert.equal((await withHeader(header)).name, name);
    });
  }

  for (const header of ['Bearer for-ml', basic('ml:for-ml'), basic('root:for-ml'), basic(':for-ml')]) {
    test(`that has a name, ${header.slice(0, 20)} is the token's own`, async () => {
      assert.deepEqual(await withHeader(header), {
        name: 'ml',
        grants: [{ scopes: ['read', 'stop'], only: { team: 'ml' } }],
      });
    });
  }

  test('that is the first of all', async () => {
    assert.equal((await withHeader('Bearer first')).name, 'robot');
  });

  test('that has expired', async () => {
    const { status, detail, isFailedLogin } = await refusal(async () => withHeader('Bearer old'));
    assert.deepEqual([status, isFailedLogin], [401, undefined], 'its holder guesses nothing');
    assert.match(detail, /old expired at 2026-11-22T12:00:00.000Z/);
  });
});

describe('without one', () => {
  const given = ['Bearer x', basic(`${TOKEN}:`), 'Bearer '];
  for (const header of given) {
    test(`${JSON.stringify(header)} is a failed login`, async () => {
      const { status, isFailedLogin } = await refusal(async () =>
        authenticate({ get: () => header } as unknown as Headers),
      );
      assert.deepEqual([status, isFailedLogin], [401, true]);
    });
  }

  for (const header of ['', 'Bearer', `Basic ${TOKEN}`, basic(TOKEN), `Token ${TOKEN}`, TOKEN]) {
    test(`${JSON.stringify(header)} is none`, async () => {
      const { status, isFailedLogin } = await refusal(async () => withHeader(header));
      assert.deepEqual([status, isFailedLogin], [401, undefined]);
    });
  }

  test('no header at all', async () => {
    const { status, headers } = await refusal(async () => authenticate(new Headers({ cookie: `token=${TOKEN}` })));
    assert.deepEqual(
      [status, headers],
      [401, { 'www-authenticate': 'Bearer realm="ec2-operator", Basic realm="ec2-operator"' }],
    );
  });

  test('no other token ever passes, and none is repeated in the answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[\x21-\x7e]{8,40}$/), async (other) => {
        fc.pre(other !== TOKEN);
        const { detail } = await refusal(async () => withHeader(`Bearer ${other}`));
        assert.ok(!detail.includes(other) && !detail.includes(TOKEN));
      }),
    );
  });
});

test('with AUTH=none, every sender is named anyone and has every scope', async () => {
  const sender = await allowAnyone()();
  assert.equal(sender.name, 'anyone');
  for (const scope of ['read', 'start', 'stop', 'admin'] as const) requireScope(sender, scope);
});

describe('a scope', () => {
  test('implies no other, and admin implies all', async () => {
    const reader: Sender = { name: 'reader', grants: [{ scopes: ['read'] }] };
    requireScope(reader, 'read');
    requireScope(reader, 'stop', 'read');
    requireScope({ name: 'root', grants: [{ scopes: ['admin'] }] }, 'stop');
    const { status, detail } = await refusal(() => {
      requireScope(reader, 'start', 'stop');
    });
    assert.deepEqual([status, detail], [403, 'expected a token with the scope start or stop; reader has read']);
    await refusal(() => {
      requireScope({ name: 'starter', grants: [{ scopes: ['start'] }] }, 'stop');
    });
    await refusal(() => {
      requireScope({ name: 'nobody', grants: [] }, 'read');
    });
  });
});

test('every token is compared, whichever it is', () => {
  for (const text of ['first', TOKEN, 'none of them']) {
    let compared = 0;
    const counted = TOKENS.map((token) => ({
      ...token,
      get sha256(): string {
        compared += 1;
        return token.sha256;
      },
    }));
    findAmong(counted, digestOf(text));
    assert.equal(compared, TOKENS.length, text);
  }
});

test('what a browser fetches ahead of time is refused', () => {
  for (const purpose of ['prefetch', 'prefetch;prerender', 'Prefetch;anonymous-client-ip', 'preview'])
    assert.throws(() => {
      refuseUnasked(new Headers({ 'sec-purpose': purpose }));
    }, ProblemError);
  refuseUnasked(new Headers());
});

test('what a browser wants to show as an image is refused', () => {
  for (const accept of ['image/avif,image/webp,*/*;q=0.8', ' IMAGE/png'])
    assert.throws(() => {
      refuseUnasked(new Headers({ accept }));
    }, ProblemError);
  for (const accept of ['*/*', 'text/html,application/xhtml+xml,image/avif', 'application/json'])
    refuseUnasked(new Headers({ accept }));
  refuseUnasked(new Headers());
});

test('only browsers on another site are refused', async () => {
  const host = 'operator:8080';
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host, origin: 'http://elsewhere:8080' },
    { host, origin: 'null' },
    { host, referer: 'http://elsewhere/page?http://operator:8080/' },
  ]) {
    const { status } = await refusal(() => {
      refuseCrossSite(new Headers(headers));
    });
    assert.equal(status, 403, JSON.stringify(headers));
  }
  for (const site of ['same-origin', 'none']) refuseCrossSite(new Headers({ 'sec-fetch-site': site }));
  refuseCrossSite(new Headers({ host, origin: `http://${host}`, referer: `http://${host}/docs` }));
  refuseCrossSite(new Headers({ host }));
});
