/** The login page: a pasted token, and where it leads. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cookieOf, logIn, ownOf, postForm } from '../support/logins.ts';
import { idOf } from '../support/fleet.ts';
import { json, problemIn, startOperator, type Operator } from '../support/operator.ts';
import { send, sendBytes } from '../support/raw-http.ts';
import { configWith, secretOf } from '../support/tokens.ts';

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

describe('a pasted token', { concurrency: true }, () => {
  test('opens what it opens as a header, and nothing more', async () => {
    const session = await logIn(operator, 'ada');
    assert.equal(await read(session), 200);
    const held = await operator.request('/api/v1/holds', {
      ...json(HOLD),
      headers: { ...session, ...ownOf(operator), 'content-type': 'application/json' },
    });
    assert.match(held.text, /"who":"ada"|"holder":"ada"/);
    const tokens = await operator.request('/api/v1/tokens', { headers: session });
    assert.match(problemIn(tokens, 403), /ada has read, hold/);
  });

  test('is refused where it is wrong, expired, or none, and never repeated', async () => {
    const wrong = 'a-wrong-token-of-some-length';
    for (const [token, said] of [
      [wrong, /Expected a valid token, got an unknown one/],
      [secretOf('old'), /Expected a token that is still valid: old expired/],
      ['', /Expected a token, in printable ASCII/],
      ['a b', /Expected a token, in printable ASCII/],
      ['<script>alert(1)</script>', /Expected a valid token/],
    ] as const) {
      const answer = await postForm(
        operator,
        '/login',
        { token },
        { ...ownOf(operator), 'x-forwarded-for': '203.0.113.7' },
      );
      assert.equal(answer.status, 401);
      assert.match(answer.text, said);
      assert.match(answer.text, /<h1>Log in<\/h1>/);
      assert.equal(answer.headers.get('set-cookie'), null);
      assert.equal(answer.headers.get('www-authenticate'), null, 'browsers would open a window of their own');
      assert.ok(token === '' || token === 'a b' || !answer.text.includes(token));
    }
  });

  test('is guessed ten times, and then nobody from there is let in by a guess', async () => {
    const from = { ...ownOf(operator), 'x-forwarded-for': '203.0.113.8' };
    const guess = async (turn: number): Promise<number> =>
      (await postForm(operator, '/login', { token: `guess-${turn}` }, from)).status;
    const guesses = Array.from({ length: 10 }, async (_, turn) => guess(turn));
    for (const status of await Promise.all(guesses)) assert.equal(status, 401);
    const late = await postForm(operator, '/login', { token: 'guess-again' }, from);
    assert.deepEqual([late.status, Number(late.headers.get('retry-after')) > 0], [429, true]);
    assert.match(late.text, /Too many wrong tokens/);
    problemIn(
      await operator.request('/metrics', {
        headers: { 'x-forwarded-for': '203.0.113.8', authorization: 'Bearer wrong-of-some-length' },
      }),
      429,
    );
  });
});

describe('open redirect', () => {
  for (const next of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    '/\t/evil.example',
    '/%2e%2e//evil.example',
    '/\r\nset-cookie: a=b',
  ])
    test(`${JSON.stringify(next)} leads to the first page`, async () => {
      const shown = await operator.request(`/login?next=${encodeURIComponent(next)}`);
      assert.match(shown.text, /<input type="hidden" name="next" value="\/" \/>/);
      const answer = await postForm(operator, '/login', { token: secretOf('ada'), next });
      assert.deepEqual([answer.status, answer.headers.get('location')], [303, './']);
    });

  test('a page of ours is where the login leads', async () => {
    const asked = await send(`${operator.url}/?owner=ada%40example.org`, {
      method: 'GET',
      headers: { accept: 'text/html' },
    });
    assert.equal(asked.status, 303);
    const location = new URL(asked.headers.get('location') ?? '', operator.url);
    assert.equal(location.pathname, '/login');
    const answer = await postForm(operator, '/login', {
      token: secretOf('ada'),
      next: location.searchParams.get('next') ?? '',
    });
    assert.equal(answer.headers.get('location'), './?owner=ada%40example.org');
  });
});

describe('over plain HTTP', () => {
  test('from another machine, nobody is logged in, and the page says why', async () => {
    const host = 'operator.example:8080';
    const answer = await sendBytes(
      operator.url,
      `POST /login HTTP/1.1\r\nhost: ${host}\r\norigin: http://${host}\r\naccept: text/html\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${`token=${secretOf('ada')}`.length}\r\n\r\ntoken=${secretOf('ada')}`,
    );
    assert.match(answer, /^HTTP\/1.1 400 /);
    assert.match(answer, /Expected HTTPS: over plain HTTP/);
    assert.doesNotMatch(answer, /set-cookie/i);
    const page = await send(`${operator.url}/login`, { method: 'GET', headers: { host, accept: 'text/html' } });
    assert.match(page.text, /Expected HTTPS/);
    assert.doesNotMatch(page.text, /<form/);
  });

  test('with login.insecure, everybody is, by a cookie that counts there alone', async () => {
    await using lan = await startOperator({
      environment: { AUTH: '' },
      config: configWith(TOKENS, { login: { insecure: true } }),
    });
    const host = 'operator.lan:8080';
    const answer = await postForm(lan, '/login', { token: secretOf('ada') }, { host, origin: `http://${host}` });
    const cookie = cookieOf(answer);
    assert.match(cookie, /^ec2op_session=/);
    const readOf = async (to: Operator): Promise<number> =>
      (await send(`${to.url}/api/v1/operations`, { method: 'GET', headers: { cookie, host } })).status;
    assert.deepEqual([await readOf(lan), await readOf(operator)], [200, 401]);
  });

  test('behind a proxy with TLS, the cookie is for HTTPS alone', async () => {
    const host = 'operator.example';
    const answer = await postForm(operator, '/login', { token: secretOf('ada') }, { host, origin: `https://${host}` });
    assert.match(answer.headers.get('set-cookie') ?? '', /^__Host-ec2op_session=[^;]+; Path=\/; .*; Secure$/);
    const cookie = cookieOf(answer);
    assert.equal(
      (await send(`${operator.url}/api/v1/operations`, { method: 'GET', headers: { cookie, host } })).status,
      200,
    );
  });
});

test('without a login, a page leads to the login; a program gets a problem', async () => {
  const page = await send(`${operator.url}/`, { method: 'GET', headers: { accept: 'text/html,*/*;q=0.8' } });
  assert.deepEqual([page.status, page.headers.get('location')], [303, './login?next=%2F']);
  const program = await send(`${operator.url}/`, { method: 'GET', headers: { accept: '*/*' } });
  problemIn(program, 401);
  assert.equal(program.headers.get('www-authenticate'), null);
});

test('with AUTH=none, nobody needs to log in, and nothing asks for it', async () => {
  await using open = await startOperator();
  assert.equal((await send(`${open.url}/`, { method: 'GET', headers: { accept: 'text/html' } })).status, 200);
  const page = await send(`${open.url}/login`, { method: 'GET', headers: { accept: 'text/html' } });
  assert.match(page.text, /Nobody needs to log in here/);
  assert.doesNotMatch(page.text, /<form/);
});

test('the token that is generated at the first start logs people in', async () => {
  await using fresh = await startOperator({ environment: { AUTH: '' } });
  const token = fresh.generatedToken ?? '';
  const cookie = cookieOf(await postForm(fresh, '/login', { token }));
  assert.equal((await send(`${fresh.url}/api/v1/tokens`, { method: 'GET', headers: { cookie } })).status, 200);
});
