/** Presses that go wrong: by a hasty hand, far down the page, or without an answer of the server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Locator, Page, Route } from 'playwright-core';
import { fileOf } from '../../src/web/assets.ts';
import { launch, openFramed, type OpenedPage } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine, machines } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { press } from '../support/press.ts';
import { findTool } from '../support/tools.ts';

const COUNT = 8;
const SEEN = idOf(COUNT);
const chromium = findTool('chromium', 'chromium');

describe('a press that goes wrong', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;

  before(async () => {
    operator = stack.use(
      await startOperator({ machines: [...machines(COUNT - 1), machine(COUNT, { name: 'seen' })], watch: true }),
    );
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
    await eventually('the watch has looked', async () => {
      const { text } = await operator.request('/');
      return text.includes(`id="${SEEN}"`) ? true : undefined;
    });
  });
  after(async () => stack.disposeAsync());

  async function open(options: BrowserContextOptions = {}): Promise<OpenedPage> {
    return openFramed(browser, `${operator.url}/`, options);
  }
  const rowOf = (page: Page): Locator => page.locator(`#${SEEN}`);
  const button = (within: Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
  const said = async (page: Page): Promise<string> => page.locator('#said p').innerText();

  test('a key that is held down opens the question, and does not answer it', async () => {
    await using opened = await open();
    const { page, faults } = opened;
    await button(rowOf(page), 'Stop…').focus();
    await page.keyboard.down('Enter');
    const dialog = page.getByRole('dialog', { name: 'Stop seen?' });
    await dialog.waitFor();
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Do nothing');
    for (let repeats = 0; repeats < 5; repeats += 1) await page.keyboard.down('Enter');
    await button(dialog, 'Stop seen').focus();
    for (let repeats = 0; repeats < 5; repeats += 1) await page.keyboard.down('Enter');
    assert.ok(await dialog.isVisible());
    await page.keyboard.up('Enter');
    assert.deepEqual(operator.changes(SEEN), []);
    assert.deepEqual(faults, []);
  });

  test('where a button goes with its press, the keyboard stays with the machine', async () => {
    const held = await operator.request('/api/v1/holds', json({ target: SEEN, for: '1h' }));
    assert.equal(held.status, 201, held.text);
    await using opened = await open();
    const { page, faults } = opened;
    const row = rowOf(page);
    await button(row, 'Release').focus();
    await page.keyboard.press('Enter');
    await button(row, 'Release').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'seen', 'its name');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Keep…');
    const again = await operator.request('/api/v1/holds', json({ target: SEEN, for: '1h' }));
    assert.equal(again.status, 201, again.text);
    await button(row, 'Release').waitFor();
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Keep…', 'the same button');
    await operator.request(`/api/v1/holds/${SEEN}`, { method: 'DELETE' });
    assert.deepEqual(faults, []);
  });

  test('on a button that has just changed does nothing, and the page says so until the next one', async () => {
    await using opened = await open();
    const { page, faults } = opened;
    const pressUnsure = async (): Promise<unknown> =>
      page.evaluate(`(async () => {
        const { patch } = await import('/assets/${fileOf('patch.js')}');
        const button = document.querySelector('main button');
        const [before, other] = [button.cloneNode(true), button.cloneNode(true)];
        other.textContent = 'Other';
        for (const next of [other, before]) patch(button, next);
        button.click();
      })()`);
    await page.goto(`${operator.url}/operations`);
    await pressUnsure();
    assert.match(await said(page), /^Nothing was done/, 'on a page without a place for it');
    await page.goto(`${operator.url}/?text=${SEEN}`);
    await pressUnsure();
    assert.match(await said(page), /^Nothing was done: .*press it again\.$/);
    assert.equal(await page.getByRole('dialog').count(), 0);
    await press(button(rowOf(page), 'Keep…'));
    await page.getByRole('dialog', { name: 'Keep seen running' }).waitFor();
    assert.equal(await page.locator('#said p').count(), 0);
    assert.deepEqual(faults, []);
  });

  test('without an answer to what only asks, the page says that nothing was changed', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.route(/\/stop\?/, async (route) => route.abort());
    await press(button(rowOf(page), 'Stop…'));
    await page.locator('#said p').waitFor();
    assert.match(await said(page), /no answer, and nothing was changed: please try again/);
  });

  test('where no server answers, the page says that it is not known what came of it, and that nothing came of a question', async () => {
    await using opened = await open();
    const { page } = opened;
    const note = page.locator('#said p');
    await page.clock.install();
    await page.reload();
    // A proxy answers like this for a server that has died under way.
    const fail = async (route: Route): Promise<void> => route.fulfill({ status: 502, body: 'Bad Gateway' });
    await page.route(/\/stop\?/, fail);
    await press(button(rowOf(page), 'Stop…'));
    await note.getByText('Nothing was changed: the server answers with 502.').waitFor();
    await page.unroute(/\/stop\?/);
    await page.route(/\/stop$/, fail);
    const stop = async (): Promise<void> => {
      await press(button(rowOf(page), 'Stop…'));
      await page.getByRole('dialog').getByRole('button', { name: 'Stop seen' }).click();
    };
    await stop();
    await note.getByText('The server answers with 502. Whether it has taken this is not known').waitFor();
    // Nor is a person kept waiting for ever.
    await page.unroute(/\/stop$/);
    await page.route(/\/stop$/, () => undefined);
    const asked = page.waitForRequest(/\/stop$/);
    await stop();
    await asked;
    await page.clock.fastForward(31_000);
    await note.getByText('The server gives no answer. Whether it has taken this is not known').waitFor();
    assert.deepEqual(operator.changes(SEEN), []);
  });

  test('while a choice is on its way, a second one of the same question is not sent', async () => {
    await using opened = await open();
    const { page, faults } = opened;
    const answered = Promise.withResolvers<void>();
    const sent: (string | null)[] = [];
    await page.route(/\/keep$/, async (route) => {
      sent.push(route.request().postData());
      await answered.promise;
      await route.continue();
    });
    await press(button(rowOf(page), 'Keep…'));
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Keep 1 h' }).click();
    await dialog.locator('button[aria-busy]').waitFor();
    await dialog.getByRole('button', { name: 'Keep 4 h' }).click();
    answered.resolve();
    await page.locator('#said p').getByText('seen is kept until').waitFor();
    assert.deepEqual(
      sent.map((form) => new URLSearchParams(form ?? '').get('keep')),
      ['1h'],
    );
    await operator.request(`/api/v1/holds/${SEEN}`, { method: 'DELETE' });
    assert.deepEqual(faults, []);
  });

  test('a question that comes late does not come under the finger that answers another one', async () => {
    await using opened = await open();
    const { page, faults } = opened;
    const late = Promise.withResolvers<void>();
    await page.route(/\/stop\?/, async (route) => {
      await late.promise;
      // The page may wait for it no more.
      await route.continue().catch(() => undefined);
    });
    await press(button(rowOf(page), 'Stop…'));
    await press(page.locator(`#${idOf(1)}`).getByRole('button', { name: 'Keep…' }));
    const dialog = page.getByRole('dialog', { name: /^Keep / });
    await dialog.waitFor();
    late.resolve();
    await page.locator('button[aria-busy]').waitFor({ state: 'detached' });
    assert.ok(await dialog.isVisible());
    assert.deepEqual(faults, []);
  });

  test('far down, and without an answer of the server, the page says in sight and in red what came of a press', async () => {
    await using opened = await open({ viewport: { width: 390, height: 500 } });
    const { page } = opened;
    await page.route(/\/stop$/, async (route) => route.abort());
    const row = rowOf(page);
    await press(button(row, 'Stop…'));
    await page.getByRole('dialog').getByRole('button', { name: 'Stop seen' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.match(await said(page), /^The server gives no answer/);
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Stop…', 'back in the row');
    assert.ok(Number(await page.evaluate('scrollY')) > 0);
    const box = await page.locator('#said p').boundingBox();
    assert.ok(box !== null && box.y >= 0 && box.y + box.height <= 500, JSON.stringify(box));
    const colours = await page.evaluate(
      `(() => { const note = document.querySelector('#said p'); const ground = () => getComputedStyle(note).backgroundColor;
        const bad = ground(); note.className = 'note'; return [bad, ground()]; })()`,
    );
    assert.ok(Array.isArray(colours) && colours[0] !== colours[1], JSON.stringify(colours));
    await page.keyboard.press('Shift+Tab');
    const focus = Number(await page.evaluate('document.activeElement.getBoundingClientRect().top'));
    assert.ok(box.y + box.height <= focus, 'it covers nothing that has the focus');
  });
});
