/** Pages that stay up to date in a real browser, behind the proxies that there are. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { tellAgo } from '../../src/domain/ago.ts';
import { fileOf } from '../../src/web/assets.ts';
import { stopAlert } from '../support/alerts.ts';
import { launch, openFramed } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machines } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { press } from '../support/press.ts';
import { findTool } from '../support/tools.ts';
import { startWebProxy, type WebProxy } from '../support/web-proxy.ts';

const MACHINES = 9;
const SECOND = 1_000;

const chromium = findTool('chromium', 'chromium');

describe('an open page', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 2 }, () => {
  let operator: Operator;
  let browser: Browser;
  let taken = 0;
  before(async () => {
    operator = await startOperator({ machines: machines(MACHINES), watch: true });
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
  });
  after(async () => {
    await browser.close();
    await operator[Symbol.asyncDispose]();
  });

  interface Watched extends AsyncDisposable {
    readonly page: Page;
    readonly proxy: WebProxy;
    /** Lets go of the machine: the operation of the page goes on, and succeeds. */
    readonly release: () => Promise<void>;
    readonly status: () => Promise<string>;
    readonly faults: readonly string[];
  }

  /** The page of a stop that waits for a hold. Its clock stands still until it is moved. */
  async function watch(mode: WebProxy['mode'] = 'pass'): Promise<Watched> {
    taken += 1;
    const machine = idOf(taken);
    await using stack = new AsyncDisposableStack();
    const proxy = stack.use(await startWebProxy([operator.url]));
    proxy.mode = mode;
    const held = await operator.request('/api/v1/holds', json({ target: machine, for: '1h' }));
    assert.equal(held.status, 201, held.text);
    const [receipt] = await operator.post('/operateHostname', [stopAlert(taken)]);
    await operator.waiting(receipt?.operation, 'held');
    const context = await browser.newContext();
    stack.defer(async () => context.close());
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    await page.clock.install();
    const streams = mode === 'hold' ? page.waitForRequest(/events/) : page.waitForResponse(/events/);
    await page.goto(`${proxy.url}/operations/${receipt?.operation}`);
    await streams;
    const used = stack.move();
    return {
      page,
      proxy,
      faults,
      release: async () => {
        const released = await operator.request(`/api/v1/holds/${machine}`, { method: 'DELETE' });
        assert.equal(released.status, 200, released.text);
      },
      status: async () => page.locator('.live').innerText(),
      [Symbol.asyncDispose]: async () => used.disposeAsync(),
    };
  }
  const succeeded = (page: Page) => page.getByText('is stopped.').first();

  test('shows a move at once, and leaves focus, menus and selection to the person', async () => {
    await using watched = await watch();
    const { page, release, faults } = watched;
    const summary = page.locator('summary').last();
    await summary.click();
    await page.evaluate(`document.getSelection().selectAllChildren(document.querySelector('[data-live-url] h2'))`);
    const selected = await page.evaluate('document.getSelection().toString()');
    assert.notEqual(selected, '');
    const asked = page.waitForRequest((request) => request.headers()['x-piece'] === 'shared');
    await release();
    assert.match((await asked).headers()['last-event-id'] ?? '', /^[\w-]+\.\d+\.\w+$/, 'another replica may answer');
    await succeeded(page).waitFor();
    assert.equal(await page.evaluate('document.activeElement.localName'), 'summary');
    assert.equal(await page.locator('details').last().getAttribute('open'), '');
    assert.equal(await page.evaluate('document.getSelection().toString()'), selected);
    assert.equal(await watched.status(), '');
    assert.deepEqual(faults, []);
  });

  test('behind a proxy that cuts its stream stays live', async () => {
    await using watched = await watch();
    const { page, proxy, release } = watched;
    for (let cuts = 0; cuts < 3; cuts += 1) {
      const opened = page.waitForResponse(/events/);
      proxy.cut();
      await opened;
    }
    await release();
    await succeeded(page).waitFor();
    assert.equal(await watched.status(), '');
  });

  test('behind a proxy that holds events back asks every 15 s, and says so', async () => {
    await using watched = await watch('hold');
    const { page, release } = watched;
    await page.clock.pauseAt(Number(await page.evaluate(`Date.now() + ${6 * SECOND}`)));
    await page.getByText(/^Not live/).waitFor();
    await page.clock.resume();
    await page.getByText('Not live: updated every 15 s').waitFor();
    await release();
    const isStopped = succeeded(page).waitFor();
    const asking = setInterval(() => void page.clock.fastForward(15 * SECOND).catch(() => undefined), 500);
    await isStopped.finally(() => {
      clearInterval(asking);
    });
  });

  test('says when the server is away, since when, and that it is back', async () => {
    await using watched = await watch();
    const { page, proxy, release } = watched;
    proxy.mode = 'away';
    proxy.cut();
    await page.waitForEvent('requestfailed');
    await page.clock.fastForward(6 * SECOND);
    await page.getByText(/^Not live: last update \d\d:\d\d UTC$/).waitFor();
    await release();
    proxy.mode = 'pass';
    await succeeded(page).waitFor();
    await page.getByText('Live again').waitFor();
    await page.clock.fastForward(5 * SECOND);
    await eventually('silence', async () => (await watched.status()) === '' || undefined);
  });

  test('that is not seen takes no connection, and catches up when it is seen again', async () => {
    await using watched = await watch();
    const { page, proxy, release } = watched;
    const setHidden = async (isHidden: boolean): Promise<void> => {
      await page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'))`,
      );
    };
    const left = page.waitForEvent('requestfinished', (request) => request.url().includes('/events')).catch(() => 0);
    const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('/events')).catch(() => 0);
    await setHidden(true);
    await Promise.race([left, failed]);
    const asked = proxy.asked.length;
    await release();
    assert.equal(proxy.asked.length, asked);
    await setHidden(false);
    await succeeded(page).waitFor();
  });

  test('tells how long ago things were in the words of the server', async () => {
    await using watched = await watch();
    const { page } = watched;
    const minute = 60 * SECOND;
    const spans = [0, 1, 59, 60, 61, 119, 24 * 60, 48 * 60, 100 * 60].flatMap((count) => [
      count * minute,
      -count * minute - 1,
    ]);
    const told = await page.evaluate(
      `import('/assets/${fileOf('times.js')}').then(({ tellAgo }) => [${spans.join()}].map(tellAgo))`,
    );
    assert.deepEqual(
      told,
      spans.map((ms) => tellAgo(0, ms)),
    );
    const ago = page.locator('time', { hasText: 'just now' }).first();
    await ago.waitFor();
    await page.clock.fastForward(3 * minute);
    await page.getByText('3 min ago').first().waitFor();
  });

  test('of the table moves no row under the pointer', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const row = page.locator(`[id="${idOf(MACHINES)}"]`);
    const order = async (): Promise<readonly (string | null)[]> =>
      Promise.all((await page.locator('tbody tr').all()).map(async (one) => one.getAttribute('id')));
    await eventually('the watch', async () => {
      await page.goto(`${operator.url}/?sort=state&down=true`);
      return (await row.count()) === 1 || undefined;
    });
    const found = await order();
    assert.equal(found.at(-1), idOf(MACHINES));
    await row.hover();
    await operator.ask(`/operateInstance?action=stop&dryrun=false&instance=${idOf(MACHINES)}`);
    await row.getByText('stopped', { exact: true }).first().waitFor();
    // A pause is about everything, so the whole page is read.
    const paused = await operator.request('/api/v1/pauses', json({ only: { team: 'none' }, why: 'a test' }));
    assert.equal(paused.status, 201, paused.text);
    await page.getByRole('complementary', { name: 'Pauses' }).getByText('a test').waitFor();
    assert.deepEqual(await order(), found);
    await page.mouse.move(1, 1);
    await eventually('the new order', async () => (await order()).at(-1) !== idOf(MACHINES) || undefined);
    await context.close();
  });

  test('of a list has a table as soon as a machine matches, and a text again when none does', async () => {
    taken += 1;
    const machine = idOf(taken);
    await eventually('the watch has looked', async () => {
      const { text } = await operator.request(`/?text=${machine}`);
      return text.includes(`id="${machine}"`) || undefined;
    });
    await using opened = await openFramed(browser, `${operator.url}/?state=stopped&text=${machine}`, {});
    const { page, faults } = opened;
    const empty = page.getByText('No machine matches');
    await empty.waitFor();
    const stopped = await operator.request(`/operateInstance?action=stop&dryrun=false&instance=${machine}`);
    assert.equal(stopped.status, 200, stopped.text);
    const row = page.locator(`tr#${machine}`);
    await row.waitFor();
    assert.equal(await empty.count(), 0);
    await press(row.getByRole('button', { name: 'Start', exact: true }));
    await page.locator('#said').getByText(/start/i).waitFor();
    await page.mouse.move(1, 1);
    await page.locator('#text').focus();
    await empty.waitFor();
    assert.equal(await row.count(), 0);
    assert.deepEqual(faults, []);
  });

  test('is patched without losing what was typed, chosen and opened, and takes no press for what a button was before', async () => {
    await using watched = await watch();
    const patched = await watched.page.evaluate(`(async () => {
      const { patch } = await import('/assets/${fileOf('patch.js')}');
      const box = document.createElement('form');
      document.body.append(box);
      const html = (rows, more = '') => '<input name="typed" value="a"><select><option>1<option>2</select>' + more +
        '<details><summary>more</summary>' + rows.length + '</details><table><tbody>' +
        rows.map((id) => '<tr id="' + id + '"><td>' + id + '<button>Stop</button></td></tr>').join('') + '</tbody></table>';
      const to = (text) => {
        const fresh = document.createElement('form');
        fresh.innerHTML = text;
        return fresh;
      };
      box.innerHTML = html(['i-1', 'i-2', 'i-3']);
      box.querySelector('input').value = 'typed';
      box.querySelector('select').selectedIndex = 1;
      box.querySelector('details').open = true;
      const second = document.getElementById('i-2');
      const button = second.querySelector('button');
      button.focus();
      patch(box, to(html(['i-0', 'i-2', 'i-4'], '<p>new</p>')));
      const clicks = [];
      box.addEventListener('click', (event) => { clicks.push('heard'); event.preventDefault(); });
      patch(box, to(html(['i-0', 'i-2', 'i-4'], '<p>new</p>').replaceAll('Stop', 'Start')));
      button.click();
      return {
        typed: box.querySelector('input').value,
        chosen: box.querySelector('select').value,
        opened: box.querySelector('details').open,
        rows: [...box.querySelectorAll('tr')].map(({ id }) => id),
        same: document.getElementById('i-2') === second && document.activeElement === button,
        clicks,
      };
    })()`);
    assert.deepEqual(patched, {
      typed: 'typed',
      chosen: '2',
      opened: true,
      rows: ['i-0', 'i-2', 'i-4'],
      same: true,
      clicks: [],
    });
  });
});
