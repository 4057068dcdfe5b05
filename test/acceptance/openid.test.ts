/** Login by OpenID Connect at a real provider, and what others try with it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { idOf } from '../support/fleet.ts';
import { CLIENT, startOpenidProvider, type OpenidProvider } from '../support/openid/provider.ts';
import { visitProvider } from '../support/openid/visit.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { send, type RawAnswer } from '../support/raw-http.ts';

const PUBLIC = 'https://ops.example.com';
const OPEN = { origin: PUBLIC, 'content-type': 'application/json' };
const HOUR = 3_600_000;

const stack = new AsyncDisposableStack();
let provider: OpenidProvider;
let operator: Operator;
const clock = { passed: 0 };

before(async () => {
  provider = stack.use(await startOpenidProvider());
  provider.admit(`${PUBLIC}/login/callback`, { token_endpoint_auth_method: 'none' });
  provider.people.set('alice', { email: 'alice@example.org', email_verified: true, groups: ['ml', 'elsewhere'] });
  provider.people.set('bob', { email: 'bob@example.org', email_verified: true });
  provider.people.set('mallory', { email: 'alice@example.org', email_verified: false, preferred_username: 'alice' });
  provider.people.set('odd', { email: 'a<b>\u202e@example.org', email_verified: true });
  operator = stack.use(
    await startOperator({
      environment: { AUTH: '', AUTH_TOKEN: 'a-token-that-is-long-enough' },
      clock: () => Date.now() + clock.passed,
      config: JSON.stringify({
        public_url: PUBLIC,
        login: { oidc: { issuer: provider.issuer, client_id: CLIENT.id, groups_claim: 'groups' } },
        people: [
          { group: 'ml', scopes: ['read'] },
          { user: 'alice@example.org', scopes: ['hold'] },
        ],
      }),
    }),
  );
});
after(async () => stack.disposeAsync());

type Cookies = Readonly<Record<string, string>>;

async function get(path: string, cookies: Cookies = {}): Promise<RawAnswer & { readonly cookies: Cookies }> {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  const headers = { accept: 'text/html', ...(cookie.length === 0 ? {} : { cookie: cookie.join('; ') }) };
  const response = await fetch(`${operator.url}${path}`, { headers, redirect: 'manual' });
  const kept = { ...cookies };
  for (const set of response.headers.getSetCookie()) {
    const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(set) ?? [];
    assert.match(attributes, /; Path=\/; HttpOnly; SameSite=Lax; .*Secure$/, set);
    if (attributes.includes('Max-Age=0')) delete kept[name];
    else kept[name] = value;
  }
  return { status: response.status, headers: response.headers, text: await response.text(), cookies: kept };
}

/** Goes to the provider. @returns the way back, and the cookies until then */
async function begin(name: string, next = '/', cookies: Cookies = {}) {
  const sent = await get(`/login/oidc?next=${encodeURIComponent(next)}`, cookies);
  assert.equal(sent.status, 303, sent.text);
  const back = await visitProvider(new URL(sent.headers.get('location') ?? ''), name);
  assert.equal(`${back.origin}${back.pathname}`, `${PUBLIC}/login/callback`);
  return { back: `${back.pathname}${back.search}`, cookies: sent.cookies };
}

const reads = async (cookies: Cookies): Promise<boolean> => (await get('/api/v1/operations', cookies)).status === 200;

describe('login by OpenID Connect', () => {
  test('the login page offers it, and leads back to the page asked for, with the rights of name and groups', async () => {
    const asked = await get('/?owner=ada');
    const login = await get(`/login?next=${encodeURIComponent('/?owner=ada')}`);
    assert.equal(asked.status, 303);
    assert.match(login.text, /href="https:\/\/ops\.example\.com\/login\/oidc\?next=%2F%3Fowner%3Dada"/);
    const { back, cookies } = await begin('alice', '/?owner=ada');
    assert.deepEqual(Object.keys(cookies), ['__Host-ec2op_login']);
    const arrived = await get(back, cookies);
    assert.deepEqual([arrived.status, arrived.headers.get('location')], [303, '../?owner=ada']);
    assert.deepEqual(Object.keys(arrived.cookies), ['__Host-ec2op_session'], 'one cookie is left');
    assert.ok(await reads(arrived.cookies));
    const cookie = `__Host-ec2op_session=${arrived.cookies['__Host-ec2op_session']}`;
    const held = await operator.request('/api/v1/holds', {
      ...json({ target: idOf(1), for: '1h' }),
      headers: { ...OPEN, cookie },
    });
    assert.equal(held.status, 201, held.text);
    assert.match(held.text, /"sso:alice@example\.org"/);
    const tokens = await operator.request('/api/v1/tokens', { headers: { cookie } });
    assert.equal(tokens.status, 403, tokens.text);
  });

  test('without a rule for her name or groups, a person may do nothing', async () => {
    const { back, cookies } = await begin('bob');
    const arrived = await get(back, cookies);
    assert.equal(arrived.status, 303);
    assert.equal((await get('/api/v1/operations', arrived.cookies)).status, 403);
  });

  test('a session lasts eight hours at most', async () => {
    const { back, cookies } = await begin('alice');
    const arrived = await get(back, cookies);
    assert.match(String(arrived.headers.getSetCookie()), /__Host-ec2op_session=[^;]+; .*Max-Age=28800;/);
    clock.passed = 8 * HOUR - 60_000;
    assert.ok(await reads(arrived.cookies));
    clock.passed = 8 * HOUR;
    assert.ok(!(await reads(arrived.cookies)));
    clock.passed = 0;
  });

  test('a session lasts no longer by the clock of a replica that is ahead', async () => {
    const { back, cookies } = await begin('alice');
    clock.passed = 5 * 60_000;
    const arrived = await get(back, cookies);
    clock.passed = 0;
    assert.ok(await reads(arrived.cookies));
    clock.passed = 8 * HOUR;
    assert.ok(!(await reads(arrived.cookies)));
    clock.passed = 0;
  });

  test('a login replaces the session that the browser has brought: nobody can fix one in advance', async () => {
    const first = await begin('alice');
    const earlier = (await get(first.back, first.cookies)).cookies;
    const second = await begin('alice', '/', earlier);
    const later = (await get(second.back, second.cookies)).cookies;
    assert.notEqual(later['__Host-ec2op_session'], earlier['__Host-ec2op_session']);
    assert.deepEqual([await reads(earlier), await reads(later)], [false, true]);
  });
});

