/** The savings page in a real browser: light, dark, on a phone, by keyboard, without script; and how large it is. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { StopRecord } from '../../src/domain/stop-record.ts';
import { importStops } from '../../src/store/import-stops.ts';
import { violationsOn } from '../support/axe.ts';
import { launch, openFramed, type OpenedPage } from '../support/chromium.ts';
import { idOf } from '../support/fleet.ts';
import { startOperator, temporaryDirectory, type Operator } from '../support/operator.ts';
import { as, configWith, secretOf } from '../support/tokens.ts';
import { findTool } from '../support/tools.ts';

const HOSTILE = `"><img src=x onerror="document.title='taken'">`;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MACHINES = 120;
const LIMIT = 60_000;

/** A year in which each machine was stopped every third night; some were wanted back soon. */
function year(now: number): readonly StopRecord[] {
  return Array.from({ length: MACHINES * 122 }, (_, index): StopRecord => {
    const machine = (index % MACHINES) + 1;
    const stoppedAt = now - Math.floor(index / MACHINES) * 3 * DAY_MS - 14 * HOUR_MS - machine * 60_000;
    const minutes = index % 4 === 0 ? 20 : 600;
    return {
      operation: `01900000-0000-7000-8000-${String(index).padStart(12, '0')}`,
      instance: idOf(machine),
      place: { region: 'eu-central-1' },
      name: machine === 1 ? HOSTILE : `gpu-${machine}`,
      owner: machine % 2 === 0 ? 'pia' : 'tom',
      type: 'g5.xlarge',
      by: 'alert',
      rule: machine % 3 === 0 ? 'IdleNotebook' : 'UnusedGPU',
      stoppedAt,
      back: { at: stoppedAt + minutes * 60_000, by: 'person', who: 'pia' },
      price: { perHour: 1.006, currency: 'USD', basis: 'list' },
      ...(machine === 5 ? { committed: { kind: 'capacity_block', id: 'cr-1' } } : {}),
    };
  });
}

const chromium = findTool('chromium', 'chromium');

