/** A phone: a slow network, a finger, and little room. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { stopAlert } from '../support/alerts.ts';
import { launch, openFramed } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { hearing } from '../support/live-page.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
const WHY = `so long that it takes ${'more and '.repeat(10)}more lines on a phone, and pushes down what is below`;
/** As the shipped rules describe it. */
const IDLE = {
  annotations: { description: 'No GPU was used more than 2 % for 60 minutes, and the last login was long ago.' },
};
/** WCAG 2.2, 2.5.8. In CSS pixels. */
const TARGET_PX = 24;
/** So many connections has a browser of HTTP/1.1 to a server. */
const CONNECTIONS = 6;

const chromium = findTool('chromium', 'chromium');

describe('a phone', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;

  before(async () => {
    operator = stack.use(
      await startOperator({
        machines: [1, 2, 3, 4].map((number) => machine(number, { name: `gpu-${number}`, launched: '1d ago' })),
        config: JSON.stringify({ warn: { always: true } }),
        watch: true,
      }),
    );
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
    await eventually('the watch has looked', async () => {
      const { text } = await operator.request('/');
      return text.includes(`id="${idOf(4)}"`) ? true : undefined;
    });
  });
  after(async () => stack.disposeAsync());

  test('is told of all files of a page at once, so that none waits for another one', async () => {
    const { text } = await operator.request('/');
    const [head = ''] = text.split('</head>');
    const named = [...head.matchAll(/assets\/([\w.-]+)/g)].map(([, file = '']) => file);
    await using opened = await openFramed(browser, operator.url, PHONE);
    const { page, faults } = opened;
    await page.waitForLoadState('load');
    const asked: unknown = await page.evaluate(
      `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/assets/'))`,
    );
    assert.ok(Array.isArray(asked));
    const files = asked.map((url) => new URL(String(url)).pathname.replace('/assets/', ''));
    assert.deepEqual(files.toSorted(), named.toSorted());
    assert.ok(named.length <= CONNECTIONS, named.join());
    assert.deepEqual(faults, []);
  });

  test('has targets for a finger', async () => {
    await using opened = await openFramed(browser, operator.url, PHONE);
    const { page } = opened;
    for (const path of [
      '/',
      `/machines/${idOf(1)}`,
      `/machines/${idOf(1)}/stop`,
      '/operations',
      '/savings',
      '/login',
    ]) {
      await page.goto(operator.url + path);
      const small =
        await page.evaluate(`[...document.querySelectorAll('.bar a, button, .button, select, input, thead a, .m a')]
        .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
        .filter(([, { width, height, left }]) => left >= 0 && width > 0 && height < ${TARGET_PX}).map(([text, { height }]) => text + ' ' + height)`);
      assert.deepEqual(small, [], path);
    }
  });

  test('sees a hold and a warning come while the cards below stay where they are', async () => {
    await using opened = await openFramed(browser, operator.url, PHONE);
    const { page, faults } = opened;
    await hearing(page, async () => page.reload());
    const heights = async (): Promise<unknown> =>
      page.evaluate(`['${idOf(3)}', '${idOf(4)}'].map((id) => document.getElementById(id).offsetHeight)`);
    const first = await heights();
    await operator.request('/api/v1/holds', json({ target: idOf(3), for: '1h', why: 'a demo at noon' }));
    await operator.post('/operateHostname', [stopAlert(4, IDLE)]);
    await page
      .locator(`#${idOf(3)}`)
      .getByText('Kept by')
      .waitFor();
    await page
      .locator(`#${idOf(4)}`)
      .getByText('Its stop was announced.')
      .waitFor();
    assert.deepEqual(await heights(), first);
    assert.deepEqual(faults, []);
  });

  test('presses no button that another row has just pushed under the finger', async () => {
    await using opened = await openFramed(browser, operator.url, PHONE);
    const { page, faults } = opened;
    await hearing(page, async () => page.reload());
    // As a finger does that was on its way, in the frame in which the row below has moved.
    await page.evaluate(`(() => {
      const row = document.getElementById('${idOf(2)}');
      const { top } = row.getBoundingClientRect();
      window.pressed = new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error('the row has not moved')), 20_000);
        const look = () => {
          if (row.getBoundingClientRect().top === top) return requestAnimationFrame(look);
          requestAnimationFrame(() => requestAnimationFrame(() => {
            const click = () => new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 });
            const above = document.getElementById('${idOf(1)}');
            document.addEventListener('submit', (event) => event.preventDefault(), { capture: true });
            resolve([row, above].map((one) => one.querySelector('button').dispatchEvent(click())));
          }));
        };
        look();
      });
    })()`);
    const held = await operator.request('/api/v1/holds', json({ target: idOf(1), for: '1h', why: WHY }));
    assert.equal(held.status, 201, held.text);
    const pressed = await page.evaluate('window.pressed');
    assert.deepEqual(pressed, [false, true], 'the row that has moved, and the one that has not');
    await page.reload();
    await page
      .locator(`#${idOf(2)}`)
      .getByRole('button', { name: 'Keep…' })
      .tap();
    await page.getByRole('dialog', { name: 'Keep gpu-2 running' }).waitFor();
    assert.deepEqual(faults, []);
  });
});
