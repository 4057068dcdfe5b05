import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError, loadConfig } from './load.ts';

const PROXY = 'forwarded: { preset: remote-user, trusted: [10.0.0.7] }';

function problemOf(file: string): string {
  try {
    loadConfig({}, file);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.join();
  }
  return '';
}

describe('people and their logins', () => {
  test('each entry is for a user or for a group', () => {
    const { people, login } = loadConfig(
      {},
      `login: { ${PROXY} }\npeople: [{ user: ada, scopes: [admin] }, { group: ml, scopes: [stop], only: { team: ml } }]`,
    );
    assert.deepEqual(people, [
      { user: 'ada', scopes: ['admin'] },
      { group: 'ml', scopes: ['stop'], only: { team: 'ml' } },
    ]);
    assert.deepEqual([login.forwarded?.user, login.forwarded?.groups], ['Remote-User', 'Remote-Groups']);
    assert.deepEqual(
      [loadConfig({}).people, loadConfig({}).login],
      [[], { insecure: false }],
      'nothing is open by default',
    );
  });

  const rows: readonly (readonly [file: string, problem: RegExp])[] = [
    ['people: [{ user: a, scopes: [read] }]', /^people: expected a way to log in with it/],
    [
      `login: { ${PROXY} }\npeople: [{ user: a, group: b, scopes: [read] }]`,
      /^people, 1st entry: expected either user or group/,
    ],
    [`login: { ${PROXY} }\npeople: [{ scopes: [read] }]`, /^people, 1st entry: expected either user or group/],
    [`login: { ${PROXY} }\npeople: [{ group: b, scopes: [admin], only: { a: b } }]`, /no `only` with the scope admin/],
    [`login: { ${PROXY} }\nauth: none`, /^login\.forwarded: expected auth: token with it/],
    ['login: { forwarded: { preset: remote-user } }', /otherwise everybody could claim to be anybody/],
    ['login: { forwarded: { trusted: [10.0.0.7] } }', /expected preset or user_header/],
    ['login: { forwarded: { trusted: [0.0.0.0/0], preset: remote-user } }', /got every address/],
    ["login: { forwarded: { trusted: ['::/0'], preset: remote-user } }", /got every address/],
    [
      'login: { forwarded: { secret_header: X-Secret, preset: remote-user } }',
      /secret_header and secret_file together/,
    ],
    [
      'login: { forwarded: { secret_header: Remote-User, secret_file: /x, preset: remote-user } }',
      /a header of its own/,
    ],
    ['login: { forwarded: { trusted: [10.0.0.7], user_header: X_User } }', /a name without underscores/],
    ['login: { forwarded: { trusted: [10.0.0.7], user_header: Cookie } }', /a header that has no other meaning/],
    ['login: { forwarded: { trusted: [10.0.0.7], preset: remote-user, user_pattern: "(" } }', /a regular expression/],
    [
      'login: { insecure: true }\npublic_url: https://ops.example.com',
      /no insecure login beside a public_url with https/,
    ],
    ['login: { insecure: true }\ntls_cert: /a\ntls_key: /b', /no insecure login beside tls_cert/],
  ];
  for (const [file, problem] of rows)
    test(`${file} is a mistake`, () => {
      assert.match(problemOf(file), problem);
    });

  test('an insecure login is for plain HTTP', () => {
    assert.equal(problemOf('login: { insecure: true }\npublic_url: http://ops.lan'), '');
  });
});
