/** What people have to see: where the keyboard is, and text that is readable at every width, also while something is on its way. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { stopAlert } from '../support/alerts.ts';
import { violationsOn } from '../support/axe.ts';
import { launch, openFramed } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const HOSTILE = `${'<b>'.repeat(20)}${'long'.repeat(40)}`;
const OF_MACHINE = `/machines/${idOf(1)}`;
const PAGES = ['/', OF_MACHINE, `${OF_MACHINE}/start`, `${OF_MACHINE}/keep`, `${OF_MACHINE}/stop`, '/savings'] as const;
const RECORDS = ['/operations', '/notices', '/audit', '/settings', '/login', '/nowhere'] as const;
const ALL = [...PAGES, ...RECORDS];

const chromium = findTool('chromium', 'chromium');

describe('sight', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;

  before(async () => {
    operator = stack.use(
      await startOperator({
        machines: [
          machine(1, { name: HOSTILE, launched: '1d ago', tags: { owner: HOSTILE, [HOSTILE.slice(0, 100)]: HOSTILE } }),
          machine(2, { name: 'gpu-2', type: 'p5.48xlarge', launched: '1d ago', tags: { owner: 'Mustermann, Max' } }),
        ],
        config: JSON.stringify({ warn: { always: true } }),
        watch: true,
      }),
    );
    await operator.post('/operateHostname', [stopAlert(1)]);
    await eventually('the watch has looked', async () => {
      const { text } = await operator.request('/');
      return text.includes(`id="${idOf(1)}"`) ? true : undefined;
    });
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
  });
  after(async () => stack.disposeAsync());

  for (const [mode, options] of Object.entries({
    'at 640 px': { viewport: { width: 640, height: 400 } },
    'at 320 px in the dark': { viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
  } as const))
    test(`every page is readable and fits ${mode}, with a long and hostile name`, async () => {
      await using opened = await openFramed(browser, operator.url, options);
      const { page, faults } = opened;
      for (const path of ALL) {
        await open(page, path);
        assert.deepEqual(await violationsOn(page), [], path);
        const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(beyond) <= 0, `${path} is ${String(beyond)} px too wide`);
      }
      assert.deepEqual(faults, []);
    });

  test('every page fits a phone whose letters are twice as large', async () => {
    assert.ok('path' in chromium);
    const large = await launch(chromium.path, ['--blink-settings=defaultFontSize=32,defaultFixedFontSize=26']);
    stack.defer(async () => large.close());
    await using opened = await openFramed(large, operator.url, { viewport: { width: 390, height: 780 } });
    const { page } = opened;
    assert.equal(await page.evaluate('getComputedStyle(document.documentElement).fontSize'), '32px');
    for (const path of ALL) {
      await open(page, path);
      const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert.ok(Number(beyond) <= 0, `${path} is ${String(beyond)} px too wide`);
    }
  });

  test('ids and owners in rows are whole at every width', async () => {
    await using opened = await openFramed(browser, `${operator.url}/?text=gpu-2`);
    const { page } = opened;
    for (const width of [320, 390, 700, 1074, 1280, 1473, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      assert.deepEqual(await page.evaluate(CUT_IN_ROW), [], `at ${width} px`);
    }
  });

  test('a click selects the whole id of a machine', async () => {
    await using opened = await openFramed(browser, `${operator.url}/?text=gpu-2`);
    const { page } = opened;
    const selected = async (): Promise<unknown> => page.evaluate('String(getSelection())');
    await page.locator(`#${idOf(2)} .m span`).click();
    assert.equal(await selected(), idOf(2));
    await open(page, `/machines/${idOf(2)}`);
    await page.locator('.facts code').first().click();
    assert.equal(await selected(), idOf(2));
  });

  test('what is loaded later, and a button that was pressed, are readable meanwhile', async () => {
    await using opened = await openFramed(browser, operator.url);
    const { page } = opened;
    const held = Promise.withResolvers<void>();
    await page.route(/\/(?:outlook|keep)\b/, async (route) => {
      await held.promise;
      await route.abort();
    });
    await page.goto(operator.url + OF_MACHINE);
    await page.locator('[data-later][aria-busy]').waitFor();
    assert.deepEqual(await violationsOn(page), []);
    await page.goto(operator.url);
    await page.getByRole('button', { name: 'Keep…' }).first().click();
    await page.locator('button[aria-busy]').waitFor();
    assert.deepEqual(await violationsOn(page), []);
    assert.deepEqual(
      await page.evaluate(
        `[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).opacity < 1).length`,
      ),
      0,
    );
    held.resolve();
  });

  for (const forcedColors of ['none', 'active'] as const)
    test(`a ring stands around all that the keyboard reaches: forced colours ${forcedColors}`, async () => {
      await using opened = await openFramed(browser, operator.url, { forcedColors });
      const { page } = opened;
      for (const path of ALL) {
        await open(page, path);
        const seen = await ringsOn(page);
        assert.ok(seen.length > 2, `${path}: ${seen.join()}`);
        assert.deepEqual(
          seen.filter((one) => !one.endsWith(' solid 3px')),
          [],
          path,
        );
      }
    });

  test('the line that says that the page is not live covers nothing', async () => {
    await using opened = await openFramed(browser, operator.url, { viewport: { width: 390, height: 500 } });
    const { page } = opened;
    await page.locator('.live').waitFor({ state: 'attached' });
    await page.evaluate(`document.querySelector('.live').textContent = 'Not live: last update 14:32 CET'`);
    const top = (await page.locator('.live').boundingBox())?.y ?? 0;
    const last = page.locator('.machines button').last();
    await last.focus();
    const button = await last.boundingBox();
    assert.ok(button !== null && button.y + button.height <= top, JSON.stringify([button, top]));
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    const footer = await page.locator('footer code').last().boundingBox();
    assert.ok(footer !== null && footer.y + footer.height <= top, JSON.stringify([footer, top]));
  });

  test('a filter stands in one line on a small laptop, and cuts off no hint', async () => {
    await using opened = await openFramed(browser, operator.url, { viewport: { width: 1200, height: 800 } });
    const { page } = opened;
    for (const path of ['/?text=x', '/operations?machine=x', '/notices?machine=x', '/audit?machine=x']) {
      await open(page, path);
      await page.getByRole('link', { name: 'Show all', exact: true }).first().waitFor();
      const bottoms = await page.evaluate(
        `[...new Set([...document.querySelectorAll('.filters > div')].map((one) => Math.round(one.getBoundingClientRect().bottom)))]`,
      );
      assert.equal(Array.isArray(bottoms) && bottoms.length, 1, `${path}: ${String(bottoms)}`);
    }
    for (const width of [1200, 390]) {
      await page.setViewportSize({ width, height: 800 });
      for (const path of ['/', '/operations', '/notices', '/audit']) {
        await open(page, path);
        assert.deepEqual(await page.evaluate(CUT_OFF), [], `${path} at ${width} px`);
      }
    }
  });

  test('no fact of a question says its word twice', async () => {
    await operator.request('/api/v1/holds', json({ target: idOf(1), for: '2h', why: 'work' }));
    const { text } = await operator.request(`${OF_MACHINE}/stop`);
    const words = text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    assert.match(words, / Kept By anyone until /);
    assert.match(words, / Why Alert UnusedGPU since /);
  });

  async function open(page: Page, path: string): Promise<void> {
    await page.goto(operator.url + path);
    await page.locator('[data-later][aria-busy]').waitFor({ state: 'detached' });
  }
});

/** Texts in the second machine's row that are wider than their cell, or broken within a word of its id. */
const CUT_IN_ROW = `[...document.querySelectorAll('#${idOf(2)} :is(.m small, .m span, .o)')].filter((one) => {
  const cell = one.closest('th, td').getBoundingClientRect();
  const isBroken = one.matches('span') && one.getBoundingClientRect().height > 2 * parseFloat(getComputedStyle(one).fontSize);
  return isBroken || one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1 || one.getBoundingClientRect().right > cell.right + 1;
}).map(({ textContent }) => textContent)`;

/** The hints in empty fields that are wider than their field, in which the button that empties it has its place. */
const CUT_OFF = `[...document.querySelectorAll('.filters input[placeholder]')].filter((field) => {
  const { font, fontSize, paddingLeft, paddingRight } = getComputedStyle(field);
  const button = field.type === 'search' ? parseFloat(fontSize) : 0;
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = font;
  return pen.measureText(field.placeholder).width > field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - button;
}).map(({ placeholder }) => placeholder)`;

const RING = `(() => {
  const { activeElement: one } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  return one === document.body ? '' : [one.tagName, one.id || one.textContent.trim(), outlineStyle, outlineWidth].join(' ');
})()`;

/** From the first element to the last, the parts of a date field among them. */
async function ringsOn(page: Page): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press('Tab');
    const ring = String(await page.evaluate(RING));
    if (ring === '') break;
    seen.push(ring);
  }
  return seen;
}
