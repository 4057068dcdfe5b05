/** What axe finds wrong with a page for people who see, hear or move otherwise. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Chromium's own tools may run what the policy of the page forbids to it. @returns a line for each violation */
export async function violationsOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map(({ target }) => id + ': ' + help + ' at ' + target.join(' '))))`,
  );
  return Array.isArray(found) ? found.map(String) : ['axe gave no answer'];
}
