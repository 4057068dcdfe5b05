/** People whom a proxy logs in: whom the server believes, and what it makes of their names. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { idOf, machine } from '../support/fleet.ts';
import { logIn } from '../support/logins.ts';
import { problemIn, startOperator, type Operator } from '../support/operator.ts';
import { send, type RawAnswer } from '../support/raw-http.ts';
import { as, configWith } from '../support/tokens.ts';

/** The proxy's address; every other one of loopback is a stranger's. */
const PROXY = '127.0.0.2';
const SECRET = 'a-secret-of-the-proxy';
const PEOPLE = [
  { group: 'ml', scopes: ['stop'], only: { team: 'ml' } },
  { group: 'web team', scopes: ['stop', 'start'], only: { team: 'web' } },
  { group: 'staff', scopes: ['read'] },
  { user: 'ada@example.org', scopes: ['admin'] },
];
type Given = Readonly<Record<string, string | readonly string[]>>;

let operator: Operator;
before(async () => {
  operator = await startOperator({
    environment: { AUTH: '' },
    machines: [machine(1, { tags: { team: 'ml' } }), machine(2, { tags: { team: 'web' } }), machine(3)],
    config: configWith(
      { root: { scopes: ['admin'] } },
      {
        people: PEOPLE,
        trusted_proxies: [PROXY],
        login: { forwarded: { preset: 'oauth2-proxy', trusted: [PROXY], user_pattern: String.raw`.+@example\.org` } },
      },
    ),
  });
});
after(async () => operator[Symbol.asyncDispose]());

async function ask(
  pathAndQuery: string,
  headers: Given,
  from = PROXY,
  to: Pick<Operator, 'url'> = operator,
): Promise<RawAnswer> {
  const outgoing = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
  return send(`${to.url}${pathAndQuery}`, { method: 'GET', headers: outgoing, localAddress: from });
}

async function change(method: string, pathAndQuery: string, headers: Given, body?: object): Promise<RawAnswer> {
  const outgoing = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
  return send(`${operator.url}${pathAndQuery}`, {
    method,
    headers: { origin: operator.url, 'content-type': 'application/json', ...outgoing },
    localAddress: PROXY,
    ...(body === undefined ? {} : { chunks: [JSON.stringify(body)] }),
  });
}

const person = (user: string, groups = ''): Given => ({ 'x-forwarded-email': user, 'x-forwarded-groups': groups });
const ALL = '/api/v1/operations';

describe('the word of a proxy', { concurrency: true }, () => {
  test('counts for what its people may do', async () => {
    assert.equal((await ask(ALL, person('eve@example.org', 'sales, staff'))).status, 200);
    assert.equal((await ask('/api/v1/tokens', person('ada@example.org'))).status, 200);
    const stranger = await ask(ALL, person('eve@example.org', 'sales'));
    assert.match(
      problemIn(stranger, 403),
      /^expected a person with the scope .*; sso:eve@example\.org has none: the setting people gives scopes$/,
    );
  });

  test('header spoofing past the proxy: counts from its own address alone, whatever other headers say', async () => {
    for (const headers of [
      {},
      { 'x-forwarded-for': PROXY },
      { forwarded: `for=${PROXY}` },
      { 'x-real-ip': PROXY, via: '1.1 oauth2-proxy' },
    ])
      problemIn(await ask(ALL, { ...person('ada@example.org'), ...headers }, '127.0.0.1'), 401);
  });

  test('header spoofing through the proxy: what a sender has added is refused', async () => {
    for (const headers of [
      { 'x-forwarded-email': ['ada@example.org', 'eve@example.org'], 'x-forwarded-groups': 'staff' },
      { 'x-forwarded-email': 'eve@example.org', 'x-forwarded-groups': ['staff', 'ml'] },
      { ...person('eve@example.org', 'staff'), X_Forwarded_Email: 'ada@example.org' },
      { ...person('eve@example.org', 'staff'), 'x-forwarded_groups': 'ml' },
    ])
      assert.match(
        problemIn(await ask(ALL, headers), 403),
        /^expected one header X-Forwarded-(?:Email|Groups) from the proxy, got (?:2 of them|one with underscores)/,
      );
  });

  test('names one user, in a form that records can hold', async () => {
    for (const user of [
      '',
      'ada@example.org, eve@example.org',
      'ada@example.org eve',
      '<b>@example.org',
      'd\u00fcrer@example.org',
      `${'a'.repeat(130)}@example.org`,
    ]) {
      assert.match(
        problemIn(await ask(ALL, person(user, 'staff')), 403),
        /^expected the header X-Forwarded-Email to name one user by at most 128 letters/,
        user,
      );
    }
    const other = await ask(ALL, person('ada@example.org.evil.example', 'staff'));
    assert.match(problemIn(other, 403), /user_pattern matches, got "ada@example\.org\.evil\.example"$/);
  });

  test('says nothing where it names no user', async () => {
    problemIn(await ask(ALL, { 'x-forwarded-groups': 'staff' }), 401);
    problemIn(await ask(ALL, { 'x-forwarded-user': 'ada@example.org' }), 401);
  });

  test('is followed at once when it changes: there is no session', async () => {
    const first = await ask('/login', person('ada@example.org'));
    assert.match(first.text, /logged in as <b>sso:ada@example\.org<\/b>/);
    assert.equal(first.headers.get('set-cookie'), null);
    problemIn(await ask('/api/v1/tokens', person('eve@example.org', 'staff')), 403);
  });

  test('stands behind a token, and behind a session', async () => {
    assert.equal((await ask('/api/v1/tokens', { ...person('eve@example.org', 'staff'), ...as('root') })).status, 200);
    const session = await logIn(operator, 'root');
    assert.equal((await ask('/api/v1/tokens', { ...person('eve@example.org', 'staff'), ...session })).status, 200);
    problemIn(
      await ask(ALL, { ...person('ada@example.org'), authorization: 'Bearer a-wrong-token-of-some-length' }),
      401,
    );
  });
});

