/** What goes wrong, as a person sees it in a browser: with a store that is away, and before there is a request at all. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { violationsOn } from '../support/axe.ts';
import { launch, openFramed } from '../support/chromium.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { startCluster } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { press } from '../support/press.ts';
import { startWebProxy } from '../support/web-proxy.ts';
import { findTool } from '../support/tools.ts';

const TOKEN = 'a-token-that-is-long-enough';
const chromium = findTool('chromium', 'chromium');
const skip = 'skip' in chromium ? chromium.skip : false;

async function logIn(page: Page): Promise<void> {
  await page.getByLabel('Token').fill(TOKEN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
}

describe('a store that is away', { skip }, () => {
  test('each page says so in the dark, too, keeps the form that was filled in, and is there again once the store is', async (t) => {
    const cluster = await startCluster().catch((error: unknown) => String(error));
    if (typeof cluster === 'string') return t.skip(cluster);
    await using stack = new AsyncDisposableStack();
    stack.use(cluster);
    const operator = stack.use(
      await startOperator({
        machines: [machine(1, { name: 'gpu-1' })],
        environment: { AUTH: '', AUTH_TOKEN: TOKEN, DATABASE_URL: await cluster.createDatabase() },
        watch: true,
      }),
    );
    assert.ok('path' in chromium);
    const browser = stack.adopt(await launch(chromium.path), async (open) => open.close());
    await using opened = await openFramed(browser, operator.url, { colorScheme: 'dark' });
    const { page, faults } = opened;
    await logIn(page);
    await eventually('the watch has looked', async () => {
      await page.reload();
      return (await page.getByRole('link', { name: 'gpu-1' }).count()) > 0 ? true : undefined;
    });
    const row = page.locator(`#${idOf(1)}`);
    await press(row.getByRole('button', { name: 'Keep…' }));
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Keep 1 h/ })
      .waitFor();
    await cluster.stop();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Keep 1 h/ })
      .click();
    await page.getByText('Nothing was changed: the store is unavailable').waitFor();
    for (const path of [
      '/',
      '/operations',
      `/machines/${idOf(1)}`,
      `/machines/${idOf(1)}/stop`,
      '/savings',
      '/login',
    ]) {
      await page.goto(operator.url + path);
      await page.getByRole('heading', { name: 'This is not available right now' }).waitFor();
      await page.getByRole('link', { name: 'All machines' }).waitFor();
      assert.deepEqual(await violationsOn(page), [], path);
    }
    await page.goto(`${operator.url}/operations?machine=gpu-1`);
    await cluster.start();
    await eventually('the page is there again', async () => {
      const again = page.getByRole('link', { name: 'Try again' });
      if ((await again.count()) > 0) await again.click();
      return (await page.getByRole('heading', { name: 'Operations' }).count()) > 0 ? true : undefined;
    });
    assert.equal(await page.getByLabel('Machine').inputValue(), 'gpu-1');
    assert.deepEqual(faults, []);
  });
});

describe('before there is a request', { skip, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;

  before(async () => {
    operator = stack.use(await startOperator({ watch: true }));
    await eventually('the watch has looked', async () => {
      const { text } = await operator.request('/');
      return text.includes(`id="${idOf(1)}"`) ? true : undefined;
    });
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
  });
  after(async () => stack.disposeAsync());

  test('an address or cookies that are too long have a page of our words, with a way on', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openFramed(browser, operator.url, { colorScheme });
      const { page, faults } = opened;
      await page.goto(`${operator.url}/?text=${'x'.repeat(20_000)}`);
      await page.getByRole('heading', { name: 'The address or the cookies are too long' }).waitFor();
      assert.deepEqual(await violationsOn(page), []);
      await page.getByRole('link', { name: 'All machines' }).click();
      await page.getByRole('heading', { name: 'Machines' }).waitFor();
      const cookie = (name: string) => ({ name, value: 'x'.repeat(3_500), url: operator.url });
      await page.context().addCookies(['a', 'b', 'c', 'd', 'e'].map(cookie));
      await page.reload();
      await page.getByText('delete the cookies of this host').waitFor();
      assert.deepEqual(faults, []);
    }
  });

  test('a question after the login at a proxy has ended leads to the login', async () => {
    await using proxy = await startWebProxy([operator.url]);
    await using opened = await openFramed(browser, proxy.url);
    const { page } = opened;
    const keep = page.getByRole('button', { name: 'Keep…' }).first();
    await keep.waitFor();
    proxy.mode = 'logged-out';
    await press(keep);
    await page.waitForURL(`${operator.url}/settings`);
  });

  test('the address of a button that was typed leads to its machine', async () => {
    await using opened = await openFramed(browser, `${operator.url}/machines/${idOf(1)}/release`);
    const { page } = opened;
    await page.getByRole('heading', { name: 'This page cannot be opened like that' }).waitFor();
    await page.getByText('This is the address of a button, not of a page: press the button itself.').waitFor();
    assert.equal(
      await page.getByRole('link', { name: 'The machine', exact: true }).getAttribute('href'),
      `../../machines/${idOf(1)}`,
    );
  });
});
