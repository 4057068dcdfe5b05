import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { startHostileProvider, type HostileProvider } from '../../test/support/openid/hostile.ts';
import { CLIENT, startOpenidProvider } from '../../test/support/openid/provider.ts';
import { visitProvider } from '../../test/support/openid/visit.ts';
import { LoginError, reasonsOf, type LoginFault } from './login-error.ts';
import { createOpenid, type Openid } from './provider.ts';
import type { OpenidSettings } from './settings.ts';

const BACK = 'https://ops.example.com/login/callback';

function settingsOf(issuer: string): OpenidSettings {
  return {
    issuer,
    clientId: CLIENT.id,
    readSecret: () => CLIENT.secret,
    scopes: ['openid', 'email', 'profile'],
    redirectUri: BACK,
    groupsClaim: 'groups',
    timeoutMs: 10_000,
  };
}

function openidAt(issuer: string, more: Partial<OpenidSettings> = {}): Openid {
  return createOpenid({ ...settingsOf(issuer), ...more }, Date.now);
}

/** Begins a login, and comes back from the provider with a code. */
async function comeBack(provider: HostileProvider, openid: Openid, more: Readonly<Record<string, string>> = {}) {
  const { url, flow } = await openid.begin('/machines');
  provider.nonce = url.searchParams.get('nonce') ?? '';
  const answer = new URLSearchParams({ code: 'a-code', state: flow.state, iss: provider.issuer, ...more });
  return { flow, finish: async () => openid.finish(flow, answer) };
}

async function personOf(finished: ReturnType<Openid['finish']>) {
  const { at = 0, ...person } = await finished;
  assert.ok(Math.abs(at - Date.now()) < 60_000, 'as of now, by the clock of the provider');
  return person;
}

async function faultOf(
  promise: Promise<unknown>,
): Promise<{ readonly fault: LoginFault; readonly told: string; readonly logged: string }> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LoginError, `expected a LoginError, got ${String(error)}`);
  return { fault: error.fault, told: error.message, logged: reasonsOf(error) };
}

test('the browser is sent with a code challenge, and nothing of it can be guessed or is the secret', async () => {
  await using provider = await startHostileProvider();
  const openid = openidAt(provider.issuer);
  const [one, other] = [await openid.begin('/'), await openid.begin('/')];
  const { searchParams } = one.url;
  assert.equal(`${one.url.origin}${one.url.pathname}`, `${provider.issuer}/authorize`);
  assert.equal(searchParams.get('code_challenge_method'), 'S256');
  assert.equal(searchParams.get('response_type'), 'code');
  assert.equal(searchParams.get('redirect_uri'), BACK);
  assert.equal(searchParams.get('scope'), 'openid email profile');
  assert.ok(!one.url.href.includes(one.flow.verifier) && !one.url.href.includes(CLIENT.secret));
  for (const key of ['state', 'nonce', 'verifier'] as const) {
    assert.ok(one.flow[key].length >= 43, key);
    assert.notEqual(one.flow[key], other.flow[key]);
  }
});

test('an answer that is right names the person, and the code is exchanged with the verifier', async () => {
  await using provider = await startHostileProvider();
  provider.claims = { groups: ['ml', 'ops'] };
  const { flow, finish } = await comeBack(provider, openidAt(provider.issuer));
  assert.deepEqual(await personOf(finish()), {
    name: 'mallory@example.org',
    groups: ['ml', 'ops'],
    lacksGroups: false,
  });
  assert.equal(provider.exchanged[0]?.get('code_verifier'), flow.verifier);
  assert.equal(provider.exchanged[0].get('redirect_uri'), BACK);
});

const LIES: Readonly<Record<string, (provider: HostileProvider) => void>> = {
  'a nonce of another login': (provider) => (provider.claims = { nonce: 'of-another-login' }),
  'no nonce': (provider) => (provider.claims = { nonce: undefined }),
  'an audience that is not us': (provider) => (provider.claims = { aud: 'another-client' }),
  'two audiences, made for another client': (provider) =>
    (provider.claims = { aud: [CLIENT.id, 'another-client'], azp: 'another-client' }),
  'a foreign issuer': (provider) => (provider.claims = { iss: 'https://login.example.org' }),
  'a time that is over': (provider) => (provider.claims = { exp: Math.floor(Date.now() / 1_000) - 300 }),
  'no end': (provider) => (provider.claims = { exp: undefined }),
  'a signature by another key': (provider) => (provider.signs = 'other_key'),
  'no signature, although the document allows it': (provider) => (provider.signs = 'none'),
  'a signature with the public key as a secret': (provider) => (provider.signs = 'with_public_key'),
  'no ID token': (provider) => (provider.signs = 'nothing'),
};

