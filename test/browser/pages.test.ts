/** The pages of a machine, of records and of the settings in a real browser: light, dark, on a phone, by keyboard, without script. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { stopAlert } from '../support/alerts.ts';
import { violationsOn } from '../support/axe.ts';
import { launch, openFramed, type OpenedPage } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startListener } from '../support/listener.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const HOSTILE = `"><img src=x onerror="document.title='taken'">`;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;

const chromium = findTool('chromium', 'chromium');

describe('pages of records', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;
  let paths: readonly string[];

  before(async () => {
    const gone = stack.use(await startListener((_request, response) => response.writeHead(404).end(HOSTILE)));
    operator = stack.use(
      await startOperator({
        machines: [1, 2].map((number) =>
          machine(number, { name: number === 1 ? HOSTILE : 'gpu-2', launched: '1d ago', tags: { owner: HOSTILE } }),
        ),
        config: JSON.stringify({
          zone: 'Europe/Berlin',
          warn: { always: true },
          channels: [{ name: 'ml', webhook: { url: gone.url } }],
        }),
        watch: true,
      }),
    );
    await operator.request('/api/v1/holds', json({ target: idOf(2), for: '2h', why: HOSTILE }));
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1), stopAlert(2)]);
    const id = receipt?.operation ?? '';
    paths = [
      `/machines/${idOf(1)}`,
      `/machines/${idOf(2)}`,
      `/operations/${id}`,
      '/operations',
      '/notices',
      '/audit',
      '/settings',
    ];
    await eventually('the machine is seen', async () => {
      const { text } = await operator.request(paths[0] ?? '');
      return text.includes('Last 24 hours') || text.includes('About it') ? true : undefined;
    });
    await eventually('the notice has failed', async () => {
      const { text } = await operator.request('/notices?state=failed');
      return text.includes('notify test ml') ? true : undefined;
    });
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
  });
  after(async () => stack.disposeAsync());

  async function open(path: string, options: BrowserContextOptions = {}): Promise<OpenedPage> {
    return openFramed(browser, operator.url + path, options);
  }

  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds nothing, and the policy allows all of it: ${colorScheme}`, async () => {
      await using opened = await open('/settings', { colorScheme });
      const { page, faults } = opened;
      for (const path of paths) {
        await page.goto(operator.url + path);
        await page.locator('[data-later][aria-busy]').waitFor({ state: 'detached' });
        assert.deepEqual(await violationsOn(page), [], path);
        assert.equal(await page.locator('main img').count(), 0, path);
      }
      assert.deepEqual(faults, []);
    });

  test('a phone shows all of it without scrolling sideways, also without script', async () => {
    for (const javaScriptEnabled of [true, false]) {
      await using opened = await open('/settings', { ...PHONE, javaScriptEnabled });
      const { page } = opened;
      for (const path of paths) {
        await page.goto(operator.url + path);
        // Without script, the browser still lays out the page.
        const box = await page.locator('main').boundingBox();
        assert.ok(box !== null && box.width <= 390, `${path}: ${box?.width}`);
        if (!javaScriptEnabled) continue;
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        assert.ok(Number(wide) <= 390, `${path}: ${String(wide)}`);
        const last = await page.locator('.bar li').last().boundingBox();
        assert.ok(last !== null && last.x + last.width <= 390, `${path}: the end of the bar`);
      }
    }
  });

  test('by keyboard alone, a person filters a list, opens an operation and cancels it', async () => {
    await using opened = await open('/operations');
    const { page, faults } = opened;
    await page.getByLabel('Machine').focus();
    await page.keyboard.type('gpu-2');
    await page.keyboard.press('Enter');
    await page.waitForURL(/machine=gpu-2/);
    assert.equal(await page.locator('.records > li').count(), 1);
    await page.getByRole('link', { name: 'Stop of gpu-2 by alert UnusedGPU' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Cancel this stop' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Cancelled by anyone').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Cancel this stop' }).count(), 0);
    assert.deepEqual(faults, []);
  });

  test('what would happen is loaded after the page, and the page follows the machine', async () => {
    await using opened = await open(`/machines/${idOf(1)}`);
    const { page, faults } = opened;
    await page.getByText('The machine still exists.').waitFor();
    await page.evaluate('window.kept = true');
    await operator.request('/api/v1/holds', json({ target: idOf(1), for: '2h', why: 'live' }));
    await page.getByText('“live”').first().waitFor();
    assert.equal(await page.evaluate('window.kept'), true, 'it was not loaded anew');
    assert.equal(await page.getByText('The machine still exists.').count(), 1, 'what was loaded stays');
    assert.deepEqual(faults, []);
  });
});
