/** The styles and the scripts of pages. Their addresses carry a hash of the contents, so browsers may keep them for ever. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packed } from '../http/packed.ts';

const TYPES = { css: 'text/css', js: 'text/javascript' } as const;

/** What pages load: from the folder `browser/`, unless another place is named. A script comes after those that it imports. */
const NAMES = [
  'base.css',
  'link.css',
  'link.js',
  'app.css',
  'machines.css',
  'records.css',
  'patch.js',
  'app.js',
  'stream.js',
  'times.js',
  'live.js',
  'later.js',
  'savings.css',
  'uplot.css',
  'uplot.js',
  'savings.js',
  'pages.css',
] as const;
export type AssetName = (typeof NAMES)[number];

interface Asset {
  /** Below `assets/`, with the hash. */
  readonly file: string;
  readonly body: string;
  readonly type: string;
  /** The scripts that it imports. */
  readonly imports: readonly AssetName[];
}

/** Styles in one file: a browser of HTTP/1.1 asks for six files at a time, and a phone waits seconds for the next six. */
const JOINED: Readonly<Partial<Record<AssetName, readonly AssetName[]>>> = {
  'pages.css': ['base.css', 'app.css', 'machines.css', 'records.css'],
};

const BROWSER = path.join(import.meta.dirname, 'browser');

interface Foreign {
  readonly file: string;
  /** Makes a module of a script that declares one name. */
  readonly end?: string;
}

/** The files of packages. The small form of uPlot is a script for `<script>` alone, and its module is three times as large. */
const FOREIGN: Readonly<Partial<Record<AssetName, Foreign>>> = {
  'uplot.css': { file: 'uplot/dist/uPlot.min.css' },
  'uplot.js': { file: 'uplot/dist/uPlot.iife.min.js', end: '\nexport default uPlot;\n' },
};

/** A script imports another one by its name with the hash, so that an old page gets the old one, or none. */
const IMPORTED = /^import .*'\.\/([\w-]+\.js)';$/gm;

/** Read when the first page is made. */
let known: ReadonlyMap<AssetName, Asset> | undefined;

function assets(): ReadonlyMap<AssetName, Asset> {
  known ??= readAssets();
  return known;
}

function readAssets(): ReadonlyMap<AssetName, Asset> {
  const read = new Map<AssetName, Asset>();
  for (const name of NAMES) read.set(name, readAsset(name, read));
  return read;
}

function readAsset(name: AssetName, read: ReadonlyMap<string, Asset>): Asset {
  const text = textOf(name);
  const body = text.replaceAll(IMPORTED, (line, other: string) => line.replace(other, read.get(other)?.file ?? other));
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  const { name: stem, ext } = path.parse(name);
  const type = ext === '.css' ? TYPES.css : TYPES.js;
  const imported = [...text.matchAll(IMPORTED)].map(([, other]) => other);
  const imports = NAMES.filter((one) => imported.includes(one));
  return { file: `${stem}-${hash}${ext}`, body, type: `${type}; charset=utf-8`, imports };
}

function textOf(name: AssetName): string {
  const joined = JOINED[name];
  if (joined !== undefined) return joined.map(textOf).join('');
  const foreign = FOREIGN[name];
  if (foreign === undefined) return readFileSync(path.join(BROWSER, name), 'utf8');
  const { file, end = '' } = foreign;
  return readFileSync(fileURLToPath(import.meta.resolve(file)), 'utf8') + end;
}

/** The scripts that these import: a browser that is told of them does not have to find them first. */
export function importsOf(names: readonly AssetName[]): readonly AssetName[] {
  return [...new Set(names.flatMap((name) => assets().get(name)?.imports ?? []))];
}

/** The name under which browsers ask for it. */
export function fileOf(name: AssetName): string {
  return assets().get(name)?.file ?? name;
}

/**
 * While replicas are replaced by a new version, a page of one asks another for its files. It gets the file of this version: without
 * it, the page would be bare and would not say that it is not live.
 *
 * @returns undefined where no version has such a file
 */
export async function answerAsset(request: Request, file: string): Promise<Response | undefined> {
  const asset = assets()
    .values()
    .find((one) => stemOf(one.file) === stemOf(file));
  if (asset === undefined) return undefined;
  const caching = asset.file === file ? 'public, max-age=31536000, immutable' : 'no-store';
  return packed(request, asset.body, { headers: { 'content-type': asset.type, 'cache-control': caching } });
}

/** The name without the hash. */
function stemOf(file: string): string {
  return file.replace(/-[\w-]{12}(?=\.\w+$)/, '');
}
