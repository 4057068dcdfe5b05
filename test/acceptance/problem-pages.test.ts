/** What goes wrong on a page is a page for a browser, and JSON for a program. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { idOf } from '../support/fleet.ts';
import { logIn } from '../support/logins.ts';
import { startOperator } from '../support/operator.ts';
import { configWith, secretOf } from '../support/tokens.ts';

const form = 'application/x-www-form-urlencoded';
const PROBLEMS: readonly (readonly [what: string, path: string, status: number, words: RegExp, init?: RequestInit])[] =
  [
    ['an unknown address', '/nope/deep?x=1', 404, /[Tt]here is no (page|route GET) \/nope\/deep/],
    ['an address with lines and a direction of its own', '/nope%0d%0a%e2%80%ae://evil', 404, /\/nope : \/\/evil/],
    ['an unknown machine', `/machines/${idOf(9)}`, 404, /is known of a machine/],
    ['a wrong filter', '/?state=foo', 400, /state: expected one of pending, running, .*, got (&quot;|\\")foo/],
    ['a wrong filter of records', '/operations?verb=x&cursor=y', 400, /verb: expected one of .*cursor: expected/],
    ['a method that a page does not have', '/', 405, /[Ee]xpected one of the methods GET, HEAD/, { method: 'DELETE' }],
    [
      'a form with a whole file in it',
      '/login',
      413,
      /[Ee]xpected a form of at most 8 KiB, and nothing was changed/,
      { method: 'POST', body: `token=${'a'.repeat(9_000)}`, headers: { 'content-type': form, origin: 'own' } },
    ],
    [
      'a press with more than its page has sent',
      `/machines/${idOf(1)}/stop`,
      413,
      /[Ee]xpected a form of at most 8 KiB, and nothing was changed/,
      { method: 'POST', body: `confirm=${idOf(1)}&more=${'a'.repeat(9_000)}`, headers: { 'content-type': form } },
    ],
    [
      'a press from another site',
      `/machines/${idOf(1)}/stop`,
      403,
      /no other web site caused/,
      { method: 'POST', body: '', headers: { origin: 'https://evil.example', 'content-type': form } },
    ],
  ];

test('each problem has its page and its JSON', async (t) => {
  await using operator = await startOperator();
  for (const [what, path, status, words, { headers, ...init } = {}] of PROBLEMS)
    await t.test(what, async () => {
      const ask = async (accept: string) => {
        const all = new Headers(headers);
        all.set('accept', accept);
        if (all.get('origin') === 'own') all.set('origin', operator.url);
        const response = await fetch(operator.url + path, { ...init, headers: all });
        return {
          status: response.status,
          type: response.headers.get('content-type') ?? '',
          text: await response.text(),
        };
      };
      const page = await ask('text/html,application/xhtml+xml;q=0.9,*/*;q=0.8');
      assert.deepEqual([page.status, page.type], [status, 'text/html; charset=utf-8']);
      assert.match(page.text, words);
      assert.match(page.text, /<a href="(\.\.\/)*(\.\/)?">All machines<\/a>/);
      const program = await ask('*/*');
      assert.deepEqual([program.status, program.type], [status, 'application/problem+json']);
      assert.match(program.text, words);
    });
});

const BROWSER = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };
const ELSEWHERE = { ...BROWSER, origin: 'https://evil.example', 'content-type': form };
const WAYS: readonly (readonly [
  what: string,
  path: string,
  init: RequestInit,
  heading: string,
  ways: readonly string[],
])[] = [
  ['a filter of records', '/operations?state=x', {}, 'This was not understood', ['./operations', './']],
  [
    'the address of a button',
    `/machines/${idOf(1)}/release`,
    {},
    'This page cannot be opened like that',
    ['../../machines/ID', '../../'],
  ],
  [
    'a press from elsewhere',
    `/machines/${idOf(1)}/stop`,
    { method: 'POST', headers: ELSEWHERE },
    'This is not allowed',
    ['../../machines/ID', '../../login?next=%2Fmachines%2FID', '../../'],
  ],
  [
    'a press from elsewhere that is about no machine',
    '/logout',
    { method: 'POST', headers: ELSEWHERE },
    'This is not allowed',
    ['./login', './'],
  ],
  ['a login that cannot be', '/login/oidc', {}, 'Nothing is here', ['../login', '../']],
  ['an unknown page', '/nope', {}, 'Nothing is here', ['./']],
];

