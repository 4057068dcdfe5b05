/** Attacks on sessions from outside, each by its name. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cookieOf, logIn, ownOf, postForm } from '../support/logins.ts';
import { idOf } from '../support/fleet.ts';
import * as z from 'zod';
import { newTokenAnswerSchema } from '../../src/http/token-schemas.ts';
import { json, problemIn, startOperator, type Operator } from '../support/operator.ts';
import { send, sendBytes } from '../support/raw-http.ts';
import { as, configWith, secretOf } from '../support/tokens.ts';

const TOKENS = {
  root: { scopes: ['admin'] },
  ada: { scopes: ['read', 'hold'] },
  old: { scopes: ['read'], expires: '2026-01-01' },
};
const HOLD = { target: idOf(1), for: '1h' };

let operator: Operator;
before(async () => {
  operator = await startOperator({
    environment: { AUTH: '' },
    config: configWith(TOKENS, { trusted_proxies: ['127.0.0.1'] }),
  });
});
after(async () => operator[Symbol.asyncDispose]());

const read = async (headers: Readonly<Record<string, string>>): Promise<number> =>
  (await send(`${operator.url}/api/v1/operations`, { method: 'GET', headers })).status;

describe('CSRF', { concurrency: true }, () => {
  test('a change needs the Origin of our own pages', async () => {
    const session = await logIn(operator, 'ada');
    const change = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (
        await send(`${operator.url}/api/v1/holds`, {
          method: 'POST',
          headers: { ...session, 'content-type': 'application/json', ...headers },
          chunks: [JSON.stringify(HOLD)],
        })
      ).status;
    const { host } = new URL(operator.url);
    for (const headers of [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: `http://${host}.evil.example` },
      { origin: `http://evil@${host}x` },
      { origin: 'http://127.0.0.1' },
      { referer: `${operator.url}/` },
      { ...ownOf(operator), 'sec-fetch-site': 'cross-site' },
      { ...ownOf(operator), 'sec-fetch-site': 'same-site' },
      { ...ownOf(operator), 'sec-fetch-site': 'Cross-Site' },
      { ...ownOf(operator), 'sec-fetch-site': 'same-origin, cross-site' },
    ])
      assert.equal(await change(headers), 403, JSON.stringify(headers));
    assert.equal(await change(ownOf(operator)), 201);
  });

  test('the login and the logout need it, too', async () => {
    const session = await logIn(operator, 'ada');
    for (const origin of [undefined, 'null', 'https://evil.example'])
      for (const path of ['/login', '/logout']) {
        const answer = await postForm(
          operator,
          path,
          { token: secretOf('root') },
          { ...session, ...(origin === undefined ? {} : { origin }) },
        );
        assert.equal(answer.status, 403, `${path} ${origin}`);
        assert.equal(answer.headers.get('set-cookie'), null);
      }
    assert.equal(await read(session), 200, 'nobody was logged out');
  });

  test('a cookie never starts or stops a machine by an address, nor counts for a webhook', async () => {
    const session = await logIn(operator, 'root');
    for (const headers of [session, { ...session, ...ownOf(operator) }, { ...session, 'sec-fetch-site': 'none' }]) {
      problemIn(
        await operator.request(`/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false`, { headers }),
        401,
      );
      problemIn(
        await operator.request('/operateInstance', {
          ...json({ alerts: [] }),
          headers: { ...headers, 'content-type': 'application/json' },
        }),
        401,
      );
    }
    assert.deepEqual(operator.changes(), []);
  });

  test('what another site embeds is read without the cookie; a link from there leads to the page', async () => {
    const session = await logIn(operator, 'ada');
    const site = { ...session, 'sec-fetch-site': 'cross-site' };
    assert.equal(await read({ ...site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }), 401);
    assert.equal(await read({ ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }), 401);
    assert.equal(
      await read({ ...session, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }),
      401,
    );
    assert.equal(await read({ ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }), 200);
  });
});

describe('cookies', { concurrency: true }, () => {
  test('forged, foreign, cut and oversized ones open nothing', async () => {
    const { cookie } = await logIn(operator, 'ada');
    const [name = '', value = ''] = cookie.split(/=(.*)/s);
    const [payload = '', signature = ''] = value.split('.');
    const claims = z
      .looseObject({ expiresAt: z.number() })
      .parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    const sealed = (changes: object): string =>
      Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url');
    await using other = await startOperator({ environment: { AUTH: '' }, config: configWith(TOKENS) });
    const foreign = await logIn(other, 'ada');
    for (const forged of [
      '',
      '.',
      payload,
      `${payload}.`,
      `.${signature}`,
      `${payload}.${signature.slice(1)}`,
      `${payload}.${signature}A.`,
      `${payload}.${signature}.${signature}`,
      `${sealed({ expiresAt: claims.expiresAt + 1 })}.${signature}`,
      `${sealed({ login: { way: 'token', token: 'root', mark: 'x' } })}.${signature}`,
      `${sealed({ login: { way: 'oidc', provider: 'x', user: 'root', groups: ['platform'] } })}.${signature}`,
      `${payload}.${Buffer.alloc(32).toString('base64url')}`,
      'x'.repeat(5_000),
      foreign.cookie.slice(name.length + 1),
    ])
      assert.equal(await read({ cookie: `${name}=${forged}` }), 401, forged.slice(0, 60));
    assert.equal(await read({ cookie }), 200);
  });

  test('there is one: of two, a page elsewhere has planted one', async () => {
    const [mine, planted] = [await logIn(operator, 'ada'), await logIn(operator, 'root')];
    for (const cookie of [
      `${mine.cookie}; ${planted.cookie}`,
      `${planted.cookie};${mine.cookie}`,
      `${mine.cookie}; ec2op_session=`,
    ])
      assert.equal(await read({ cookie }), 401);
    assert.equal(await read({ cookie: `theme=dark; ${mine.cookie}; other=1` }), 200);
    const both = { cookie: `${planted.cookie}; ${mine.cookie}`, ...ownOf(operator) };
    assert.equal((await postForm(operator, '/logout', {}, both)).status, 303);
    for (const { cookie } of [mine, planted]) assert.equal(await read({ cookie }), 401, 'the logout ends both');
  });

  test('one with a no-break space before its name is no cookie of ours: a neighbouring host may set it for this one', async () => {
    const { cookie } = await logIn(operator, 'ada');
    for (const planted of [`\u00a0${cookie}`, `theme=dark; \u00a0${cookie}`, `\u00a0__Host-${cookie}`])
      assert.equal(await read({ cookie: planted }), 401, planted.slice(0, 30));
    assert.equal(await read({ cookie: `${cookie}; \u00a0${cookie}` }), 200, 'beside it, the own one counts');
  });

  test('one from plain HTTP counts only where plain HTTP is allowed', async () => {
    const { cookie } = await logIn(operator, 'ada');
    assert.ok(cookie.startsWith('ec2op_session='));
    for (const headers of [{ host: 'operator.example' }, { 'x-forwarded-proto': 'https' }, { via: '1.1 proxy' }]) {
      const answer = await send(`${operator.url}/api/v1/operations`, {
        method: 'GET',
        headers: { cookie, ...headers },
      });
      assert.equal(answer.status, 401, JSON.stringify(headers));
    }
  });

  test('a wrong one says that the session is over', async () => {
    const answer = await operator.request('/api/v1/operations', { headers: { cookie: 'ec2op_session=x' } });
    assert.match(problemIn(answer, 401), /the session has ended: log in again/);
  });

  test('a token in the Authorization header wins, even a wrong one', async () => {
    const session = await logIn(operator, 'root');
    assert.equal((await operator.request('/api/v1/tokens', { headers: { ...session, ...as('ada') } })).status, 403);
    const wrong = {
      ...session,
      authorization: 'Bearer a-wrong-token-of-some-length',
      'x-forwarded-for': '203.0.113.9',
    };
    assert.equal(await read(wrong), 401);
  });
});

describe('session fixation', () => {
  test('each login makes a new id, and ends the session that the browser has brought', async () => {
    const earlier = await logIn(operator, 'ada');
    const later = await logIn(operator, 'ada', earlier);
    assert.notEqual(later.cookie, earlier.cookie);
    assert.deepEqual([await read(earlier), await read(later)], [401, 200]);
  });
});

describe('a stolen cookie', () => {
  test('dies with the logout', async () => {
    const session = await logIn(operator, 'ada');
    const stolen = { ...session };
    const out = await postForm(operator, '/logout', {}, { ...session, ...ownOf(operator) });
    assert.deepEqual([out.status, out.headers.get('location')], [303, './login']);
    assert.match(out.headers.get('set-cookie') ?? '', /^ec2op_session=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0$/);
    assert.equal(await read(stolen), 401);
  });

  test('dies with its token', async () => {
    const made = await operator.request('/api/v1/tokens', {
      ...json({ name: 'eve', scopes: ['read'] }),
      headers: { ...as('root'), 'content-type': 'application/json' },
    });
    const { secret } = newTokenAnswerSchema.parse(JSON.parse(made.text));
    const session = { cookie: cookieOf(await postForm(operator, '/login', { token: secret })) };
    assert.equal(await read(session), 200);
    await operator.request('/api/v1/tokens/eve/revoke', { method: 'POST', headers: as('root') });
    assert.equal(await read(session), 401);
    const again = await operator.request('/api/v1/tokens', {
      ...json({ name: 'eve', scopes: ['admin'] }),
      headers: { ...as('root'), 'content-type': 'application/json' },
    });
    assert.equal(again.status, 201);
    assert.equal(await read(session), 401, 'another token of the same name is another token');
  });
});

describe('a request that comes before the answer to the last', () => {
  const raw = (method: string, path: string, headers: object, body = ''): string => {
    const given = { host: new URL(operator.url).host, ...headers, 'content-length': body.length };
    const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}`);
    return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${body}`;
  };
  for (const [path, form] of [
    ['/logout', ''],
    ['/login', `token=${secretOf('ada')}`],
  ] as const)
    test(`does nothing with a session that a ${path.slice(1)} ends`, async () => {
      const own = { ...(await logIn(operator, 'ada')), ...ownOf(operator) };
      const last = { ...own, 'content-type': 'application/json', connection: 'close' };
      const answers = await sendBytes(
        operator.url,
        raw('POST', path, own, form) +
          raw('GET', '/api/v1/operations', own) +
          raw('POST', '/api/v1/holds', last, JSON.stringify(HOLD)),
      );
      const statuses = answers.matchAll(/HTTP\/1\.1 (\d+)/g).map(([, status]) => status);
      assert.deepEqual([...statuses], ['303', '401', '401']);
    });

  test('does nothing where the last answer closes the connection', async () => {
    const own = { ...(await logIn(operator, 'ada')), ...ownOf(operator) };
    const large = raw('POST', '/login', own, 'x'.repeat(9_000));
    assert.match(await sendBytes(operator.url, large + raw('POST', '/logout', own)), /^HTTP\/1\.1 413 /);
    assert.equal(await read(own), 200);
  });
});

describe('clickjacking', () => {
  test('no page may be framed, and none is kept by caches', async () => {
    const session = await logIn(operator, 'ada');
    for (const path of ['/login', '/', '/no-such-page']) {
      const { headers } = await operator.request(path, { headers: { ...session, accept: 'text/html' } });
      assert.equal(headers.get('x-frame-options'), 'DENY', path);
      assert.match(headers.get('cache-control') ?? '', /no-store/);
      if (path !== '/no-such-page')
        assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    }
  });
});
