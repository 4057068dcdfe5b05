/** The browser of people, as Debian packages it. */
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export async function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complains about, requests to elsewhere, and referrers: none are expected. */
  readonly faults: readonly string[];
}

/** A page of a person who was never here before. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    // Chromium tells of every answer that is no success.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${new URL(url).origin}/l/`) && !request.url().startsWith('data:'))
      faults.push(`a request to ${request.url()}`);
    const { referer } = request.headers();
    if (referer !== undefined && referer !== '') faults.push(`a referrer: ${referer}`);
  });
  await page.goto(url);
  return { page, faults, [Symbol.asyncDispose]: async () => context.close() };
}
