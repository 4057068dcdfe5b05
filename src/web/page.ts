/** The frame of pages, and the headers that keep others out of them. */
import { html } from 'hono/html';
import { linkAssets } from './assets.ts';

/** A piece of HTML, with all foreign text escaped. */
export type Html = ReturnType<typeof html>;

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  /** Without script, the page is loaded again after this time. In seconds. */
  readonly again?: number;
  /** From the page to `/l/`. */
  readonly up: '' | '../';
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

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  // The address of the page is a secret.
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow, noarchive',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'clipboard-write=(self)',
} as const;

export async function answerPage({ title, body, status = 200, again, up }: Page): Promise<Response> {
  const { css, js } = linkAssets();
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
        <link rel="stylesheet" href="${up}assets/${css.file}" />
        <script src="${up}assets/${js.file}" defer></script>
        ${refresh}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;
  return new Response(String(await whole), { status, headers: HEADERS });
}

/** A piece of a page that is shown already. */
export async function answerPiece(piece: Html): Promise<Response> {
  return new Response(String(await piece), { headers: HEADERS });
}