/** An answer that logs nobody in. */
function refused(answer: RawAnswer, status: number, told: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.text, told);
  assert.match(answer.text, /<h1>Log in<\/h1>/);
  assert.doesNotMatch(String(answer.headers.getSetCookie()), /ec2op_session=[^;]/);
}

describe('attacks on the login', () => {
  test('login CSRF: the answer to the login of an attacker does nothing in another browser', async () => {
    const { back } = await begin('alice');
    refused(await get(back), 400, /Expected the browser that began a login/);
    const { cookies } = await begin('bob');
    refused(await get(back, cookies), 400, /Expected the answer to the login that this browser began last/);
  });

  test('HEAD, as a link preview sends it, begins no login and uses none up', async () => {
    const { back, cookies } = await begin('alice');
    const cookie = `__Host-ec2op_login=${cookies['__Host-ec2op_login']}`;
    for (const path of ['/login/oidc', back]) {
      const answer = await send(`${operator.url}${path}`, { method: 'HEAD', headers: { cookie } });
      assert.deepEqual([answer.status, answer.headers.get('set-cookie')], [405, null]);
    }
    assert.equal((await get(back, cookies)).status, 303);
  });

  test('replay: an answer counts once, with its cookie as well', async () => {
    const { back, cookies } = await begin('alice');
    assert.equal((await get(back, cookies)).status, 303);
    refused(await get(back, cookies), 400, /Expected each answer of the login provider once/);
  });

  test('a code of another login is worth nothing, not even with a state that is right', async () => {
    const [mine, other] = [await begin('alice'), await begin('bob')];
    const state = new URLSearchParams(mine.back.split('?')[1]).get('state') ?? '';
    const answer = new URLSearchParams(other.back.split('?')[1]);
    answer.set('state', state);
    refused(await get(`/login/callback?${answer.toString()}`, mine.cookies), 400, /invalid_grant/);
  });

  test('mix-up: an answer that names another issuer is not taken to ours', async () => {
    const { back, cookies } = await begin('alice');
    const answer = new URLSearchParams(back.split('?')[1]);
    answer.set('iss', 'https://login.evil.example');
    const exchanged = provider.requests.filter((request) => request === 'POST /token').length;
    refused(await get(`/login/callback?${answer.toString()}`, cookies), 400, /fails a check/);
    assert.equal(provider.requests.filter((request) => request === 'POST /token').length, exchanged);
  });

  test('a login that took more than ten minutes is over', async () => {
    const { back, cookies } = await begin('alice');
    clock.passed = 10 * 60_000 + 1;
    refused(await get(back, cookies), 400, /within the last ten minutes/);
    clock.passed = 0;
  });

  test('text of the provider is shown for logins of this browser only, and never as HTML', async () => {
    const error = `error=access_denied&error_description=${encodeURIComponent('<img src=x onerror=alert(1)> call 555')}`;
    const unasked = await get(`/login/callback?${error}&state=guessed`);
    refused(unasked, 400, /Expected the browser/);
    assert.doesNotMatch(unasked.text, /555/);
    const { back, cookies } = await begin('alice', '/?owner=ada');
    const state = new URLSearchParams(back.split('?')[1]).get('state') ?? '';
    const answer = await get(`/login/callback?${error}&state=${state}&iss=${provider.issuer}`, cookies);
    refused(answer, 403, /The login provider says .*access_denied.*&lt;img src=x onerror=alert\(1\)&gt; call 555/);
    assert.deepEqual(answer.cookies, {}, 'the cookie of the login is gone');
    assert.match(
      answer.text,
      /login\/oidc\?next=%2F%3Fowner%3Dada"/,
      'the next login leads to the page that was asked for',
    );
  });

  test("an address that the provider has not verified is nobody's, and odd names are nobody", async () => {
    for (const [name, told] of [
      ['mallory', /which it calls unverified/],
      ['odd', /to name one user by at most/],
    ] as const) {
      const { back, cookies } = await begin(name);
      refused(await get(back, cookies), 403, told);
    }
  });

  test('open redirect: the login leads to pages of ours only', async () => {
    for (const next of ['//evil.example', 'https://evil.example/', '/\\evil.example', '/login/callback?x=1']) {
      const { back, cookies } = await begin('alice', next);
      assert.equal((await get(back, cookies)).headers.get('location'), '../', next);
    }
  });
});

