/** Pages that stay up to date in a real browser, while servers behind their proxy are gone for a moment or for long. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launch } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machines } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';
import { startWebProxy, type WebProxy } from '../support/web-proxy.ts';

const MACHINES = 6;
const SECOND = 1_000;
const chromium = findTool('chromium', 'chromium');

describe('a page whose servers go away', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;
  let taken = 0;
  before(async () => {
    operator = stack.use(await startOperator({ machines: machines(MACHINES), watch: true }));
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
    await eventually('the watch has looked', async () => {
      const { text } = await operator.request('/');
      return text.includes(`id="${idOf(MACHINES)}"`) || undefined;
    });
  });
  after(async () => stack.disposeAsync());

  interface Watched extends AsyncDisposable {
    readonly page: Page;
    readonly proxy: WebProxy;
    readonly status: Locator;
    /** Changes the row of a machine of this test's own. */
    readonly hold: () => Promise<void>;
    readonly kept: Locator;
  }

  /** The page of machines behind a proxy. */
  async function watch(): Promise<Watched> {
    const machine = idOf((taken += 1));
    await using opened = new AsyncDisposableStack();
    const proxy = opened.use(await startWebProxy([operator.url]));
    const context = await browser.newContext();
    opened.defer(async () => context.close());
    const page = await context.newPage();
    await page.clock.install();
    const streams = page.waitForResponse(/events/);
    await page.goto(`${proxy.url}/`);
    await streams;
    const used = opened.move();
    return {
      page,
      proxy,
      status: page.locator('.live'),
      kept: page.locator(`#${machine}`).getByText(/Kept by/),
      hold: async () => {
        const { status, text } = await operator.request('/api/v1/holds', json({ target: machine, for: '1h' }));
        assert.equal(status, 201, text);
      },
      [Symbol.asyncDispose]: async () => used.disposeAsync(),
    };
  }

  for (const mode of ['away', 'empty'] as const)
    test(`is live within a minute after a proxy that was ${mode} for long`, async () => {
      await using watched = await watch();
      const { page, proxy, status, hold, kept } = watched;
      proxy.mode = mode;
      const asked = page.waitForRequest(/events/);
      proxy.cut();
      await asked;
      for (let passed = 0; passed < 120; passed += 5) await page.clock.runFor(5 * SECOND);
      await status.getByText(/^Not live: last update/).waitFor();
      proxy.mode = 'pass';
      await hold();
      for (let passed = 0; passed < 60 && (await status.innerText()) !== 'Live again'; passed += 2)
        await page.clock.runFor(2 * SECOND);
      assert.equal(await status.innerText(), 'Live again');
      await kept.waitFor();
    });

  test('behind a proxy that passes the first event alone says so, and does not take each new stream for a live one', async () => {
    await using watched = await watch();
    const { page, proxy, status, hold, kept } = watched;
    proxy.mode = 'hold-rest';
    await page.addInitScript(`
      window.greeted = 0;
      window.EventSource = class extends EventSource {
        constructor(address) {
          super(address);
          for (const type of ['hello', 'hint']) this.addEventListener(type, () => { window.greeted += 1; });
        }
      };`);
    await page.reload();
    const said: string[] = [];
    for (let streams = 1; streams <= 3; streams += 1) {
      await eventually('the first event', async () => (await page.evaluate('window.greeted')) === streams || undefined);
      for (let passed = 0; passed < 45; passed += 5) {
        await page.clock.runFor(5 * SECOND);
        said.push(await status.innerText());
      }
    }
    assert.ok(said.includes('Not live: updated every 15 s'), said.join());
    assert.ok(!said.includes('Live again'), said.join());
    await hold();
    for (let passed = 0; passed < 20; passed += 5) await page.clock.runFor(5 * SECOND);
    await kept.waitFor();
  });

  test('asks again at once where one of several servers does not answer, and makes no fuss of it', async () => {
    await using watched = await watch();
    const { page, status, hold, kept } = watched;
    // As a proxy that takes turns answers for a server that is gone.
    await page.route(/machines\/rows/, async (route) => route.fulfill({ status: 502 }), { times: 1 });
    await hold();
    await kept.waitFor();
    assert.equal(await status.innerText(), '');
  });

  test('that was not live and not seen asks at once when it is seen again', async () => {
    await using watched = await watch();
    const { page, proxy, status, hold, kept } = watched;
    const show = async (isShown: boolean): Promise<void> => {
      await page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${!isShown}, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'))`,
      );
    };
    proxy.mode = 'hold';
    const again = page.waitForRequest(/events/);
    proxy.cut();
    await again;
    await page.clock.runFor(6 * SECOND);
    await status.getByText('Not live: updated every 15 s').waitFor();
    await show(false);
    await hold();
    const read = page.waitForRequest((request) => request.headers()['x-piece'] === 'shared');
    await page.clock.pauseAt(Number(await page.evaluate('Date.now() + 3600000')));
    await show(true);
    await page.clock.runFor(1);
    await read;
    await page.clock.resume();
    await kept.waitFor();
  });
});
