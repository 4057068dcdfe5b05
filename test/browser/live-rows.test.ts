/** Pages that stay up to date in a real browser: rows of the table, and what all pages show. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { begunPauseAnswerSchema } from '../../src/http/pause-schemas.ts';
import { violationsOn } from '../support/axe.ts';
import { launch, openFramed } from '../support/chromium.ts';
import { hearing, pauseClock } from '../support/live-page.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const NAMES = ['again', 'again, too', 'failed', 'counted', 'seen', 'away', 'typed', 'leaves', 'leaves, too'] as const;
type Name = (typeof NAMES)[number];
const HOLDS = '/api/v1/holds';

const chromium = findTool('chromium', 'chromium');

describe('a live page', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;
  before(async () => {
    operator = stack.use(
      await startOperator({
        machines: NAMES.map((name, index) => machine(index + 1, { name })),
        watch: true,
        // Prices of the API come half a minute after the start.
        config: 'prices: { pricing_api: false }',
      }),
    );
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
    await eventually('the watch has looked', async () => {
      const { text } = await operator.request('/');
      return text.includes(`id="${idOf(NAMES.length)}"`) || undefined;
    });
  });
  after(async () => stack.disposeAsync());

  const id = (name: Name): string => idOf(NAMES.indexOf(name) + 1);
  const keptIn = (page: Page, name: Name): Locator => page.locator(`#${id(name)}`).getByText(/Kept by/);
  const hold = async (name: Name): Promise<void> => {
    const { status, text } = await operator.request(HOLDS, json({ target: id(name), for: '1h' }));
    assert.equal(status, 201, text);
  };
  const release = async (name: Name): Promise<void> => {
    const { status, text } = await operator.request(`${HOLDS}/${id(name)}`, { method: 'DELETE' });
    assert.equal(status, 200, text);
  };

  test('shows a row that is again as it once was, whatever other answers came in between', async () => {
    await using opened = await openFramed(browser, operator.url, {});
    const { page, faults } = opened;
    const kept = keptIn(page, 'again');
    const hints: string[] = [];
    const debug = await page.context().newCDPSession(page);
    debug.on('Network.eventSourceMessageReceived', ({ data }) => hints.push(data));
    await debug.send('Network.enable');
    await page.clock.install();
    await hearing(page, async () => page.reload());
    await hold('again');
    await kept.waitFor();
    await release('again');
    await kept.waitFor({ state: 'detached' });
    // Both rows are asked for at once, and so under another address.
    await pauseClock(page);
    const heard = hints.length;
    await hold('again');
    await hold('again, too');
    // The server may tell of both machines in one hint.
    await eventually('hints of both', () => {
      const told = hints.slice(heard).join();
      return (told.includes(id('again')) && told.includes(id('again, too'))) || undefined;
    });
    await page.clock.resume();
    await kept.waitFor();
    await release('again');
    await kept.waitFor({ state: 'detached' });
    assert.deepEqual(faults, []);
  });

  test('takes what is typed into a filter while rows change', async () => {
    await using opened = await openFramed(browser, operator.url, {});
    const { page } = opened;
    const kept = keptIn(page, 'typed');
    await hearing(page, async () => page.reload());
    const search = page.getByLabel('Search');
    await search.focus();
    await page.keyboard.type('gp');
    await hold('typed');
    await kept.waitFor();
    await page.keyboard.type('u-1');
    assert.equal(await search.inputValue(), 'gpu-1');
    // Nor does the text cursor move.
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+ArrowRight');
    await release('typed');
    await kept.waitFor({ state: 'detached' });
    await page.keyboard.type('G');
    assert.equal(await search.inputValue(), 'Gpu-1');
  });

  test('keeps the place of the keyboard where its row leaves the list, and where no row is left', async () => {
    await using opened = await openFramed(browser, `${operator.url}/?state=running&text=leaves`);
    const { page, faults } = opened;
    const place = async (): Promise<unknown> =>
      page.evaluate(`(document.activeElement.closest('tr') ?? document.activeElement).id`);
    const stop = async (name: Name): Promise<void> => {
      const { status, text } = await operator.request(`/operateInstance?action=stop&dryrun=false&instance=${id(name)}`);
      assert.equal(status, 200, text);
    };
    await hearing(page, async () => page.reload());
    await page
      .locator(`#${id('leaves')} button`)
      .first()
      .focus();
    await stop('leaves');
    await page.locator(`#${id('leaves')}[inert]`).waitFor();
    assert.equal(await place(), id('leaves, too'));
    await stop('leaves, too');
    await page.getByText('No machine matches').waitFor();
    assert.equal(await place(), 'main');
    assert.deepEqual(faults, []);
  });

  test('asks at once when the device has a network again', async () => {
    await using opened = await openFramed(browser, operator.url, {});
    const { page } = opened;
    await page.clock.install();
    await hearing(page, async () => page.reload());
    await page.context().setOffline(true);
    await hold('away');
    await page.getByText(/^Not live: last update/).waitFor();
    await pauseClock(page);
    const online = page.evaluate(`new Promise((heard) => addEventListener('online', () => heard(1)))`);
    await page.context().setOffline(false);
    await online;
    const asked = page.waitForRequest((request) => request.headers()['x-piece'] === 'shared');
    await page.clock.fastForward(1_000);
    await asked;
    await page.clock.resume();
    await keptIn(page, 'away').waitFor();
  });

  test('of any kind shows a pause that begins and ends, and has no landmark without one', async () => {
    await using list = await openFramed(browser, `${operator.url}/operations`);
    await using own = await openFramed(browser, `${operator.url}/machines/${id('seen')}`);
    const all = [list, own];
    const banner = (page: Page): Locator => page.getByRole('complementary', { name: 'Pauses' });
    for (const { page } of all) {
      await hearing(page, async () => page.reload());
      assert.equal(await banner(page).count(), 0);
    }
    const begun = await operator.request('/api/v1/pauses', json({ only: { team: 'none' }, why: 'the move' }));
    assert.equal(begun.status, 201, begun.text);
    const { pause } = begunPauseAnswerSchema.parse(JSON.parse(begun.text));
    for (const { page } of all) await banner(page).getByText('the move').waitFor();
    assert.deepEqual(await violationsOn(own.page), []);
    const ended = await operator.request(`/api/v1/pauses/${pause.id}`, { method: 'DELETE' });
    assert.equal(ended.status, 200, ended.text);
    for (const { page, faults } of all) {
      await banner(page).waitFor({ state: 'detached' });
      assert.deepEqual(faults, []);
    }
  });

  test('says so when the server sends hints and no rows, and is live again when it does', async () => {
    await using opened = await openFramed(browser, `${operator.url}/?text=failed`);
    const { page, faults } = opened;
    const status = page.locator('.live');
    await page.clock.install();
    await hearing(page, async () => page.reload());
    const rows = /machines\/rows|text=failed/;
    await page.route(rows, async (route) => route.fulfill({ status: 503, body: 'the store is away' }));
    await hold('failed');
    await status.getByText(/^Not live: last update \d\d:\d\d UTC$/).waitFor();
    assert.equal(await keptIn(page, 'failed').count(), 0);
    await page.unroute(rows);
    await Promise.all([status.getByText('Live again').waitFor(), page.clock.fastForward(16_000)]);
    await keptIn(page, 'failed').waitFor();
    assert.deepEqual(faults, []);
  });

  test('counts what runs, and what that costs, together with the rows', async () => {
    await using opened = await openFramed(browser, `${operator.url}/?text=counted`);
    const { page, faults } = opened;
    const counts = page.locator('#counts');
    assert.match(
      await counts.innerText(),
      /^1 of 9; 1 running, \$1\.01 an hour at list price \(us-east-1, 2026-07-20\)$/,
    );
    await hearing(page, async () => page.reload());
    const { status, text } = await operator.request(
      `/operateInstance?action=stop&dryrun=false&instance=${id('counted')}`,
    );
    assert.equal(status, 200, text);
    await counts.getByText('1 of 9; 0 running', { exact: true }).waitFor();
    assert.deepEqual(faults, []);
  });

  test('asks for the whole page where a hint names more machines than the server answers for', async () => {
    await using opened = await openFramed(browser, operator.url);
    const { page, faults } = opened;
    const ids = Array.from({ length: 201 }, (_, index) => idOf(index + 1));
    const data = JSON.stringify({ machines: ids });
    await page.route(/events/, async (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\nid: 1\nevent: hint\ndata: ${data}\n\n` }),
    );
    const rows: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes(idOf(201))) rows.push(request.url());
    });
    const read = page.waitForRequest(
      (request) => request.resourceType() === 'fetch' && new URL(request.url()).pathname === '/',
    );
    await page.reload();
    await read;
    assert.deepEqual(rows, []);
    assert.deepEqual(faults, []);
  });
});
