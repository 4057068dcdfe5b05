/**
 * Texts as answers: compressed for browsers that take it, and not sent again to those that have them. The length of a compressed text
 * tells whether a guess that is reflected in it is also elsewhere in it (BREACH). That needs requests that another site makes the
 * browser send; they are answered as they are. Nor is a secret in any of these texts: tokens are in answers to POST alone.
 */
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import { safeResponse } from './safe.ts';

const [zstd, brotli, gzipped] = [promisify(zstdCompress), promisify(brotliCompress), promisify(gzip)];

/**
 * The first that the browser takes. Of 1.4 MB of JSON, zstd made 125 kB in 5 ms, Brotli 121 kB in 12 ms by this quality, and 108 kB in 18 ms
 * by the next one.
 */
const PACKERS = {
  zstd: async (text: string) => zstd(text),
  br: async (text: string) => brotli(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: async (text: string) => gzipped(text),
} as const;
type Packing = keyof typeof PACKERS;

/** A shorter text fits into one packet anyway. */
const SHORT = 1_024;

export interface TextInit {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A text that is sent many times. */
export interface KeptText {
  readonly text: string;
  readonly digest: string;
}

export function keptText(text: string): KeptText {
  return { text, digest: hash('sha256', text, 'base64url') };
}

export async function packed(
  { headers: asked }: Pick<Request, 'headers'>,
  given: string | KeptText,
  { status = 200, headers }: TextInit,
): Promise<Response> {
  if (status !== 200) return safeResponse(typeof given === 'string' ? given : given.text, status, headers);
  const { text, digest } = typeof given === 'string' ? keptText(given) : given;
  const etag = `W/"${digest}"`;
  const common = { ...headers, vary: 'accept-encoding', etag };
  if (isKnown(asked.get('if-none-match'), etag)) return safeResponse(null, 304, common);
  const packing = text.length < SHORT || isForeign(asked) ? undefined : chosenBy(asked.get('accept-encoding') ?? '');
  if (packing === undefined) return safeResponse(text, status, common);
  const body = await packOnce(packing, text, digest);
  return safeResponse(body, status, { ...common, 'content-encoding': packing });
}

/** `q=0` refuses. */
function chosenBy(accepted: string): Packing | undefined {
  const names = accepted
    .toLowerCase()
    .split(',')
    .filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
    .map((one) => one.split(';')[0]?.trim());
  return (['zstd', 'br', 'gzip'] as const).find((known) => names.includes(known));
}

function isKnown(known: string | null, etag: string): boolean {
  return known?.split(',').some((one) => one.trim() === etag) ?? false;
}

/** Browsers say where a request began. Those that do not say it here use plain HTTP, which can be read anyway. */
function isForeign(asked: Headers): boolean {
  return ['cross-site', 'same-site'].includes(asked.get('sec-fetch-site') ?? '');
}

/** A text that many open pages ask for at the same moment is compressed once. */
const kept = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
const MOST_KEPT = 32;

async function packOnce(packing: Packing, text: string, digest: string): Promise<Uint8Array<ArrayBuffer>> {
  const key = `${packing} ${digest}`;
  const body = kept.get(key) ?? PACKERS[packing](text);
  // The one that was used last is the last.
  kept.delete(key);
  kept.set(key, body);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return body;
}
