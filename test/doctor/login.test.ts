/** The doctor on the ways to log in. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { machine } from '../support/fleet.ts';
import { startHostileProvider } from '../support/openid/hostile.ts';
import { startOpenidProvider } from '../support/openid/provider.ts';
import { temporaryDirectory } from '../support/operator.ts';
import { examined, expectFinding, type Patient } from './examined.ts';

function patientOf(oidc: Readonly<Record<string, unknown>>): Patient {
  const config = { public_url: 'https://ops.example.com', login: { oidc: { client_id: 'ec2-operator', ...oidc } } };
  return { machines: [machine(1)], config };
}

test('without a provider nothing is said of one', async () => {
  const { findings } = await examined({ machines: [machine(1)] });
  assert.ok(!findings.some(({ check }) => check.startsWith('login')));
});

test('a provider that answers, with the redirect URI that it needs', async () => {
  await using provider = await startOpenidProvider();
  const { findings } = await examined(patientOf({ issuer: provider.issuer }));
  const told = expectFinding(
    findings,
    'ok',
    'login.oidc',
    /register there is https:\/\/ops\.example\.com\/login\/callback$/,
  );
  assert.equal(told.about, provider.issuer);
  const { findings: others } = await examined(patientOf({ issuer: provider.issuer, scopes: ['openid', 'groups'] }));
  expectFinding(others, 'warning', 'login.oidc', /does not list the scopes groups$/);
});

test('a provider that is none, is another one, or cannot be checked', async () => {
  await using provider = await startHostileProvider();
  const about = async (document: Readonly<Record<string, unknown>>, issuer = provider.issuer) => {
    provider.document = document;
    return (await examined(patientOf({ issuer }))).findings;
  };
  expectFinding(await about({}, 'http://127.0.0.1:9'), 'error', 'login.oidc', /does not answer as one: fetch failed/);
  const other = await about({ issuer: 'https://login.example.org' });
  expectFinding(
    other,
    'error',
    'login.oidc',
    /expected the login provider to call itself http.*got "https:\/\/login\.example\.org"/,
  );
  const secret = await about({ id_token_signing_alg_values_supported: ['HS256', 'none'] });
  expectFinding(secret, 'error', 'login.oidc', /signs ID tokens by HS256, none only/);
  expectFinding(await about({ jwks_uri: `${provider.issuer}/none` }), 'error', 'login.oidc', /keys/);
});

test('a secret that cannot be read is told, and the provider is asked all the same', async () => {
  await using stack = new AsyncDisposableStack();
  await using provider = await startOpenidProvider();
  const file = path.join(await temporaryDirectory(stack), 'secret');
  const patient = patientOf({ issuer: provider.issuer, client_secret_file: file });
  const { findings } = await examined(patient);
  expectFinding(findings, 'error', 'login.oidc', /^login\.oidc\.client_secret_file: expected a file at .* ENOENT$/);
  expectFinding(findings, 'ok', 'login.oidc', /the provider answers/);
  await writeFile(file, 'secret');
  const { findings: then } = await examined(patient);
  assert.ok(!then.some(({ check, severity }) => check === 'login.oidc' && severity === 'error'));
});
