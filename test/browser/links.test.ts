/** The pages behind links in a real browser: of a person, and of a program that looks for viruses. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, openPage } from '../support/chromium.ts';
import { idOf, machine } from '../support/fleet.ts';
import { keyedDirectory, PUBLIC_URL, type Sign } from '../support/links.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const MACHINES = 12;
/** The others are stopped. */
const RUNNING = 6;
/** Every way in which a script can press. */
const PRESS_ALL = `for (const button of document.querySelectorAll('button')) {
  button.click();
  button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
  button.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
  button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
}`;

const chromium = findTool('chromium', 'chromium');

describe('pages behind links', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 3 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;
  let sign: Sign;
  const taken = { keep: 0, wake: RUNNING };

  before(async () => {
    const keyed = await keyedDirectory(stack);
    ({ sign } = keyed);
    operator = stack.use(
      await startOperator({
        machines: Array.from({ length: MACHINES }, (_, index) =>
          machine(index + 1, { name: `gpu-${index + 1}`, state: index < RUNNING ? 'running' : 'stopped' }),
        ),
        environment: { DATA_DIR: keyed.dataDir },
        config: `public_url: ${PUBLIC_URL}\nzone: Europe/Berlin`,
      }),
    );
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
  });
  after(async () => stack.disposeAsync());

  /** A link to a machine of its own, and its number. */
  function linkTo(purpose: 'keep' | 'wake'): { readonly url: string; readonly number: number } {
    taken[purpose] += 1;
    const number = taken[purpose];
    const instance = { id: idOf(number), region: 'eu-central-1' };
    return { number, url: operator.url + sign(purpose, { instance }) };
  }
  async function holdsOf(number: number): Promise<readonly string[]> {
    const { text } = await operator.request(`/api/v1/holds?instance=${idOf(number)}`);
    return [...text.matchAll(/"holder":"([^"]*)"/g)].map(([, holder = '']) => holder);
  }
  const heading = (page: Page) => page.getByRole('heading', { level: 1 });

  test('a person presses, and the machine is kept; on a phone, in the dark', async () => {
    const { url, number } = linkTo('keep');
    const phone = {
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
    } as const;
    await using opened = await openPage(browser, url, phone);
    const { page, faults } = opened;
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(Number(wide) <= 390, `${String(wide)} pixels`);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.match(String(ground), /^rgb\((?:[0-4]?\d, ){2}[0-4]?\d\)$/, 'it is dark');
    const button = page.getByRole('button', { name: 'Keep 4 h' });
    const box = await button.boundingBox();
    assert.ok(box !== null && box.height >= 44, 'a thumb hits it');
    await button.tap();
    await page.getByRole('status').waitFor();
    assert.match(await page.getByRole('status').innerText(), /^It is kept until/);
    assert.deepEqual(await holdsOf(number), ['pia@example.com (by link)']);
    assert.deepEqual(faults, []);
  });

  test('while a choice is on its way, no second one is sent', async () => {
    const { url } = linkTo('keep');
    await using opened = await openPage(browser, url);
    const { page, faults } = opened;
    const sent: (string | null)[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(new URLSearchParams(request.postData() ?? '').get('keep'));
    });
    await page.getByRole('button', { name: 'Keep 4 h' }).click();
    await page.getByRole('button', { name: 'Keep 1 h' }).click();
    await page.getByRole('status').waitFor();
    assert.deepEqual(sent, ['4h']);
    assert.deepEqual(faults, []);
  });

  test('the keyboard alone is enough', async () => {
    const { url, number } = linkTo('keep');
    await using opened = await openPage(browser, url);
    const { page, faults } = opened;
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    assert.equal((await holdsOf(number)).length, 1);
    assert.deepEqual(faults, []);
  });

  test('without script, the name of the machine is typed', async () => {
    const { url, number } = linkTo('keep');
    await using opened = await openPage(browser, url, { javaScriptEnabled: false });
    const { page } = opened;
    await page.getByLabel('To show that a person presses, type gpu').fill(`gpu-${number}`);
    // The press counts once the page is two seconds old.
    await page.waitForTimeout(2_100);
    await page.getByRole('button', { name: 'Keep 1 h' }).click();
    assert.match(await page.getByRole('status').innerText(), /^It is kept until/);
    assert.equal((await holdsOf(number)).length, 1);
  });

  test('a program opens it, runs its script, presses and submits all there is: nothing changes', async () => {
    const [keep, wake] = [linkTo('keep'), linkTo('wake')];
    for (const { url } of [keep, wake]) {
      await fetch(url, { method: 'HEAD' });
      await fetch(url);
      await using opened = await openPage(browser, url);
      const { page } = opened;
      for (const wait of [0, 2_200]) {
        await page.waitForTimeout(wait);
        await page.evaluate(PRESS_ALL);
        await page.evaluate('document.querySelector("form")?.requestSubmit()').catch(() => undefined);
        await page.waitForLoadState();
        await page.waitForTimeout(wait);
        await page.evaluate('document.querySelector("form")?.submit()').catch(() => undefined);
        await page.waitForLoadState();
        const typed = page.locator('input[type=text]');
        for (const input of await typed.all()) await input.fill('test');
      }
      assert.match(await page.getByRole('status').innerText(), /^Nothing was changed/);
    }
    assert.deepEqual(await holdsOf(keep.number), []);
    assert.deepEqual(operator.changes(idOf(wake.number)), []);
  });

  test('a press on the wake page is answered within a second, and the page follows the start by itself', async () => {
    const { url } = linkTo('wake');
    await using opened = await openPage(browser, url);
    const { page, faults } = opened;
    const title = await heading(page).innerText();
    assert.match(title, /^gpu-\d+ is stopped$/);
    await page.getByRole('button', { name: 'Start gpu' }).click();
    await page.getByRole('status').waitFor();
    await page.getByRole('heading', { name: /runs$|is ready$/ }).waitFor();
    assert.match(await page.getByRole('code').first().innerText(), /^ssh 10\.0\.0\.\d+$/);
    assert.equal(await page.title(), await heading(page).innerText());
    assert.deepEqual(faults, []);
  });

  test('without script, the wake page is loaded again until the machine runs', async () => {
    const { url, number } = linkTo('wake');
    await using opened = await openPage(browser, url, { javaScriptEnabled: false });
    const { page } = opened;
    await page.getByLabel('To show that a person presses').fill(idOf(number));
    await page.waitForTimeout(2_100);
    await page.getByRole('button', { name: 'Start gpu' }).click();
    await page.getByRole('heading', { name: /runs$|is ready$/ }).waitFor({ timeout: 20_000 });
  });
});
