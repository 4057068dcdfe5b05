/** The machines page in a real browser, as people use it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { stopAlert } from '../support/alerts.ts';
import { violationsOn } from '../support/axe.ts';
import { launch, openFramed, type OpenedPage } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { hearing } from '../support/live-page.ts';
import { requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith } from '../support/tokens.ts';
import { press } from '../support/press.ts';
import { findTool } from '../support/tools.ts';

const HOSTILE = `"><img src=x onerror="document.title='taken'"> javascript:alert(1)`;
const NAMES = [
  'kept',
  'woken',
  'ended',
  'live',
  'plain',
  'keyed',
  'phone',
  'leased',
  'called-off',
  'twice',
  HOSTILE,
  'seen',
] as const;
type Name = (typeof NAMES)[number];
const STOPPED: readonly Name[] = ['woken', 'leased', 'twice'];

const chromium = findTool('chromium', 'chromium');

describe('the machines page', { skip: 'skip' in chromium ? chromium.skip : false, concurrency: 3 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let browser: Browser;
  let asAdmin: ReturnType<typeof requestsTo>;

  before(async () => {
    operator = stack.use(
      await startOperator({
        machines: NAMES.map((name, index) =>
          machine(index + 1, {
            name,
            state: STOPPED.includes(name) ? 'stopped' : 'running',
            tags: { owner: name === 'seen' ? 'pia' : HOSTILE, team: 'ml' },
          }),
        ),
        environment: { AUTH: '' },
        config: configWith(
          { pia: { scopes: ['read', 'start', 'stop'] }, ada: { scopes: ['read'] }, root: { scopes: ['admin'] } },
          { zone: 'Europe/Berlin', warn: { always: true }, guards: { min_uptime: 'off' } },
        ),
        watch: true,
      }),
    );
    asAdmin = requestsTo(operator.url, as('root'));
    assert.ok('path' in chromium);
    browser = await launch(chromium.path);
    stack.defer(async () => browser.close());
    await eventually('the watch has looked', async () => {
      const { text } = await asAdmin.request('/');
      return text.includes(`id="${idOf(NAMES.length)}"`) ? true : undefined;
    });
  });
  after(async () => stack.disposeAsync());

  const numberOf = (name: Name): number => NAMES.indexOf(name) + 1;
  /** Tests that press show one row alone: a button whose row is moved by another one takes no press for a moment. */
  async function open(path = '/', options: BrowserContextOptions = {}, person = 'pia'): Promise<OpenedPage> {
    return openFramed(browser, operator.url + path, { extraHTTPHeaders: as(person), ...options });
  }
  const rowOf = (page: Page, name: Name): Locator => page.locator(`#${idOf(numberOf(name))}`);
  const button = (within: Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
  const said = async (page: Page): Promise<string> => page.locator('#said p').innerText();
  async function holders(name: Name): Promise<readonly string[]> {
    const { text } = await asAdmin.request(`/api/v1/holds?instance=${idOf(numberOf(name))}`);
    return [...text.matchAll(/"holder":"([^"]*)"/g)].map(([, holder = '']) => holder);
  }
  const changes = (name: Name): readonly string[] => operator.changes(idOf(numberOf(name))).map(({ action }) => action);
  /** The page may have said only that it was asked for. */
  async function expectChange(name: Name, action: string): Promise<void> {
    await eventually('the call', () => changes(name).length > 0 || undefined);
    assert.deepEqual(changes(name), [action]);
  }

  test('the first visit says what there is, in its own words, and nothing comes from elsewhere', async () => {
    await using opened = await open();
    const { page, faults } = opened;
    assert.match(
      await page.locator('#counts').innerText(),
      /^12; \d+ running, \$\d+\.\d\d an hour at list price \([^)]+\)$/,
    );
    assert.equal(await page.locator('th.p').innerText(), 'An hour, at list price');
    const row = rowOf(page, 'seen');
    assert.match(await row.innerText(), /running[^]*seen[^]*g5\.xlarge i-0[^]*pia[^]*\$1\.01/);
    assert.match((await row.getByRole('img').getAttribute('aria-label')) ?? '', /^ran \d+ (?:min|h) of \d+ (?:min|h)$/);
    assert.equal(await page.getByRole('table').getByRole('row').count(), NAMES.length + 1);
    assert.deepEqual(await violationsOn(page), []);
    assert.deepEqual(faults, []);
  });

  test('foreign text stays text, in names, tags and the address', async () => {
    const hostile = encodeURIComponent(HOSTILE);
    await using opened = await open(`/?text=${hostile}&owner=${hostile}&did=kept.${hostile}`);
    const { page, faults } = opened;
    assert.equal(await page.title(), 'Machines · ec2-operator');
    assert.equal(await page.locator('main img').count(), 0);
    assert.equal(await page.locator('#said').innerText(), '');
    assert.equal(await page.getByLabel('Search').inputValue(), HOSTILE);
    await page.goto(`${operator.url}/machines/${idOf(numberOf(HOSTILE))}/stop`);
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /^Stop "><img src=x/);
    assert.deepEqual(faults, []);
  });

  test('a machine is started by one press, and twice is once', async () => {
    await using opened = await open('/?text=woken');
    const { page, faults } = opened;
    await press(button(rowOf(page, 'woken'), 'Start'));
    await page.locator('#said p').waitFor();
    assert.match(
      await said(page),
      /^(?:EC2 has accepted the start of woken|Done: woken .* is running|The start of woken)/,
    );
    await page.goto(`${operator.url}/?text=twice`);
    const row = rowOf(page, 'twice');
    await Promise.all([button(row, 'Start').dblclick(), page.waitForResponse(/rows/)]);
    await eventually('the row says it', async () => (/start|running/.test(await row.innerText()) ? true : undefined));
    const { text } = await asAdmin.request(`/api/v1/operations?machine=${idOf(numberOf('twice'))}`);
    assert.equal([...text.matchAll(/"verb":"start"/g)].length, 1, text);
    for (const name of ['woken', 'twice'] as const) await expectChange(name, 'StartInstances');
    assert.deepEqual(faults, []);
  });

  test('a machine is kept from a dialog, which leaves the keyboard where it was, and is released', async () => {
    await using opened = await open('/?text=kept');
    const { page, faults } = opened;
    const row = rowOf(page, 'kept');
    await press(button(row, 'Keep…'));
    const dialog = page.getByRole('dialog', { name: 'Keep kept running' });
    await dialog.waitFor();
    assert.deepEqual(await violationsOn(page), []);
    await dialog.getByRole('button', { name: 'Keep 4 h' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.match(await said(page), /^kept is kept until .* CET\.$/);
    assert.deepEqual(await holders('kept'), ['pia']);
    assert.match(await row.innerText(), /Kept by pia until/);
    await press(button(row, 'Release'));
    await page.getByText('You do not keep kept any more.').waitFor();
    assert.deepEqual(await holders('kept'), []);
    assert.deepEqual(faults, []);
  });

  test('a stop asks first, names the machine and what is lost, and doing nothing does nothing', async () => {
    await using opened = await open('/?text=ended');
    const { page, faults } = opened;
    const row = rowOf(page, 'ended');
    await press(button(row, 'Stop…'));
    const dialog = page.getByRole('dialog', { name: 'Stop ended?' });
    assert.match(
      await dialog.innerText(),
      new RegExp(`ended \\(${idOf(numberOf('ended'))}\\)[^]*Lost then: what runs on it`),
    );
    await dialog.getByRole('link', { name: 'Do nothing' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.deepEqual(changes('ended'), []);
    await press(button(row, 'Stop…'));
    await dialog.getByRole('button', { name: 'Stop ended' }).click();
    await page.locator('#said p').waitFor();
    assert.match(
      await said(page),
      /^(?:EC2 has accepted the stop of ended|Done: ended .* is stopped|The stop of ended was asked)/,
    );
    await expectChange('ended', 'StopInstances');
    assert.deepEqual(faults, []);
  });

  test('an alert shows within moments, without a press, and its stop can be called off', async () => {
    await using opened = await open('/?text=live');
    const { page, faults } = opened;
    const row = rowOf(page, 'live');
    await hearing(page, async () => page.reload());
    const [receipt] = await operator_post(stopAlert(numberOf('live')));
    await row.getByText(/^Stops at \d\d:\d\d CET$/).waitFor();
    assert.deepEqual(await violationsOn(page), []);
    await press(button(row, 'Cancel stop'));
    await page.getByText('The stop of live does not happen: cancelled by pia.').waitFor();
    const operation = await asAdmin.read(receipt?.operation);
    assert.equal(operation.state, 'cancelled');
    assert.deepEqual(faults, []);
  });

  async function operator_post(alert: unknown) {
    return asAdmin.post('/operateHostname', [alert]);
  }

  test('without script it is read, kept and stopped all the same', async () => {
    await using opened = await open('/?text=plain', { javaScriptEnabled: false });
    const { page, faults } = opened;
    await button(rowOf(page, 'plain'), 'Keep…').click();
    await page.getByRole('button', { name: 'Keep 1 h' }).click();
    assert.match(await said(page), /^plain is kept until/);
    assert.equal(await page.getByLabel('Search').inputValue(), 'plain', 'back where she was');
    await button(rowOf(page, 'plain'), 'Stop…').click();
    await page.getByLabel('Stop it although it is kept').check();
    await page.getByRole('button', { name: 'Stop plain' }).click();
    await page.locator('#said p').waitFor();
    assert.match(await said(page), /stop of plain|plain .* is stopped/);
    await expectChange('plain', 'StopInstances');
    await page.goto(`${operator.url}/`);
    await page.getByLabel('Search').fill('no such machine');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('heading', { name: 'No machine matches' }).waitFor();
    assert.deepEqual(faults, []);
  });

  test('the keyboard alone is enough', async () => {
    await using opened = await open('/?text=keyed');
    const { page, faults } = opened;
    const focused = async (): Promise<string> => String(await page.evaluate('document.activeElement.textContent'));
    await page.keyboard.press('Tab');
    assert.match(await focused(), /^Skip to the contents$/);
    for (let presses = 0; (await focused()).trim() !== 'Keep…'; presses += 1) {
      assert.ok(presses < 60, 'the button is never reached');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await focused(), 'Keep…', 'back on the button');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let presses = 0; !(await focused()).includes('Keep 1 h'); presses += 1) {
      assert.ok(presses < 10, 'the choice is never reached');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByText(/^keyed is kept until/).waitFor();
    assert.deepEqual(faults, []);
  });

  test('on a phone in the dark, rows are cards for thumbs', async () => {
    const phone = {
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
    } as const;
    await using opened = await open('/', phone);
    const { page, faults } = opened;
    for (const path of ['/', `/machines/${idOf(numberOf('phone'))}/stop`]) {
      await page.goto(operator.url + path);
      assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 390, path);
      assert.deepEqual(await violationsOn(page), [], path);
    }
    await page.goto(`${operator.url}/?text=phone`);
    const keep = button(rowOf(page, 'phone'), 'Keep…');
    const box = await keep.boundingBox();
    assert.ok(box !== null && box.height >= 44, 'a thumb hits it');
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.match(String(ground), /^rgb\((?:[0-4]?\d, ){2}[0-4]?\d\)$/, 'it is dark');
    await keep.tap();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep 1 h' }).tap();
    await page.getByText(/^phone is kept until/).waitFor();
    assert.deepEqual(faults, []);
  });

  test('at twice the size, and without motion, all of it is there', async () => {
    await using opened = await open('/', { viewport: { width: 640, height: 400 }, reducedMotion: 'reduce' });
    const { page } = opened;
    assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 640);
    assert.deepEqual(await violationsOn(page), []);
    assert.ok(await button(rowOf(page, 'seen'), 'Keep…').isVisible());
  });

  test('a start for a while says until when, and gives a lease', async () => {
    await using opened = await open('/?text=leased');
    const { page, faults } = opened;
    await press(button(rowOf(page, 'leased'), 'Start for…'));
    const dialog = page.getByRole('dialog', { name: 'Start leased' });
    await dialog.getByRole('button', { name: 'For 4 h' }).click();
    await dialog.waitFor({ state: 'detached' });
    await eventually('the lease is made', async () => {
      const { text } = await asAdmin.request(`/api/v1/leases?instance=${idOf(numberOf('leased'))}`);
      return text.includes('"who":"pia"') ? true : undefined;
    });
    assert.deepEqual(faults, []);
  });

  test('a person who may only read is offered nothing that she may not do', async () => {
    await using opened = await open('/', {}, 'ada');
    const { page } = opened;
    assert.equal(await page.getByRole('table').getByRole('button').count(), 0);
  });
});
