import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProfile } from './shared-config.ts';

const TEXT = `
# ca_bundle = /comment.pem
ca_bundle = /of-no-section.pem
[default]
ca_bundle=/default.pem
[profile team]
region = eu-central-1
s3 =
  ca_bundle = /nested.pem
CA_Bundle = /team.pem  # theirs
[profile "two words"]
ca_bundle = /two.pem
[sso-session team2]
ca_bundle = /session.pem
`;

test('a profile has the settings of its own section', () => {
  for (const [profile, file] of [
    ['default', '/default.pem'],
    ['team', '/team.pem'],
    ['two words', '/two.pem'],
    ['none', undefined],
    ['team2', undefined],
  ] as const)
    assert.equal(readProfile(TEXT, profile).get('ca_bundle'), file, profile);
});