for (const [lie, tell] of Object.entries(LIES))
  test(`an ID token is refused with ${lie}`, async () => {
    await using provider = await startHostileProvider();
    const { flow, finish } = await comeBack(provider, openidAt(provider.issuer));
    tell(provider);
    const { fault, told, logged } = await faultOf(finish());
    assert.equal(fault, 'unproven');
    assert.ok(!told.includes('mallory'), told);
    assert.ok(logged.length > told.length, 'the log knows more');
    for (const secret of [CLIENT.secret, flow.nonce, flow.verifier, flow.state, 'a-code', 'of-no-use'])
      assert.ok(!logged.includes(secret), logged);
  });

test('clocks may differ by a minute', async () => {
  await using provider = await startHostileProvider();
  const { finish } = await comeBack(provider, openidAt(provider.issuer));
  const now = Math.floor(Date.now() / 1_000);
  provider.claims = { iat: now + 30, nbf: now + 30, exp: now - 30 };
  assert.equal((await finish()).name, 'mallory@example.org');
});

test('an answer of another provider, or for another login, exchanges no code', async () => {
  await using provider = await startHostileProvider();
  const openid = openidAt(provider.issuer);
  for (const more of [
    { iss: 'https://login.example.org' },
    { iss: '' },
    { state: 'of-another-login' },
    { state: '' },
  ]) {
    const { finish } = await comeBack(provider, openid, more);
    assert.equal((await faultOf(finish())).fault, 'unproven', JSON.stringify(more));
  }
  const { flow } = await comeBack(provider, openid);
  for (const answer of [
    '',
    'code=a-code',
    `state=${flow.state}`,
    `code=a&code=b&state=${flow.state}&iss=${provider.issuer}`,
  ])
    assert.equal((await faultOf(openid.finish(flow, new URLSearchParams(answer)))).fault, 'unproven', answer);
  assert.deepEqual(provider.exchanged, []);
});

