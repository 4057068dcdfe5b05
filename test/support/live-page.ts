/** Pages that stay up to date, and their clocks. */
import type { Page } from 'playwright-core';

/** More than may pass, on a busy machine, between a look at a page's clock and its stop; less than a silent stream is waited for. */
const AHEAD_MS = 10_000;

/** Loads a page, and waits until its stream of hints has begun, which may be before all of it has loaded. */
export async function hearing(page: Page, load: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForResponse(/\/events\b/), load()]);
}

/** Stops the page's clock, which was installed, at a time to come: what was due until then happens at once. */
export async function pauseClock(page: Page): Promise<void> {
  await page.clock.pauseAt(Number(await page.evaluate('Date.now()')) + AHEAD_MS);
}
