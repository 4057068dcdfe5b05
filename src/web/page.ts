/** The document that all pages are, with the headers that keep others out of it. */
import { html } from 'hono/html';
import { fileOf, importsOf, type AssetName } from './assets.ts';
import { packed, type KeptText } from '../http/packed.ts';

/** A piece of HTML, with all foreign text escaped. */
export type Html = ReturnType<typeof html>;

export interface Page {
  readonly title: string;
  /** The contents of the body. */
  readonly body: Html;
  readonly status?: number;
  /** Without script, the page is loaded again after this time. In seconds. */
  readonly again?: number;
  /** From the page to the folder with `assets/`. */
  readonly up: string;
  readonly styles: readonly AssetName[];
  readonly scripts: readonly AssetName[];
  /** `none` where the address of the page is a secret. Browsers name the origin of a form only where it is `own`. */
  readonly referrer: 'none' | 'own';
}

/** Nothing from elsewhere, nothing inline, in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const REFERRERS = { none: 'no-referrer', own: 'same-origin' } as const;

function headersOf(referrer: Page['referrer']) {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'referrer-policy': REFERRERS[referrer],
    'x-robots-tag': 'noindex, nofollow, noarchive',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'clipboard-write=(self)',
  };
}

export async function answerPage(request: Request, page: Page): Promise<Response> {
  const { status = 200, referrer } = page;
  return packed(request, await pageText(page), { status, headers: headersOf(referrer) });
}

export async function pageText({ title, body, again, up, styles, scripts }: Page): Promise<string> {
  const refresh =
    again === undefined ? '' : html`<noscript><meta http-equiv="refresh" content="${String(again)}" /></noscript>`;
  const whole = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow, noarchive" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${styles.map((name) => html`<link rel="stylesheet" href="${up}assets/${fileOf(name)}" />`)}
        ${importsOf(scripts).map((name) => html`<link rel="modulepreload" href="${up}assets/${fileOf(name)}" />`)}
        ${scripts.map((name) => html`<script type="module" src="${up}assets/${fileOf(name)}"></script>`)} ${refresh}
      </head>
      ${body}
    </html>`;
  return String(await whole);
}

/** A piece of a page that is shown already, or all of it once more. */
export async function answerPiece(
  request: Request,
  piece: Html | KeptText,
  { referrer, status = 200 }: Pick<Page, 'referrer' | 'status'>,
): Promise<Response> {
  const given = await piece;
  return packed(request, 'digest' in given ? given : String(given), { status, headers: headersOf(referrer) });
}

/** From the page of a request to the first page: proxies may serve all of them below a path of their own. */
export function rootOf({ url }: Pick<Request, 'url'>): string {
  const depth = new URL(url).pathname.split('/').length - 2;
  return depth <= 0 ? './' : '../'.repeat(depth);
}
