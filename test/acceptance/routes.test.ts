/** Every route of the table is guarded as its entry says: a route cannot be added and forgotten here. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCOPES, hasScope } from '../../src/domain/scope.ts';
import type { RouteEntry } from '../../src/http/route.ts';
import { openapi } from '../../src/http/openapi.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { logIn } from '../support/logins.ts';
import { problemIn, startOperator, type Answer, type Operator } from '../support/operator.ts';
import { send } from '../support/raw-http.ts';
import { as, configWith } from '../support/tokens.ts';

/** One token for each scope, named like it. */
const TOKENS = Object.fromEntries(SCOPES.map((scope) => [scope, { scopes: [scope] }]));
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
const FOREIGN = { origin: 'https://evil.example' };
/** They take what a page of ours sends, and check where it comes from themselves. */
const LOGINS = ['/login', '/logout'];
/** The proxy's address. All others are strangers to it. */
const PROXY = '127.0.0.2';
/** A group of people for each scope, named like it. */
const PEOPLE = SCOPES.map((scope) => ({ group: scope, scopes: [scope] }));

let operator: Operator;
before(async () => {
  operator = await startOperator({
    environment: { AUTH: '' },
    config: configWith(TOKENS, {
      trusted_proxies: ['127.0.0.1'],
      people: PEOPLE,
      login: { forwarded: { preset: 'remote-user', trusted: [PROXY] } },
    }),
  });
});
after(async () => {
  await using closed = operator;
  assert.deepEqual(closed.sandbox.calls, [], 'nothing got as far as EC2');
});

/** Sends what no handler can read, so that whoever gets to one is answered by 400 or 404. */
async function ask(
  { path }: Pick<RouteEntry, 'path'>,
  method: string,
  headers: Readonly<Record<string, string>> = {},
  localAddress = '127.0.0.1',
): Promise<Answer> {
  const named = path.replaceAll('{instance}', 'i-0123456789abcdef0');
  const url = operator.url + named.replaceAll(/\{\w+\}/g, '019aa2c0-0000-7000-8000-000000000000');
  const body = method === 'POST' || method === 'PUT' ? { chunks: ['?'] } : {};
  return send(url, { method, headers: { 'content-type': 'application/json', ...headers }, localAddress, ...body });
}

