import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacksClaims, personIn, type Claims, type ClaimSettings } from './openid-claims.ts';

function nameOf(claims: Claims, settings: ClaimSettings = {}): string {
  const person = personIn(claims, settings);
  return person.ok ? person.value.name : `refused: ${person.message}`;
}

function groupsOf(claims: Claims, groupsClaim: string): readonly string[] {
  const person = personIn({ sub: 'x', ...claims }, { groupsClaim });
  assert.ok(person.ok);
  return person.value.groups;
}

test('the name is the address, if the provider does not say that it is unverified', () => {
  const email = 'ann@example.org';
  for (const verified of [true, 'true', undefined])
    assert.equal(nameOf({ sub: '1', email, email_verified: verified }), email, String(verified));
  for (const verified of [false, 'false', null, 0, '', 'yes', {}])
    assert.match(
      nameOf({ sub: '1', email, email_verified: verified }),
      /^refused: .*calls unverified/,
      JSON.stringify(verified),
    );
});

test('an address that the account only says of itself is no name', () => {
  assert.equal(nameOf({ sub: '1', preferred_username: 'ann' }), 'ann');
  assert.equal(nameOf({ sub: '1', preferred_username: 'ann@example.org' }), '1');
  const unverified = { sub: '1', email: 'ann@example.org', email_verified: false, preferred_username: 'ann' };
  assert.match(nameOf(unverified), /^refused/);
  assert.match(nameOf(unverified, { userClaim: 'email' }), /^refused/);
});

test('another claim names the person where the settings say so', () => {
  const claims = {
    sub: '1',
    preferred_username: 'ann@example.org',
    realm: { nick: 'annie' },
    empty: ' ',
  };
  assert.equal(nameOf(claims, { userClaim: 'preferred_username' }), 'ann@example.org');
  assert.equal(nameOf(claims, { userClaim: 'realm.nick' }), 'annie');
  for (const userClaim of ['missing', 'empty', 'realm', '__proto__', 'realm.constructor.name'])
    assert.match(nameOf(claims, { userClaim }), /^refused: expected the claim/, userClaim);
  assert.match(nameOf(claims, { userClaim: 'email' }), /^refused: expected the claim "email"/);
});

test('a name is the one that the provider wrote: spaces around it are a part of it, for another account has it without them', () => {
  for (const name of ['ann ', ' ann', '\u00a0ann', 'ann\u3000', 'ann\n', '\ufeffann']) {
    assert.equal(nameOf({ sub: '1', upn: name }, { userClaim: 'upn' }), name);
    assert.equal(nameOf({ sub: '1', preferred_username: name }), name);
    assert.equal(nameOf({ sub: name }), name);
    assert.equal(nameOf({ sub: '1', email: name }), name);
  }
});

test('groups are a list, a single one, or lie deeper', () => {
  assert.deepEqual(groupsOf({ groups: ['ml', 'ops', 'ml', 7, '', null] }, 'groups'), ['ml', 'ops']);
  assert.deepEqual(groupsOf({ groups: [' ml', 'ml '] }, 'groups'), [' ml', 'ml '], 'letter by letter');
  assert.deepEqual(groupsOf({ groups: 'ml' }, 'groups'), ['ml']);
  assert.deepEqual(groupsOf({ realm_access: { roles: ['ml'] } }, 'realm_access.roles'), ['ml']);
  assert.deepEqual(groupsOf({ 'https://example.org/groups': ['ml'] }, 'https://example.org/groups'), ['ml']);
  for (const groups of [undefined, null, 7, { ml: true }]) assert.deepEqual(groupsOf({ groups }, 'groups'), []);
});

test('groups that the provider leaves out because there are too many are told apart from none', () => {
  const left = { sub: '1', _claim_names: { groups: 'src1' } };
  const person = personIn(left, { groupsClaim: 'groups' });
  assert.ok(person.ok && person.value.lacksGroups);
  const none = personIn({ sub: '1' }, { groupsClaim: 'groups' });
  assert.ok(none.ok && !none.value.lacksGroups);
});

test('UserInfo is asked where the ID token does not say enough', () => {
  assert.equal(lacksClaims({ email: 'a@b.org' }, {}), false);
  assert.equal(lacksClaims({ sub: '1' }, {}), true);
  assert.equal(lacksClaims({ email: 'a@b.org' }, { groupsClaim: 'groups' }), true);
  assert.equal(lacksClaims({ sub: '1', groups: [] }, { groupsClaim: 'groups', userClaim: 'sub' }), false);
});
