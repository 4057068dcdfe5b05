/** The machines page in Chromium: how soon it can be used, and how soon it shows what an alert has done. */
import type { Browser } from 'playwright-core';
import { launch } from '../test/support/chromium.ts';
import { monotonicMs } from './clock.ts';
import { post } from './load.ts';
import { deliveryFor, nameOf } from './machines.ts';
import { startOperator, type Operator, type OperatorOptions } from './operator.ts';
import { median } from './statistics.ts';

/**
 * @param chromium its program
 * @param options of an operator that has ended: its machines are known to its store
 * @param starts how often the operator is started
 * @returns milliseconds until all rows are there and the scripts have run
 */
export async function measureUsable(
  chromium: string,
  options: OperatorOptions,
  machines: number,
  starts: number,
): Promise<number> {
  const browser = await launch(chromium);
  try {
    const times: number[] = [];
    for (let start = 0; start < starts; start += 1) {
      await using operator = await startOperator(options);
      times.push(await load(browser, operator, machines));
    }
    return median(times);
  } finally {
    await browser.close();
  }
}

/** In a new context, so that nothing is in a cache. */
async function load(browser: Browser, { url }: Operator, machines: number): Promise<number> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const begin = monotonicMs();
    // Modules run before `load`.
    await page.goto(`${url}/`, { waitUntil: 'load' });
    const ms = monotonicMs() - begin;
    const rows = await page.locator('tr[id^="i-"]').count();
    if (rows !== machines) throw new Error(`expected ${machines} rows in Chromium, got ${rows}`);
    return ms;
  } finally {
    await context.close();
  }
}

/**
 * @param machines by their numbers; nothing else acts on them
 * @returns the longest time from an alert until an open page shows it, in milliseconds
 */
export async function measureChange(chromium: string, { url }: Operator, machines: readonly number[]): Promise<number> {
  const browser = await launch(chromium);
  try {
    const page = await browser.newPage();
    // The stream may answer before the page has loaded.
    await Promise.all([page.waitForResponse(/events/), page.goto(`${url}/`)]);
    const times: number[] = [];
    for (const machine of machines) {
      const begin = monotonicMs();
      const body = deliveryFor([machine], { verb: 'stop', client: 'native' });
      await post({ url: `${url}/operateHostname`, bodies: [body], concurrency: 1 });
      await page
        .locator('#machines')
        .getByText(`GPU of ${nameOf(machine)} `)
        .waitFor();
      times.push(monotonicMs() - begin);
    }
    return Math.max(...times);
  } finally {
    await browser.close();
  }
}
