/** The browser of people, as Debian packages it. */
import { chromium, type Browser, type BrowserContextOptions, type Page, type Request } from 'playwright-core';

/** @param more arguments of its command line */
export async function launch(executablePath: string, more: readonly string[] = []): Promise<Browser> {
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
      ...more,
    ],
  });
}

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complains about, requests to elsewhere, and referrers: none are expected. */
  readonly faults: readonly string[];
}

/** A page behind a link, of a person who was never here before. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  return open(browser, url, options, (request) => {
    const { referer } = request.headers();
    const isElsewhere = !request.url().startsWith(`${new URL(url).origin}/l/`);
    return [
      ...(isElsewhere ? [`a request to ${request.url()}`] : []),
      ...(referer === undefined || referer === '' ? [] : [`a referrer: ${referer}`]),
    ];
  });
}

/** A page of a person who has logged in. */
export async function openFramed(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  return open(browser, url, options, (request) =>
    request.url().startsWith(`${new URL(url).origin}/`) ? [] : [`a request to ${request.url()}`],
  );
}

async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
  faultsIn: (request: Request) => readonly string[],
): Promise<OpenedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  // Chromium tells of violations on its console, too, but not of all.
  await page.addInitScript(
    `document.addEventListener('securitypolicyviolation', (event) => console.error('policy', event.violatedDirective, event.blockedURI))`,
  );
  page.on('console', (message) => {
    // Chromium tells of every answer that is no success.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) faults.push(...faultsIn(request));
  });
  await page.goto(url);
  return { page, faults, [Symbol.asyncDispose]: async () => context.close() };
}