test("the provider's words are shown short and on one line, and only for a login that we began", async () => {
  await using provider = await startHostileProvider();
  const openid = openidAt(provider.issuer);
  const hostile = `call +1 555\n\u202e${'!'.repeat(9_000)} https://evil.example.org`;
  const more = { error: 'access_denied', error_description: hostile };
  const { fault, told } = await faultOf((await comeBack(provider, openid, more)).finish());
  assert.equal(fault, 'denied');
  assert.match(told, /^the login provider says "access_denied" \("call \+1 555 !/);
  assert.ok(told.length < 320 && !/[\n\u202e]/.test(told), told);
  const unasked = await faultOf((await comeBack(provider, openid, { ...more, state: 'guessed' })).finish());
  assert.ok(unasked.fault === 'unproven' && !unasked.told.includes('555'), unasked.told);
});

test('a code that was used is a login to begin again; a secret that is wrong is told as such', async () => {
  await using provider = await startHostileProvider();
  const openid = openidAt(provider.issuer);
  provider.refusal = { status: 400, body: { error: 'invalid_grant' } };
  assert.equal((await faultOf((await comeBack(provider, openid)).finish())).fault, 'stale');
  provider.refusal = { status: 401, body: { error: 'invalid_client', error_description: CLIENT.id } };
  const { fault, told } = await faultOf((await comeBack(provider, openid)).finish());
  assert.equal(fault, 'unproven');
  assert.match(told, /does not take ec2-operator for its client: it says "invalid_client"/);
  assert.ok(!told.includes(CLIENT.secret));
});

test('a provider that breaks as the code is exchanged is down, and not a liar', async () => {
  await using provider = await startHostileProvider();
  const openid = openidAt(provider.issuer);
  for (const refusal of ['none', { status: 502, body: 'x' }, { status: 200, body: 'x'.repeat(2_000_000) }] as const) {
    provider.refusal = refusal;
    const { fault, told } = await faultOf((await comeBack(provider, openid)).finish());
    assert.equal(fault, 'provider_down', told);
  }
});

test('a document of another issuer is refused, and so is a page at an address that is none', async () => {
  await using provider = await startHostileProvider();
  provider.document = { issuer: 'https://login.example.org' };
  const { fault } = await faultOf(openidAt(provider.issuer).begin('/'));
  assert.equal(fault, 'provider_down');
  provider.document = { authorization_endpoint: 'javascript:alert(1)' };
  assert.equal((await faultOf(openidAt(provider.issuer).begin('/'))).fault, 'provider_down');
});

test('an address that the provider does not vouch for is nobody', async () => {
  await using provider = await startHostileProvider();
  const { finish } = await comeBack(provider, openidAt(provider.issuer));
  provider.claims = { email: 'alice@example.org', email_verified: false, preferred_username: 'alice@example.org' };
  const { fault, told } = await faultOf(finish());
  assert.equal(fault, 'denied');
  assert.match(told, /calls unverified/);
});

test('a provider that is down, or never answers, is told as such; once it is back, people log in', async () => {
  const dead = createServer().listen(0, '127.0.0.1');
  await once(dead, 'listening');
  const address = dead.address();
  assert.ok(address !== null && typeof address !== 'string');
  dead.close();
  await once(dead, 'close');
  const { fault, told } = await faultOf(openidAt(`http://localhost:${address.port}`).begin('/'));
  assert.equal(fault, 'provider_down');
  assert.match(told, /the login provider localhost:\d+ does not answer/);
  await using provider = await startOpenidProvider();
  provider.admit(BACK);
  const silence = Promise.withResolvers<void>();
  provider.stalled = silence.promise;
  const openid = openidAt(provider.issuer, { timeoutMs: 50 });
  assert.equal((await faultOf(openid.begin('/'))).fault, 'provider_down');
  silence.resolve();
  provider.stalled = undefined;
  await openidAt(provider.issuer).begin('/');
});

test('people log in at a real provider, whichever way it takes the secret, and whatever key it signs with now', async () => {
  await using provider = await startOpenidProvider();
  provider.admit(BACK, { token_endpoint_auth_method: 'client_secret_post' });
  provider.people.set('alice', { email: 'alice@example.org', email_verified: true, groups: ['ml'] });
  const openid = openidAt(provider.issuer);
  const logIn = async (): Promise<unknown> => {
    const { url, flow } = await openid.begin('/');
    return personOf(openid.finish(flow, (await visitProvider(url, 'alice')).searchParams));
  };
  const alice = { name: 'alice@example.org', groups: ['ml'], lacksGroups: false };
  assert.deepEqual(await logIn(), alice);
  provider.rotateKeys();
  assert.deepEqual(await logIn(), alice);
});

test('a public client has no secret; addresses and groups may be in UserInfo alone', async () => {
  await using provider = await startOpenidProvider({ claimsIn: 'userinfo' });
  provider.admit(BACK, { token_endpoint_auth_method: 'none' });
  provider.people.set('bob', { preferred_username: 'bob', realm_access: { roles: ['ops', 'ops', 7] } });
  const { readSecret: _, ...settings } = settingsOf(provider.issuer);
  const openid = createOpenid({ ...settings, groupsClaim: 'realm_access.roles' }, Date.now);
  const { url, flow } = await openid.begin('/');
  const answer = (await visitProvider(url, 'bob')).searchParams;
  assert.deepEqual(await personOf(openid.finish(flow, answer)), { name: 'bob', groups: ['ops'], lacksGroups: false });
  // The code was used.
  assert.equal((await faultOf(openid.finish(flow, answer))).fault, 'stale');
});

test('those who wait share one question, and the answer is kept', async () => {
  await using provider = await startHostileProvider();
  const openid = openidAt(provider.issuer);
  provider.document = { issuer: 'https://login.example.org' };
  await assert.rejects(openid.begin('/'));
  provider.document = {};
  await Promise.all(Array.from({ length: 20 }, async () => openid.begin('/')));
  provider.document = { issuer: 'https://login.example.org' };
  await openid.begin('/');
});
