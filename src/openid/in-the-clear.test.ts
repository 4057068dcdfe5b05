/** In a file of its own, because it changes which authorities the process trusts. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setDefaultCACertificates } from 'node:tls';
import { createAuthority, createCertificate } from '../../test/support/certificates.ts';
import { startHostileProvider } from '../../test/support/openid/hostile.ts';
import { CLIENT } from '../../test/support/openid/provider.ts';
import { temporaryDirectory } from '../../test/support/operator.ts';
import { createOpenid } from './provider.ts';

test('a provider with HTTPS cannot send the code, the secret or the person over plain HTTP', async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const authority = await createAuthority(directory, 'authority');
  const { pem } = await createCertificate(directory, 'provider', authority);
  setDefaultCACertificates([await readFile(authority.cert, 'utf8')]);
  const provider = stack.use(await startHostileProvider(pem));
  const plain = stack.use(await startHostileProvider());
  const logIn = async (document: Readonly<Record<string, unknown>>): Promise<string> => {
    provider.document = document;
    const settings = {
      issuer: provider.issuer,
      clientId: CLIENT.id,
      readSecret: () => CLIENT.secret,
      scopes: ['openid'],
      redirectUri: 'https://ops.example.com/login/callback',
      timeoutMs: 10_000,
    };
    const openid = createOpenid(settings, Date.now);
    const { url, flow } = await openid.begin('/');
    provider.nonce = url.searchParams.get('nonce') ?? '';
    const answer = new URLSearchParams({ code: 'a-code', state: flow.state, iss: provider.issuer });
    return (await openid.finish(flow, answer)).name;
  };
  assert.equal(await logIn({}), 'mallory@example.org');
  for (const document of [
    { authorization_endpoint: `${plain.issuer}/authorize` },
    { token_endpoint: `${plain.issuer}/token` },
    { jwks_uri: `${plain.issuer}/jwks` },
  ])
    await assert.rejects(logIn(document), { name: 'LoginError' }, JSON.stringify(document));
  assert.deepEqual(plain.exchanged, []);
});
