import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, loadConfig } from './load.ts';
import { notesOnLogin } from './login-notes.ts';

const PUBLIC = 'public_url: https://ops.example.com\n';
const PROXIES = 'trusted_proxies: [10.0.0.0/8]\n';

function fileWith(oidc: string): string {
  return `${PUBLIC}login:\n  oidc: { client_id: ec2-operator, ${oidc} }\n`;
}

function problemsOf(file: string): readonly string[] {
  try {
    loadConfig({}, file);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return [];
}

test('a provider, with the scopes that tell who a person is', () => {
  const { oidc } = loadConfig({}, fileWith('issuer: https://login.example.com')).login;
  assert.ok(oidc);
  assert.deepEqual([oidc.issuer, oidc.scopes], ['https://login.example.com', ['openid', 'email', 'profile']]);
  assert.equal(loadConfig({}).login.oidc, undefined);
});

test('issuers in the clear are for this machine only', () => {
  for (const issuer of ['http://localhost:5556/dex', 'http://127.0.0.1:8081', 'https://keycloak.example.com/realms/a'])
    assert.deepEqual(problemsOf(fileWith(`issuer: '${issuer}'`)), [], issuer);
  for (const issuer of ['http://login.example.com', 'http://127.evil.example', 'http://localhost.evil.example'])
    assert.match(
      problemsOf(fileWith(`issuer: '${issuer}'`)).join(),
      /login\.oidc\.issuer: expected a URL that begins with https/,
      issuer,
    );
});

test('an issuer that is not one, or stands for everybody, is told at once', () => {
  const expected: Readonly<Record<string, RegExp>> = {
    'login.example.com': /expected a URL without credentials/,
    'javascript:alert(1)': /expected a URL without credentials/,
    'https://ann:secret@login.example.com': /expected a URL without credentials/,
    'https://login.example.com?x=1': /expected a URL without credentials/,
    'https://login.example.com/.well-known/openid-configuration': /expected the issuer itself/,
    'https://login.microsoftonline.com/common/v2.0': /expected the issuer of one tenant/,
    'https://login.microsoftonline.com/organizations/v2.0': /expected the issuer of one tenant/,
  };
  for (const [issuer, problem] of Object.entries(expected))
    assert.match(problemsOf(fileWith(`issuer: '${issuer}'`)).join(), problem, issuer);
  assert.deepEqual(problemsOf(fileWith('issuer: https://login.microsoftonline.com/0a1b/v2.0')), []);
});

test('without public_url there is nowhere to send people back to', () => {
  const file = 'login: { oidc: { issuer: https://login.example.com, client_id: ec2-operator } }';
  assert.match(problemsOf(file).join(), /^login\.oidc: expected public_url \(PUBLIC_URL\) as well/);
  assert.doesNotThrow(() => loadConfig({ PUBLIC_URL: 'https://ops.example.com' }, file));
});

test('openid is always asked for', () => {
  const file = fileWith('issuer: https://login.example.com, scopes: [email]');
  assert.match(problemsOf(file).join(), /login\.oidc\.scopes: expected openid among the scopes/);
});

test('a provider of everybody is told where nobody is named', () => {
  const google = loadConfig({}, fileWith('issuer: https://accounts.google.com'));
  assert.match(notesOnLogin(google)[0]?.note ?? '', /everybody with a Google account may log in and read/);
  const named = `${fileWith('issuer: https://accounts.google.com')}people: [{ user: ann@example.com, scopes: [read] }]\n`;
  assert.deepEqual(notesOnLogin(loadConfig({}, `${named}${PROXIES}`)), []);
});

test('a proxy before the server that is not named is told, because a stranger could keep all people out', () => {
  const file = fileWith('issuer: https://login.example.com');
  assert.match(notesOnLogin(loadConfig({}, file))[0]?.remedy ?? '', /^name the proxy in trusted_proxies/);
  assert.deepEqual(notesOnLogin(loadConfig({}, file + PROXIES)), []);
  assert.deepEqual(notesOnLogin(loadConfig({ TLS_CERT: '/tls/cert.pem', TLS_KEY: '/tls/key.pem' }, file)), []);
});
