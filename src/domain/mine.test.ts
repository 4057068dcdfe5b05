import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownNames } from './mine.ts';

const plain = { email: '{owner}', domains: ['example.com'] };

const cases: readonly (readonly [says: string, sender: string, owners: typeof plain, names: readonly string[]])[] = [
  ['a token may be named in the tag, or its address', 'ada', plain, ['ada', 'ada@example.com']],
  ['a person by address, and the part before the @', 'sso:Ada@example.com', plain, ['ada@example.com', 'ada']],
  ['a token may have the name of an address', 'ada@example.com', plain, ['ada@example.com', 'ada']],
  [
    'the tag that owners.email makes the address of',
    'sso:team-vision@example.com',
    { email: 'team-{owner}@example.com', domains: ['example.com'] },
    ['team-vision@example.com', 'team-vision', 'vision'],
  ],
  ['without domains, the name alone', 'ada', { ...plain, domains: [] }, ['ada']],
  ['shared names own nothing', 'token', plain, []],
  ['nor does everybody', 'anyone', plain, []],
  ['nor an empty name', 'sso:', plain, []],
];

for (const [says, sender, owners, names] of cases)
  test(says, () => {
    assert.deepEqual(ownNames(sender, owners), names);
  });
