/** Logging in and out in a real browser, each way. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launch } from '../support/chromium.ts';
import { hearing } from '../support/live-page.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { configWith, secretOf } from '../support/tokens.ts';
import { findTool } from '../support/tools.ts';

const chromium = findTool('chromium', 'chromium');

describe('logging in', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;

  before(async () => {
    operator = stack.use(
      await startOperator({
        environment: { AUTH: '' },
        config: configWith(
          { ada: { scopes: ['read', 'stop'] }, robot: { scopes: ['stop'] } },
          { login: { forwarded: { preset: 'remote-user', trusted: ['127.0.0.1'] } } },
        ),
      }),
    );
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
  });
  after(async () => stack.disposeAsync());

  async function open(
    path: string,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; faults: readonly string[] } & AsyncDisposable> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(operator.url + path);
    return { page, faults, [Symbol.asyncDispose]: async () => context.close() };
  }
  const paste = async (page: Page, token: string): Promise<void> => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Log in' }).click();
  };

  for (const javaScriptEnabled of [true, false])
    test(`a token is pasted once, ${javaScriptEnabled ? 'with' : 'without'} script, and the page is there that was wanted`, async () => {
      await using opened = await open('/?owner=ada', { javaScriptEnabled });
      const { page, faults } = opened;
      assert.equal(new URL(page.url()).pathname, '/login');
      await paste(page, 'not-the-token-that-it-is');
      assert.match(await page.getByRole('alert').innerText(), /Expected a valid token/);
      await paste(page, ` ${secretOf('ada')}\n`);
      await page.getByRole('button', { name: 'Log out' }).waitFor();
      const { pathname, search } = new URL(page.url());
      assert.equal(pathname + search, '/?owner=ada');
      assert.match(await page.getByRole('banner').innerText(), /\bada\b/);
      const [cookie] = await page.context().cookies();
      assert.deepEqual([cookie?.name, cookie?.httpOnly, cookie?.sameSite], ['ec2op_session', true, 'Lax']);
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      assert.deepEqual(await page.context().cookies(), []);
      await page.goto(operator.url);
      assert.equal(new URL(page.url()).pathname, '/login');
      assert.deepEqual(faults, []);
    });

  test('a token that may not read is told so on a page, and another may be pasted', async () => {
    await using opened = await open('/login');
    const { page, faults } = opened;
    await paste(page, secretOf('robot'));
    assert.match(await page.getByRole('main').innerText(), /Expected a token with the scope read; robot has stop/);
    await page.goto(`${operator.url}/login`);
    await page.getByText('You are logged in as robot').waitFor();
    await paste(page, secretOf('ada'));
    await page.getByRole('button', { name: 'Log out' }).waitFor();
    assert.deepEqual(faults, []);
  });

  test('an open page says that its person has logged out in another tab, and goes on when she is back', async () => {
    await using opened = await open('/login');
    const { page, faults } = opened;
    await paste(page, secretOf('ada'));
    const out = page.getByRole('button', { name: 'Log out' });
    await out.waitFor();
    const other = await page.context().newPage();
    await other.clock.install();
    await hearing(other, async () => other.goto(operator.url));
    const refused = other.waitForResponse((answer) => answer.url().includes('/events') && answer.status() === 401);
    await out.click();
    await refused;
    await other.clock.fastForward(6_000);
    await other.getByText('You are logged out: load the page again to log in.').waitFor();
    await paste(page, secretOf('ada'));
    await out.waitFor();
    await other.clock.fastForward(31_000);
    await other.getByText('Live again').waitFor();
    assert.deepEqual(faults, []);
  });

  test('behind a proxy that logs people in, the page is there at once', async () => {
    await using opened = await open('/', { extraHTTPHeaders: { 'remote-user': 'eve@example.org' } });
    const { page, faults } = opened;
    assert.equal(new URL(page.url()).pathname, '/');
    assert.match(await page.getByRole('banner').innerText(), /sso:eve@example\.org/);
    assert.equal(await page.getByRole('button', { name: 'Log out' }).count(), 0, 'only the proxy can log people out');
    assert.deepEqual(await page.context().cookies(), []);
    assert.deepEqual(faults, []);
  });

  test('an open page says that its person may not see it any more', async () => {
    await using opened = await open('/login', { extraHTTPHeaders: { 'remote-user': 'eve@example.org' } });
    const { page } = opened;
    await page.clock.install();
    await hearing(page, async () => page.goto(operator.url));
    // The proxy has come to name nobody who has rights.
    await page.context().setExtraHTTPHeaders({ 'remote-user': 'eve, who has left' });
    await page.clock.fastForward(2 * 60_000 + 1_000);
    await page.getByText('You may not see this any more: load the page again to see why.').waitFor();
  });

  test('a page of another site cannot log anybody out, nor show the pages in a frame', async () => {
    await using opened = await open('/login');
    const { page } = opened;
    await paste(page, secretOf('ada'));
    await page.getByRole('button', { name: 'Log out' }).waitFor();
    const elsewhere = operator.url.replace('127.0.0.1', 'localhost');
    await page.route(`${elsewhere}/evil`, async (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<iframe src="${operator.url}/"></iframe><form method="post" action="${operator.url}/logout"><button>Win a prize</button></form>`,
      }),
    );
    await page.goto(`${elsewhere}/evil`);
    const [, frame] = page.frames();
    assert.doesNotMatch((await frame?.content()) ?? '', /Log out/);
    await page.getByRole('button', { name: 'Win a prize' }).click();
    await page.getByText('Expected a request of our own pages').waitFor();
    await page.goto(operator.url);
    await page.getByRole('button', { name: 'Log out' }).waitFor();
  });
});