test('made-up answers to logins drive the provider no more than guesses of tokens', async () => {
  await using other = await startOperator({
    environment: { AUTH: '', AUTH_TOKEN: 'a-token-that-is-long-enough' },
    config: JSON.stringify({
      public_url: PUBLIC,
      trusted_proxies: ['127.0.0.1'],
      login: { oidc: { issuer: provider.issuer, client_id: CLIENT.id } },
    }),
  });
  const answerFrom = async (address: string): Promise<RawAnswer> => {
    const headers = { accept: 'text/html', 'x-forwarded-for': address };
    const sent = await send(`${other.url}/login/oidc`, { method: 'GET', headers });
    const state = new URL(sent.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const cookie = (sent.headers.get('set-cookie') ?? '').replace(/;.*$/, '');
    const answer = new URLSearchParams({ code: 'made-up', state, iss: provider.issuer });
    return send(`${other.url}/login/callback?${answer.toString()}`, { method: 'GET', headers: { ...headers, cookie } });
  };
  const exchanged = () => provider.requests.filter((request) => request === 'POST /token').length;
  const earlier = exchanged();
  const answers = await Promise.all(Array.from({ length: 40 }, async () => answerFrom('203.0.113.7')));
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 400), ...Array.from({ length: 30 }, () => 429)]);
  assert.equal(exchanged(), earlier + 10);
  const late = await answerFrom('203.0.113.7');
  assert.equal(late.status, 429, late.text);
  assert.match(late.text, /Too many failed logins from 203\.0\.113\.7/);
  assert.ok(Number(late.headers.get('retry-after')) >= 1);
  assert.equal(exchanged(), earlier + 10, 'the provider was not asked');
  assert.equal((await answerFrom('203.0.113.8')).status, 400, 'others do not suffer');
});

test('its pages are no oracle of tokens', async () => {
  const ask = async (path: string, headers: Readonly<Record<string, string>>): Promise<unknown> => {
    const { status, text } = await send(`${operator.url}${path}`, { method: 'GET', headers });
    return { status, text };
  };
  for (const path of ['/login', '/login/callback?state=x&code=y']) {
    const without = await ask(path, {});
    for (const token of ['a-token-that-is-long-enough', 'a-wrong-token-of-some-length'])
      assert.deepEqual(await ask(path, { authorization: `Bearer ${token}` }), without, path);
  }
});

test('where the provider is down the server serves all the same, and the page says so', async () => {
  await using other = await startOperator({
    environment: { AUTH: '', AUTH_TOKEN: 'a-token-that-is-long-enough', PUBLIC_URL: 'http://127.0.0.1' },
    config: 'login: { oidc: { issuer: "http://localhost:1/dex", client_id: ec2-operator } }',
  });
  assert.equal((await other.request('/readyz')).status, 200);
  const answer = await send(`${other.url}/login/oidc`, { method: 'GET', headers: { accept: 'text/html' } });
  assert.equal(answer.status, 502, answer.text);
  assert.match(answer.text, /The login provider localhost:1 does not answer as one/);
  assert.match(answer.text, /name="token"/, 'a token works meanwhile');
});

test('without a provider there is no such page, and over plain HTTP nobody is sent away', async () => {
  await using none = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: 'a-token-that-is-long-enough' } });
  assert.equal((await none.request('/login/oidc')).status, 404);
  assert.equal((await none.request('/login/callback')).status, 404);
  await using plain = await startOperator({
    environment: { AUTH: '', AUTH_TOKEN: 'a-token-that-is-long-enough', PUBLIC_URL: 'http://ops.example.com' },
    config: `login: { oidc: { issuer: "${provider.issuer}", client_id: ec2-operator } }`,
  });
  const answer = await plain.request('/login/oidc');
  assert.deepEqual([answer.status, /expected HTTPS/.test(answer.text)], [400, true], answer.text);
});

test('a secret that cannot be read is found before the first login', async () => {
  const oidc = `{ issuer: "${provider.issuer}", client_id: x, client_secret_file: /nowhere/secret }`;
  const starting = startOperator({
    config: `public_url: ${PUBLIC}\nlogin: { oidc: ${oidc} }`,
    environment: { AUTH: '' },
  });
  await assert.rejects(starting, /login\.oidc\.client_secret_file: expected a file at \/nowhere\/secret/);
});
