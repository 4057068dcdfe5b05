/** People who log in at three replicas on one PostgreSQL, behind a proxy that takes turns: no request meets the replica of the last. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { readEvents } from '../support/event-reader.ts';
import { idOf } from '../support/fleet.ts';
import { logIn, postForm } from '../support/logins.ts';
import { CLIENT, startOpenidProvider, type OpenidProvider } from '../support/openid/provider.ts';
import { visitProvider } from '../support/openid/visit.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { startCluster } from '../support/postgres.ts';
import { send, type RawAnswer } from '../support/raw-http.ts';
import { as, bearer, configWith } from '../support/tokens.ts';
import { startWebProxy, type WebProxy } from '../support/web-proxy.ts';

/** Trusted; every other address of loopback is a stranger's. */
const PROXY = '127.0.0.2';
const READ = '/api/v1/operations';

const cluster = await startCluster().catch((error: unknown) => String(error));

type Cookies = Readonly<Record<string, string>>;

describe('three replicas', { skip: typeof cluster === 'string' ? cluster : false, concurrency: true }, () => {
  const stack = new AsyncDisposableStack();
  let provider: OpenidProvider;
  let proxy: WebProxy;
  let replicas: readonly [Operator, Operator, Operator];
  let environment: Readonly<Record<string, string>>;
  const configOf = (people: readonly object[]): string =>
    configWith(
      { ada: { scopes: ['read', 'hold'] } },
      {
        public_url: proxy.url,
        people,
        login: {
          oidc: { issuer: provider.issuer, client_id: CLIENT.id, groups_claim: 'groups' },
          forwarded: { preset: 'oauth2-proxy', trusted: [PROXY] },
        },
      },
    );

  before(async () => {
    assert.ok(typeof cluster !== 'string');
    stack.use(cluster);
    provider = stack.use(await startOpenidProvider());
    const servers: string[] = [];
    proxy = stack.use(await startWebProxy(servers));
    provider.admit(`${proxy.url}/login/callback`, { token_endpoint_auth_method: 'none' });
    provider.people.set('alice', { email: 'alice@example.org', email_verified: true, groups: ['ml'] });
    environment = { AUTH: '', DATABASE_URL: await cluster.createDatabase() };
    const config = configOf([{ group: 'ml', scopes: ['read', 'hold'] }]);
    const first = stack.use(await startOperator({ environment, config }));
    const start = async (): Promise<Operator> => stack.use(await startOperator({ environment, config, after: first }));
    replicas = [first, await start(), await start()];
    servers.push(...replicas.map(({ url }) => url));
  });
  after(async () => stack.disposeAsync());

  async function get({ url }: Pick<Operator, 'url'>, path: string, cookies: Cookies = {}) {
    const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
    const headers = { accept: 'text/html', cookie: cookie.join('; ') };
    const answer = await fetch(`${url}${path}`, { headers, redirect: 'manual' });
    const kept = { ...cookies };
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (set.includes('Max-Age=0')) delete kept[name];
      else kept[name] = value;
    }
    return {
      status: answer.status,
      to: answer.headers.get('location') ?? '',
      text: await answer.text(),
      cookies: kept,
    };
  }
  /** Goes to the provider and back, as far as to the address of the answer. */
  async function begin(from: Pick<Operator, 'url'>, cookies: Cookies = {}) {
    const sent = await get(from, '/login/oidc?next=%2F%3Fowner%3Dada', cookies);
    assert.equal(sent.status, 303, sent.text);
    const { pathname, search } = await visitProvider(new URL(sent.to), 'alice');
    return { back: pathname + search, cookies: sent.cookies };
  }
  async function logInByProvider(): Promise<Cookies> {
    const { back, cookies } = await begin(proxy);
    const arrived = await get(proxy, back, cookies);
    assert.deepEqual([arrived.status, arrived.to], [303, '../?owner=ada'], arrived.text);
    return arrived.cookies;
  }
  const headerOf = (cookies: Cookies): { readonly cookie: string } => ({
    cookie: `ec2op_session=${cookies['ec2op_session']}`,
  });
  const statuses = async (cookies: Cookies, path = READ): Promise<readonly number[]> =>
    Promise.all(replicas.map(async (replica) => (await get(replica, path, cookies)).status));

  test('a login begins at one, comes back to another, and counts at the third, also for changes', async () => {
    const { back, cookies } = await begin(replicas[0]);
    const arrived = await get(replicas[1], back, cookies);
    assert.equal(arrived.status, 303, arrived.text);
    const headers = { ...headerOf(arrived.cookies), origin: proxy.url, 'content-type': 'application/json' };
    const body = JSON.stringify({ target: idOf(1), for: '1h' });
    const held = await replicas[2].request('/api/v1/holds', { method: 'POST', headers, body });
    assert.equal(held.status, 201, held.text);
    assert.match(held.text, /"sso:alice@example\.org"/);
    const foreign = { ...headers, origin: 'https://evil.example' };
    for (const replica of replicas)
      assert.equal((await replica.request('/api/v1/holds', { method: 'POST', headers: foreign, body })).status, 403);
  });

  test('an answer of the provider counts once, also if it comes to all of them at the same moment', async () => {
    const { back, cookies } = await begin(proxy);
    const answers = await Promise.all(replicas.map(async (replica) => get(replica, back, cookies)));
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [303, 400, 400],
    );
    for (const { status, text, cookies: kept } of answers) {
      assert.equal('ec2op_session' in kept, status === 303);
      if (status === 400) assert.match(text, /log in again/);
    }
  });

  test('of two tabs that log in at once, the first is told to try again, and is then logged in by the second', async () => {
    const first = await begin(proxy);
    const second = await begin(proxy, first.cookies);
    const early = await get(proxy, first.back, second.cookies);
    assert.equal(early.status, 400);
    assert.match(early.text, /Expected the answer to the login that this browser began last: log in again/);
    const arrived = await get(proxy, second.back, early.cookies);
    assert.equal(arrived.status, 303, arrived.text);
    const late = await get(proxy, first.back, arrived.cookies);
    assert.match(late.text, /You are logged in as <b>sso:alice@example\.org<\/b>/);
  });

  test('who logs out at one has logged out at all: a copy of the cookie opens nothing, and live pages end', async () => {
    const cookies = await logInByProvider();
    assert.deepEqual(await statuses(cookies), [200, 200, 200]);
    await using live = await readEvents(`${replicas[1].url}/api/v1/events`, headerOf(cookies));
    await postForm(replicas[0], '/logout', {}, { origin: proxy.url, ...headerOf(cookies) });
    await eventually('all refuse', async () =>
      (await statuses(cookies)).every((status) => status === 401) ? true : undefined,
    );
    assert.deepEqual(await statuses(cookies, '/'), [303, 303, 303], 'pages lead to the login');
    await live.ended();
  });

  test('a login at one ends the session that the browser has brought along at all: nobody can fix one in advance', async () => {
    const earlier = await logInByProvider();
    const { back, cookies } = await begin(replicas[1], earlier);
    const later = (await get(replicas[2], back, cookies)).cookies;
    await eventually('all refuse', async () =>
      (await statuses(earlier)).every((status) => status === 401) ? true : undefined,
    );
    assert.deepEqual(await statuses(later), [200, 200, 200]);
  });

  test('a token that was pasted at one opens the pages of all, until it is pasted anew', async () => {
    const { cookie } = await logIn(replicas[0], 'ada');
    const read = async (): Promise<readonly number[]> =>
      Promise.all(replicas.map(async (one) => (await one.request(READ, { headers: { cookie } })).status));
    assert.deepEqual(await read(), [200, 200, 200]);
    await logIn(replicas[1], 'ada', { cookie });
    await eventually('all refuse', async () => ((await read()).every((status) => status === 401) ? true : undefined));
  });

  test('a replica with other people gives the same session their rights', async () => {
    const cookies = await logInByProvider();
    const config = configOf([{ group: 'web', scopes: ['read'] }]);
    await using other = await startOperator({ environment, config, after: replicas[0] });
    assert.equal((await get(other, READ, cookies)).status, 403);
    assert.deepEqual(await statuses(cookies), [200, 200, 200]);
  });

  test("a proxy's headers count at each request, at whichever replica, and from the proxy alone", async () => {
    const ask = async ({ url }: Operator, groups: string, localAddress = PROXY): Promise<RawAnswer> =>
      send(`${url}${READ}`, {
        method: 'GET',
        headers: { 'x-forwarded-email': 'bob@example.org', 'x-forwarded-groups': groups },
        localAddress,
      });
    assert.equal((await ask(replicas[0], 'ml')).status, 200);
    assert.equal((await ask(replicas[1], '')).status, 403, 'he has just left the group');
    assert.equal((await ask(replicas[2], 'ml')).status, 200);
    for (const replica of replicas) assert.equal((await ask(replica, 'ml', '127.0.0.3')).status, 401);
  });

  test('each counts wrong tokens by itself', async () => {
    const from = '127.0.0.9';
    const guess = async ({ url }: Operator, headers: Readonly<Record<string, string>>): Promise<number> =>
      (await send(`${url}${READ}`, { method: 'GET', headers, localAddress: from })).status;
    for (let guesses = 0; guesses < 10; guesses += 1)
      assert.equal(await guess(replicas[0], bearer('wrong')), 401, String(guesses));
    assert.equal(await guess(replicas[0], bearer('wrong')), 429);
    assert.equal(await guess(replicas[1], bearer('wrong')), 401);
    for (const replica of replicas) assert.equal(await guess(replica, as('ada')), 200, 'long tokens always pass');
  });
});
