/** A person who presses a button of a page that stays up to date. */
import type { Locator } from 'playwright-core';
import { eventually } from './eventually.ts';

/** A button that has just come, changed or moved takes no press, and the page says so: a person presses it once more. */
export async function press(button: Locator): Promise<void> {
  const refusal = button.page().locator('#said').getByText('Please press it again');
  await eventually('a press that is taken', async () => {
    await button.click();
    return (await refusal.count()) === 0 || undefined;
  });
}
