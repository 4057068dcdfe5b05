/** Answers that are sent compressed to browsers that take it. They hold no secret, so their length may be known. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const pack = promisify(gzip);

/** A shorter text fits into one packet anyway. */
const SHORT = 1_200;

export async function packed(
  { headers: asked }: Pick<Request, 'headers'>,
  text: string,
  { status, headers }: { readonly status?: number; readonly headers: Readonly<Record<string, string>> },
): Promise<Response> {
  const isPacked = text.length >= SHORT && takesGzip(asked);
  return new Response(isPacked ? Buffer.from(await pack(text)) : text, {
    ...(status === undefined ? {} : { status }),
    headers: { ...headers, vary: 'accept-encoding', ...(isPacked ? { 'content-encoding': 'gzip' } : {}) },
  });
}

function takesGzip(headers: Headers): boolean {
  return /(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))/i.test(headers.get('accept-encoding') ?? '');
}
