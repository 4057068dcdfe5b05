/** The styles and the scripts of pages. Their addresses carry a hash of the contents, so browsers may keep them for ever. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packed } from './packed.ts';

const TYPES = { css: 'text/css', js: 'text/javascript' } as const;

/** Those in the folder `browser/` that pages load. */
const NAMES = ['base.css', 'link.css', 'link.js', 'app.css', 'records.css', 'app.js'] as const;
export type AssetName = (typeof NAMES)[number];

interface Asset {
  /** Below `assets/`, with the hash. */
  readonly file: string;
  readonly body: string;
  readonly type: string;
}

const BROWSER = path.join(import.meta.dirname, 'browser');

/** Read when the first page is made. */
let known: ReadonlyMap<AssetName, Asset> | undefined;

function assets(): ReadonlyMap<AssetName, Asset> {
  known ??= new Map(NAMES.map((name) => [name, readAsset(name)]));
  return known;
}

function readAsset(name: AssetName): Asset {
  const body = readFileSync(path.join(BROWSER, name), 'utf8');
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  const { name: stem, ext } = path.parse(name);
  const type = ext === '.css' ? TYPES.css : TYPES.js;
  return { file: `${stem}-${hash}${ext}`, body, type: `${type}; charset=utf-8` };
}

/** The name under which browsers ask for it. */
export function fileOf(name: AssetName): string {
  return assets().get(name)?.file ?? name;
}

/** @returns undefined where there is no such file: an old page asks for an old one */
export async function answerAsset(request: Request, file: string): Promise<Response | undefined> {
  const asset = assets()
    .values()
    .find((one) => one.file === file);
  if (asset === undefined) return undefined;
  return packed(request, asset.body, {
    headers: { 'content-type': asset.type, 'cache-control': 'public, max-age=31536000, immutable' },
  });
}