for (const [index, entry] of ROUTES.entries()) {
  const { method, path } = entry;
  const { access } = entry;
  const isOpen = access === 'open' || access === 'link';
  const anyOf = isOpen ? SCOPES : access;
  const isLogin = method === 'POST' && LOGINS.includes(path);
  const methods = ROUTES.filter((one) => one.path === path).map((one) => one.method);

  describe(`${method} ${path}`, { concurrency: true }, () => {
    test(isOpen ? 'is open' : 'is closed without a token, and with a wrong one', async () => {
      // From an address of its own: ten wrong tokens from one are answered by 429.
      const wrong = { authorization: 'Bearer a-wrong-token-of-some-length', 'x-forwarded-for': `203.0.113.${index}` };
      for (const headers of [{}, wrong]) {
        const answer = await ask(entry, method, headers);
        // Without an app of Slack and an OpenID provider, there is nothing behind their routes. No file of a page has such a name.
        if (/^\/(?:slack\/|assets\/|login\/)/.test(path)) problemIn(answer, 404);
        else if (isLogin) problemIn(answer, 403);
        else if (access === 'link') assert.match(answer.text, /<h1>This link does not work<\/h1>/);
        else if (isOpen) assert.equal(answer.status, 200);
        else problemIn(answer, 401);
      }
    });

    if (isOpen) {
      test('is no oracle: it answers the same with a right token, a wrong one, and none', async () => {
        const senders = [{}, as('admin'), { authorization: 'Bearer a-wrong-token-of-some-length' }];
        for (const asked of method === 'GET' ? [method, 'HEAD'] : [method]) {
          const answers: Answer[] = [];
          for (const headers of senders)
            for (let time = 0; time < 3; time += 1)
              answers.push(await ask(entry, asked, { ...headers, 'x-forwarded-for': `198.51.100.${index}` }));
          const [first, ...others] = answers.map(({ status, text, headers }) => ({
            status,
            text,
            headers: [...headers].filter(([name]) => name !== 'date'),
          }));
          for (const other of others) assert.deepEqual(other, first);
        }
      });
    }

    test(`opens to ${anyOf.join(', ')}`, async () => {
      for (const scope of SCOPES) {
        const answer = await ask(entry, method, isLogin ? { ...as(scope), origin: operator.url } : as(scope));
        if (anyOf.some((one) => hasScope([scope], one)))
          assert.match(String(answer.status), isLogin ? /^(?:303|401)$/ : /^(?:200|400|404)$/);
        else assert.match(problemIn(answer, 403), /expected a token with the scope/);
      }
    });

    if (!isOpen) {
      const isForPrograms = entry.webhook !== undefined || entry.acts === true;
      test(isForPrograms ? 'takes no cookie and no word of a proxy' : 'opens to people as to tokens', async () => {
        for (const scope of SCOPES) {
          const session = await logIn(operator, scope);
          const forwarded = { 'remote-user': 'ada@example.org', 'remote-groups': `staff,${scope}` };
          const own = { origin: operator.url };
          const answers = [
            await ask(entry, method, { ...session, ...own }),
            await ask(entry, method, { ...forwarded, ...own }, PROXY),
          ];
          for (const answer of answers)
            if (isForPrograms) problemIn(answer, 401);
            else if (anyOf.some((one) => hasScope([scope], one)))
              assert.match(String(answer.status), /^(?:200|303|400|404)$/);
            else assert.match(problemIn(answer, 403), /with the scope/);
          problemIn(await ask(entry, method, { ...forwarded, ...own }), 401);
        }
      });

      test('takes no change of people that another page, or none, has caused', async () => {
        if (method === 'GET') return;
        const session = await logIn(operator, 'admin');
        const forwarded = { 'remote-user': 'ada@example.org', 'remote-groups': 'admin' };
        for (const origin of [{}, { origin: 'null' }, FOREIGN, { ...FOREIGN, referer: `${operator.url}/` }]) {
          const status = isForPrograms ? /^40[13]$/ : /^403$/;
          assert.match(String((await ask(entry, method, { ...session, ...origin })).status), status);
          assert.match(String((await ask(entry, method, { ...forwarded, ...origin }, PROXY)).status), status);
        }
      });
    }

    test('is no lever of another web site where it changes something', async () => {
      const answer = await ask(entry, method, { ...as('admin'), ...FOREIGN });
      const changes =
        (method !== 'GET' && access !== 'link') || path.startsWith('/operate') || path === '/api/v1/tokens';
      if (changes) assert.match(problemIn(answer, 403), /no other web site/);
      else assert.match(String(answer.status), /^(?:200|404)$/);
    });

    const hasHead = methods.includes('GET') && !/^\/(?:operate|login\/)/.test(path);
    test('answers HEAD as GET, unless that would change something', async () => {
      const [head, get] = [await ask(entry, 'HEAD', as('admin')), await ask(entry, 'GET', as('admin'))];
      assert.equal(head.text, '');
      if (!hasHead) assert.equal(head.status, 405);
      else {
        assert.equal(head.status, get.status);
        assert.equal(head.headers.get('content-type'), get.headers.get('content-type'));
      }
    });

    test('says which methods there are', async () => {
      const allowed = hasHead ? [...methods, 'HEAD'] : methods;
      for (const other of METHODS.filter((one) => !allowed.some((known) => known === one) && one !== 'HEAD')) {
        const answer = await ask(entry, other);
        problemIn(answer, 405);
        assert.deepEqual(answer.headers.get('allow')?.split(', ').sort(), allowed.toSorted(), other);
      }
    });
  });
}

test('the document that is served describes this table', async () => {
  const { text } = await ask({ path: '/openapi.json' }, 'GET', as('read'));
  assert.deepEqual(JSON.parse(text), openapi(ROUTES));
});
