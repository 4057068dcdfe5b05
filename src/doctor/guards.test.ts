import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUARD_SETTINGS, instanceWith, NOON } from '../../test/support/operation.ts';
import { checkGuards } from './guards.ts';

const QUESTION = { settings: GUARD_SETTINGS, client: 'native', now: NOON } as const;

function check(tags: Readonly<Record<string, string>>): readonly string[] {
  return checkGuards(QUESTION, instanceWith({ tags }), 'gpu-1').map(
    ({ severity, check: name, evidence }) => `${severity} ${name} ${evidence}`,
  );
}

test('the tag hold-until holds a stop back, and a text that nobody can read is a warning', () => {
  const said = check({ 'ec2-operator:hold-until': '2999-12-24' });
  const held = /^info guards would stop it later: .+hold-until="2999-12-24" holds it until 2999-12-25T/;
  assert.ok(
    said.some((finding) => held.test(finding)),
    said.join('\n'),
  );
  const odd = check({ 'ec2-operator:hold-until': 'next week' });
  assert.ok(
    odd.some((finding) => /^warning hold_tag is held without an end: .+"next week"/.test(finding)),
    odd.join('\n'),
  );
  for (const tags of [{}, { 'ec2-operator:hold-until': '2999-12-24' }])
    assert.ok(!check(tags).some((finding) => finding.startsWith('warning')));
});