test('each page of a problem says in plain words what it is, and where to go on', async () => {
  await using operator = await startOperator();
  for (const [what, path, init, heading, ways] of WAYS) {
    const { text } = await operator.request(path, { headers: BROWSER, ...init });
    assert.match(text, new RegExp(`<h1>${heading}</h1>`), what);
    const [, led = ''] = /<p class="ways">(.*?)<\/p>/s.exec(text) ?? [];
    const links = [...led.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll(idOf(1), 'ID'));
    assert.deepEqual(links, ways, what);
    assert.equal(/If you need this, ask those who run this server/.test(text), heading === 'This is not allowed', what);
  }
});

test('a press that meets a fault of the server says that its outcome is not known', async () => {
  await using before = await startOperator();
  await before.stop();
  {
    using database = new DatabaseSync(join(before.dataDir, 'ec2-operator.sqlite'));
    database.exec('drop table hold');
  }
  await using operator = await startOperator({ after: before });
  const headers = { ...BROWSER, origin: operator.url, 'content-type': form };
  const init = { method: 'POST', headers, body: `confirm=${idOf(1)}` };
  const { status, text } = await operator.request(`/machines/${idOf(1)}/keep`, init);
  assert.equal(status, 500, text);
  assert.match(text, /Whether anything was changed is not known: look at the machine before you press again\./);
  assert.doesNotMatch(text, /Please try again/);
});

test('a press of a person whose session has ended leads back to the machine after the login', async () => {
  await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: 'a-token-of-some-length' } });
  const init = { method: 'POST', headers: { ...BROWSER, origin: operator.url, 'content-type': form }, body: '' };
  const response = await fetch(`${operator.url}/machines/${idOf(1)}/keep`, init);
  const text = await response.text();
  assert.equal(response.status, 401);
  assert.match(text, /You are not logged in, and nothing was changed\./);
  assert.match(text, new RegExp(`login\\?next=%2Fmachines%2F${idOf(1)}"`));
});

test('a page for a wrong token says that it is wrong, and after too many there is a way to try again', async () => {
  await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: 'a-token-of-some-length' } });
  const look = async (turn: number): Promise<string> => {
    const headers = { ...BROWSER, authorization: `Bearer a-wrong-token-of-some-length-${turn}` };
    return (await operator.request('/notices', { headers })).text;
  };
  assert.match(await look(0), /<h1>Please log in<\/h1>\s*<p>Expected a valid token, got an unknown one\.</);
  for (let turn = 1; turn < 10; turn += 1) await look(turn);
  assert.match(await look(10), /<h1>Too many attempts<\/h1>.*<p class="ways"><a href="">Try again<\/a>/s);
});

test('a page that is not there has the bar of who is logged in by a session, and says nothing of tokens', async () => {
  await using operator = await startOperator({
    environment: { AUTH: '' },
    config: configWith({ ada: { scopes: ['read'] } }),
  });
  const session = await logIn(operator, 'ada');
  const token = { authorization: `Bearer ${secretOf('ada')}` };
  for (const [path, status] of [
    ['/nope', 404],
    [`/machines/${idOf(1)}/release`, 405],
  ] as const)
    for (const [who, headers, hasBar] of [
      ['ada', session, true],
      ['a stranger', {}, false],
      ['another web site', { ...session, 'sec-fetch-site': 'cross-site' }, false],
      ['a token', token, false],
    ] as const) {
      const page = await operator.request(path, { headers: { ...BROWSER, ...headers } });
      assert.equal(page.status, status);
      assert.equal(/<nav aria-label="Pages">.*<span>ada<\/span>/s.test(page.text), hasBar, `${who} at ${path}`);
    }
});