describe('a person with several grants', () => {
  const eve = person('eve@example.org', 'ml,web team,staff');

  test('acts on the machines of those that allow it, and sees all', async () => {
    for (const [number, status] of [
      [1, 201],
      [2, 201],
      [3, 403],
    ] as const) {
      const held = await change('POST', '/api/v1/holds', eve, { target: idOf(number), for: '1h' });
      assert.equal(held.status, status, held.text);
    }
    const { text } = await ask('/api/v1/holds', eve);
    assert.match(text, /"holder":"sso:eve@example\.org"/);
    const refused = await change('POST', '/api/v1/holds', eve, { target: idOf(3), for: '1h' });
    assert.match(
      problemIn(refused, 403),
      /sso:eve@example\.org may act only on machines with "team"="ml", or "team"="web"$/,
    );
    const leased = await change('POST', '/api/v1/leases', eve, { target: idOf(1), for: '2h' });
    assert.equal(leased.status, 201, leased.text);
    const longer = await change('PATCH', `/api/v1/leases/${idOf(1)}`, eve, { for: '1h' });
    assert.match(problemIn(longer, 403), /may act only on machines with "team"="web"$/, 'only team web may be started');
    for (const number of [1, 2]) {
      const released = await change('DELETE', `/api/v1/holds/${idOf(number)}`, eve);
      assert.equal(released.status, 200, released.text);
    }
    assert.equal((await change('DELETE', `/api/v1/holds/${idOf(3)}?all=true`, eve)).status, 403);
  });

  test('who may read alone changes nothing', async () => {
    const reader = person('bob@example.org', 'staff');
    assert.equal((await ask('/api/v1/holds', reader)).status, 200);
    problemIn(await change('POST', '/api/v1/holds', reader, { target: idOf(1), for: '1h' }), 403);
    problemIn(await change('POST', '/api/v1/pauses', reader, { why: 'x' }), 403);
  });
});

describe('a secret of the proxy', () => {
  test('takes the place of its address; where both are set, both are needed', async (t) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-proxy-'));
    t.after(async () => rm(directory, { recursive: true }));
    const file = path.join(directory, 'secret');
    await writeFile(file, SECRET);
    const forwarded = { preset: 'remote-user', secret_header: 'X-Proxy-Secret', secret_file: file };
    const start = async (more: object): Promise<Operator> =>
      startOperator({
        environment: { AUTH: '' },
        config: configWith({ root: { scopes: ['admin'] } }, { login: { forwarded: { ...forwarded, ...more } } }),
      });
    await using anywhere = await start({});
    await using both = await start({ trusted: [PROXY] });
    const status = async (to: Operator, from: string, secret: string | undefined): Promise<number> =>
      (
        await ask(
          ALL,
          { 'remote-user': 'ada', ...(secret === undefined ? {} : { 'x-proxy-secret': secret }) },
          from,
          to,
        )
      ).status;
    for (const wrong of [undefined, '', 'another', `${SECRET}x`]) {
      assert.equal(await status(anywhere, '127.0.0.1', wrong), 401);
      assert.equal(await status(both, PROXY, wrong), 401);
    }
    assert.equal(await status(anywhere, '127.0.0.1', SECRET), 200, 'with no people, everybody who logs in may read');
    assert.equal(await status(both, PROXY, SECRET), 200);
    assert.equal(await status(both, '127.0.0.1', SECRET), 401);
  });
});
