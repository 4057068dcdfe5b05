/**
 * Login by OpenID Connect in a real browser: from the page that was asked for to the provider's form, and back. Each request is answered
 * by another one of three replicas.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../support/chromium.ts';
import { CLIENT, startOpenidProvider } from '../support/openid/provider.ts';
import { startOperator } from '../support/operator.ts';
import { startCluster } from '../support/postgres.ts';
import { findTool } from '../support/tools.ts';
import { startWebProxy } from '../support/web-proxy.ts';

const chromium = findTool('chromium', 'chromium');
const cluster = await startCluster().catch((error: unknown) => String(error));
const lacking = 'skip' in chromium ? chromium.skip : typeof cluster === 'string' ? cluster : false;

test(
  'a person logs in at the provider, on another site, and is back on the page asked for',
  { skip: lacking },
  async () => {
    assert.ok(typeof cluster !== 'string');
    await using stack = new AsyncDisposableStack();
    stack.use(cluster);
    const servers: string[] = [];
    const { url } = stack.use(await startWebProxy(servers));
    const provider = stack.use(await startOpenidProvider({ claimsIn: 'userinfo' }));
    provider.admit(`${url}/login/callback`, { token_endpoint_auth_method: 'none' });
    provider.people.set('alice', { email: 'alice@example.org', email_verified: true });
    const options = {
      environment: { AUTH: '', PUBLIC_URL: url, DATABASE_URL: await cluster.createDatabase() },
      config: `login: { oidc: { issuer: "${provider.issuer}", client_id: ${CLIENT.id} } }`,
    };
    const first = stack.use(await startOperator(options));
    for (const _ of [2, 3]) servers.push(stack.use(await startOperator({ ...options, after: first })).url);
    servers.push(first.url);
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
    // Back leads past the provider to the page of the login, and may lead to an answer that has counted.
    await page.goBack();
    await page.goBack();
    await page.getByText('You are logged in as sso:alice@example.org').waitFor();
    await page.goto(`${url}/login/callback?state=old&code=old`);
    await page.getByRole('link', { name: 'Go on' }).click();
    await page.getByText('sso:alice@example.org').waitFor();
    // Another tab, in which the login was begun earlier, is told who is logged in.
    const tab = await context.newPage();
    await tab.goto(`${url}/login?next=%2Fsavings`);
    await tab.getByRole('link', { name: 'Go on' }).click();
    await tab
      .getByRole('heading', { name: /saved|savings/i })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('link', { name: /log in/i }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: /log in/i }).waitFor();
    assert.equal(await page.getByText('sso:alice@example.org').count(), 0, 'nothing is shown of what was before');
    assert.deepEqual(complaints, []);
  },
);
