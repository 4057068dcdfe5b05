/** The style and the script of pages. Their addresses carry a hash of the contents, so browsers may keep them for ever. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Asset {
  /** Below `/l/assets/`. */
  readonly file: string;
  readonly body: string;
  readonly type: string;
}

const BROWSER = path.join(import.meta.dirname, 'browser');

/** Read when the first page is made. */
let known: { readonly css: Asset; readonly js: Asset } | undefined;

export function linkAssets(): { readonly css: Asset; readonly js: Asset } {
  known ??= { css: readAsset('link.css', 'text/css'), js: readAsset('link.js', 'text/javascript') };
  return known;
}

function readAsset(name: string, type: string): Asset {
  const body = readFileSync(path.join(BROWSER, name), 'utf8');
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  const { name: stem, ext } = path.parse(name);
  return { file: `${stem}-${hash}${ext}`, body, type: `${type}; charset=utf-8` };
}

/** @returns undefined where there is no such file: an old page asks for an old one */
export function answerAsset(file: string): Response | undefined {
  const asset = Object.values(linkAssets()).find((one) => one.file === file);
  if (asset === undefined) return undefined;
  return new Response(asset.body, {
    headers: { 'content-type': asset.type, 'cache-control': 'public, max-age=31536000, immutable' },
  });
}
