/** Login by OpenID Connect in a real browser: from the page that was asked for to the provider's form, and back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../support/chromium.ts';
import { findFreePort } from '../support/free-port.ts';
import { CLIENT, startOpenidProvider } from '../support/openid/provider.ts';
import { startOperator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const chromium = findTool('chromium', 'chromium');

test(
  'a person logs in at the provider, on another site, and is back on the page asked for',
  {
    skip: 'skip' in chromium ? chromium.skip : false,
  },
  async () => {
    await using stack = new AsyncDisposableStack();
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const provider = stack.use(await startOpenidProvider({ claimsIn: 'userinfo' }));
    provider.admit(`${url}/login/callback`, { token_endpoint_auth_method: 'none' });
    provider.people.set('alice', { email: 'alice@example.org', email_verified: true });
    stack.use(
      await startOperator({
        environment: { AUTH: '', AUTH_TOKEN: 'a-token-that-is-long-enough', PORT: String(port), PUBLIC_URL: url },
        config: `login: { oidc: { issuer: "${provider.issuer}", client_id: ${CLIENT.id} } }`,
      }),
    );
    assert.ok('path' in chromium);
    const browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/policy|cookie/i.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${url}/?owner=alice`);
    await page.getByRole('link', { name: /log in/i }).click();
    await page.getByLabel('Name').fill('alice');
    await page.getByRole('button').click();
    await page.waitForURL(`${url}/?owner=alice`);
    await page.getByText('sso:alice@example.org').waitFor();
    const own = (await context.cookies(url)).filter(({ name }) => name.includes('ec2op'));
    assert.deepEqual(
      own.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]),
      [['ec2op_session', true, 'Lax']],
    );
    // Back leads to the answer of the provider, which has counted.
    await page.goto(`${url}/login/callback?state=old&code=old`);
    await page.getByRole('link', { name: 'Go on' }).click();
    await page.getByText('sso:alice@example.org').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('link', { name: /log in/i }).waitFor();
    assert.deepEqual(complaints, []);
  },
);