describe('the savings page', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let fresh: Operator;
  let browser: Browser;

  before(async () => {
    const dataDir = await temporaryDirectory(stack);
    await importStops(dataDir, year(Date.now()));
    const config = configWith({ pia: { scopes: ['read'] } }, { zone: 'Europe/Berlin' });
    operator = stack.use(await startOperator({ environment: { AUTH: '', DATA_DIR: dataDir }, config }));
    fresh = stack.use(await startOperator({ environment: { AUTH: '' }, config }));
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
  });
  after(async () => stack.disposeAsync());

  async function open(path: string, options: BrowserContextOptions = {}, site = operator): Promise<OpenedPage> {
    return openFramed(browser, site.url + path, { extraHTTPHeaders: as('pia'), ...options });
  }

  async function drawn(page: Page): Promise<number> {
    await page.locator('#charts .chart canvas').first().waitFor();
    return page.locator('#charts .chart canvas').count();
  }

  for (const [colorScheme, groupings] of [
    ['light', ['day', 'machine']],
    ['dark', ['owner', 'rule']],
  ] as const)
    test(`axe finds nothing, and the policy allows the charts: ${colorScheme}`, async () => {
      await using opened = await open('/savings', { colorScheme });
      const { page, faults } = opened;
      for (const by of groupings) {
        await page.goto(`${operator.url}/savings?days=90&by=${by}`);
        assert.equal(await drawn(page), 3, by);
        assert.deepEqual(await violationsOn(page), [], by);
        assert.equal(await page.locator('main img').count(), 0, by);
      }
      assert.deepEqual(faults, []);
    });

  test('the dollars and the regrets are in one line, and each figure says how it is counted', async () => {
    await using opened = await open('/savings');
    const { page } = opened;
    assert.match(
      await page.locator('.headline').innerText(),
      /\$[\d,]+ at list price saved \(\$[\d,]+ off the bill\), [\d.]+ % of stops regretted/,
    );
    const figures = page.locator('.figures > div');
    for (const figure of await figures.all()) assert.equal(await figure.locator('dd.faint').count(), 1);
    await page.getByText('What the bill drops by').waitFor();
    assert.ok((await page.getByText('wanted back within 30 minutes in').count()) > 0, 'suggestions');
  });

  test('the charts show what the table says, at a change of colours and of the width, too', async () => {
    await using opened = await open('/savings?days=30');
    const { page, faults } = opened;
    assert.equal(await drawn(page), 3);
    assert.equal(await page.locator('#days tbody tr').count(), 30);
    const canvas = page.locator('#charts canvas').first();
    const colours = await page.evaluate(
      `const canvas = document.querySelector('#charts canvas');
       new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size`,
    );
    assert.ok(Number(colours) > 3, 'something is drawn');
    assert.equal(await page.locator('#charts figure[aria-hidden="true"]').count(), 3);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.equal(await drawn(page), 3);
    await page.setViewportSize(PHONE.viewport);
    await page.waitForFunction(`document.documentElement.scrollWidth <= ${PHONE.viewport.width}`);
    const box = await canvas.boundingBox();
    assert.ok(box !== null && box.width <= PHONE.viewport.width);
    assert.deepEqual(faults, []);
  });

  test('a phone shows it without scrolling sideways, and without script there is the table', async () => {
    for (const javaScriptEnabled of [true, false]) {
      await using opened = await open('/savings?by=machine', { ...PHONE, javaScriptEnabled });
      const { page } = opened;
      const box = await page.locator('main').boundingBox();
      assert.ok(box !== null && box.width <= 390, `${box?.width}`);
      assert.equal(await page.locator('#groups tbody tr').count(), 100);
      assert.equal(await page.locator('#charts').isVisible(), javaScriptEnabled);
      if (javaScriptEnabled) assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 390);
      else assert.match(await page.locator('main').innerText(), /20 more, which saved less, are in the CSV file/);
    }
  });

  test('a day stands in one line on a phone, and a chart names no day before one is pointed at', async () => {
    await using opened = await open('/savings', PHONE);
    const { page } = opened;
    await page.locator('.u-legend').first().waitFor({ state: 'attached' });
    const lines =
      'new Set([...days.tBodies[0].rows[0].cells[0].firstChild.getClientRects()].map(({ top }) => top)).size';
    assert.equal(await page.evaluate(lines), 1);
    const label = page.locator('.u-legend .u-series', { hasText: 'Day' }).first();
    assert.equal(await label.isVisible(), false);
    await page.locator('.u-over').first().hover();
    await label.waitFor();
  });

  test('forced colours keep apart the page that is open, the figures of a chart, and the states of machines', async () => {
    await using opened = await open('/savings', { forcedColors: 'active' });
    const { page } = opened;
    await page.locator('.u-legend').first().waitFor({ state: 'attached' });
    const colours = await page.evaluate(`(() => {
      const main = document.querySelector('main');
      main.insertAdjacentHTML('beforeend', '<table><tbody><tr><td class="s on">running<td class="s off">stopped</table>');
      const each = (selector, name, part) =>
        [...main.parentNode.querySelectorAll(selector)].slice(0, 2).map((one) => getComputedStyle(one, part)[name]);
      const bars = [...document.querySelectorAll('.chart')].at(-1).querySelectorAll('.u-marker');
      return [
        each('.bar li a', 'borderBottomColor'),
        each('td.s', 'backgroundColor', '::before'),
        [...bars].slice(-2).map((one) => getComputedStyle(one).backgroundColor),
      ];
    })()`);
    assert.ok(Array.isArray(colours) && colours.length === 3);
    for (const [index, pair] of colours.entries()) {
      assert.ok(Array.isArray(pair) && pair.length === 2, String(pair));
      assert.notEqual(pair[0], pair[1], `pair ${index}: ${pair.join(' and ')}`);
    }
  });

  test('the file for a spreadsheet is one press away, with what the page shows', async () => {
    await using opened = await open('/savings?days=90&by=rule&mine=true', { extraHTTPHeaders: {} });
    const { page } = opened;
    // A download carries the cookie of a login, and no header of ours.
    await page.locator('input[name=token]').fill(secretOf('pia'));
    await page.keyboard.press('Enter');
    await page.locator('.headline').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Download CSV').click()]);
    assert.match(download.suggestedFilename(), /^savings-by-rule-.*\.csv$/);
    const text = await readFile(await download.path(), 'utf8');
    assert.match(text, /^rule,[^]*\r\nUnusedGPU,/);
    const [head = [], ...lines] = text.split('\r\n').map((line) => line.split(','));
    const stops = lines.find(([rule]) => rule === 'UnusedGPU')?.[head.indexOf('stops')];
    const row = page.locator('#groups tr', { hasText: 'UnusedGPU' });
    assert.equal((await row.locator('td').allInnerTexts())[2], Number(stops).toLocaleString('en-US'));
  });

  test('a machine has its own sums, also when nothing else is known of it any more', async () => {
    await using opened = await open('/savings?by=machine');
    const { page, faults } = opened;
    await page.locator('#groups').getByText('gpu-2', { exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'gpu-2' }).waitFor();
    const card = page.locator('section', { has: page.getByText('Saved in the last 30 days') });
    assert.match(await card.innerText(), /Hours saved\s+[\d.]+ h[^]*\$[\d.]+[^]*\d+ % of stops regretted/);
    assert.deepEqual(await violationsOn(page), []);
    assert.deepEqual(faults, []);
  });

  test('by keyboard alone, a person chooses a period and her own machines', async () => {
    await using opened = await open('/savings');
    const { page, faults } = opened;
    await page.getByLabel('The last').focus();
    await page.keyboard.press('ArrowUp');
    await page.getByLabel('By', { exact: true }).focus();
    await page.keyboard.type('owner');
    await page.getByLabel('My machines').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.waitForURL(/days=7&by=owner&mine=true/);
    assert.deepEqual(await page.locator('#groups tbody th').allInnerTexts(), ['pia']);
    assert.deepEqual(faults, []);
  });

  test('the link of a digest shows its week, until a person chooses another period', async () => {
    const [since, until] = [10, 3].map((days) => new Date(Date.now() - days * DAY_MS).toISOString());
    await using opened = await open(`/savings?since=${since}&until=${until}&by=machine`);
    const { page, faults } = opened;
    assert.match(await page.locator('.lead').innerText(), /^From .+ until \w{3} .+ C\w+T\.$/);
    assert.equal(await page.getByLabel('The last').inputValue(), '');
    await page.getByLabel('By', { exact: true }).selectOption('rule');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/since=.*&until=.*&days=&by=rule/);
    await page.getByLabel('The last').selectOption('7');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/days=7/);
    assert.match(await page.locator('.lead').innerText(), /until now\.$/);
    assert.equal(await page.locator('input[name=since]').count(), 0);
    assert.deepEqual(faults, []);
  });

  test('without any stop, it says what to do next', async () => {
    await using opened = await open('/savings', {}, fresh);
    const { page, faults } = opened;
    await page.getByText('Nothing was stopped in this time, so nothing was saved.').waitFor();
    assert.deepEqual(await violationsOn(page), []);
    assert.equal(await page.getByText('Download CSV').count(), 0);
    assert.deepEqual(faults, []);
  });

  test('a year is small to send, and so is all that belongs to it', async () => {
    await using opened = await open('/savings?days=365&by=machine');
    const { page } = opened;
    await drawn(page);
    const sizes: unknown = await page.evaluate(
      `[performance.getEntriesByType('navigation')[0].encodedBodySize,
        performance.getEntriesByType('resource').reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)]`,
    );
    assert.ok(Array.isArray(sizes));
    const [html, rest] = sizes.map(Number);
    assert.ok((html ?? NaN) > 0 && (html ?? NaN) < LIMIT, `the page has ${html} bytes`);
    assert.ok((rest ?? NaN) > 0 && (rest ?? NaN) < LIMIT, `all else has ${rest} bytes`);
  });
});
