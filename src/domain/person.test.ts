import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { grantsFor, groupsThatCount, nameOfPerson, parseUser, type PeopleRule } from './person.ts';
import { TOKEN_NAME } from './scope.ts';

const RULES: readonly PeopleRule[] = [
  { group: 'platform', scopes: ['admin'] },
  { group: 'ml', scopes: ['start', 'stop'], only: { team: 'ml' } },
  { user: 'ada@example.org', scopes: ['read'] },
];

describe('the rights of a person', () => {
  const rows = [
    ['none where nobody names her', { user: 'eve', groups: ['sales'] }, []],
    [
      'those of her groups',
      { user: 'eve', groups: ['sales', 'ml'] },
      [{ scopes: ['start', 'stop'], only: { team: 'ml' } }],
    ],
    [
      'all of them together',
      { user: 'ada@example.org', groups: ['platform'] },
      [{ scopes: ['admin'] }, { scopes: ['read'] }],
    ],
    ['those of that very name', { user: 'Ada@example.org', groups: ['ML'] }, []],
    ['not those of a group that is named like her', { user: 'platform', groups: ['ada@example.org'] }, []],
  ] as const;
  for (const [what, person, grants] of rows)
    test(`are ${what}`, () => {
      assert.deepEqual(grantsFor(person, RULES), grants);
    });

  test('are to read where the configuration names nobody at all', () => {
    assert.deepEqual(grantsFor({ user: 'eve', groups: [] }, []), [{ scopes: ['read'] }]);
  });

  test('follow from the groups that some entry names', () => {
    assert.deepEqual(groupsThatCount(['a', 'ml', 'b', 'platform', 'ada@example.org'], RULES), ['ml', 'platform']);
  });
});

describe('the name of a user', () => {
  for (const text of [
    'ada',
    'ada@example.org',
    "o'neil+ops@example.org",
    'auth0|5f7c8ec7c33c6c004bbafe82',
    'a'.repeat(128),
  ])
    test(`may be ${text.slice(0, 40)}`, () => {
      const user = parseUser(text, 'X-User');
      assert.ok(user.ok);
      assert.ok(!TOKEN_NAME.test(nameOfPerson({ user: user.value })), 'no token has it');
    });

  for (const text of [
    '',
    ' ',
    'ada, eve',
    'ada eve',
    '<b>',
    'ada\n',
    'а̀da',
    'ada;',
    '"ada"',
    'a(b)',
    'a:b',
    'a'.repeat(129),
  ])
    test(`is never ${JSON.stringify(text.slice(0, 40))}`, () => {
      const user = parseUser(text, 'X-User');
      assert.ok(!user.ok);
      assert.match(user.message, /^expected X-User to name one user by at most 128 letters, .*, got /);
    });
});
