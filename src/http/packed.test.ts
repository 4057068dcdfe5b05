import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { packed } from './packed.ts';

const TEXT = '<tr><td>gpu-1 runs</td></tr>\n'.repeat(100);
const HTML = { headers: { 'content-type': 'text/html; charset=utf-8' } };

async function ask(headers: Readonly<Record<string, string>>, text = TEXT, init: Parameters<typeof packed>[2] = HTML) {
  return packed({ headers: new Headers(headers) }, text, init);
}

const UNPACK = { zstd: zstdDecompressSync, br: brotliDecompressSync, gzip: gunzipSync } as const;

test('a long text is compressed by the best way that the browser takes', async () => {
  for (const [accepted, expected] of [
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip, deflate, br', 'br'],
    ['GZIP', 'gzip'],
    ['br;q=0, zstd;q=0.0, gzip;q=0.5', 'gzip'],
  ] as const) {
    const response = await ask({ 'accept-encoding': accepted });
    assert.equal(response.headers.get('content-encoding'), expected);
    assert.equal(response.headers.get('vary'), 'accept-encoding');
    assert.equal(UNPACK[expected](Buffer.from(await response.arrayBuffer())).toString(), TEXT);
  }
});

test('a short text, a browser that takes none, and what is no success are sent as they are', async () => {
  const takesAll = { 'accept-encoding': 'gzip, br, zstd' };
  for (const response of [
    await ask(takesAll, 'short'),
    await ask({}),
    await ask({ 'accept-encoding': 'identity, br;q=0' }),
    await ask(takesAll, TEXT, { ...HTML, status: 404 }),
  ]) {
    assert.equal(response.headers.get('content-encoding'), null);
    assert.match(await response.text(), /^(?:short|<tr>)/);
  }
});

test('what another site made a browser ask for is not compressed', async () => {
  for (const site of ['cross-site', 'same-site']) {
    const response = await ask({ 'accept-encoding': 'gzip', 'sec-fetch-site': site });
    assert.equal(response.headers.get('content-encoding'), null);
  }
  for (const site of ['same-origin', 'none']) {
    const response = await ask({ 'accept-encoding': 'gzip', 'sec-fetch-site': site });
    assert.equal(response.headers.get('content-encoding'), 'gzip');
  }
});

test('a browser that has the text is told so, whichever way it was compressed', async () => {
  const etag = (await ask({ 'accept-encoding': 'gzip' })).headers.get('etag') ?? '';
  const again = await ask({ 'accept-encoding': 'br', 'if-none-match': `W/"other", ${etag}` });
  assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, null, etag]);
  const changed = await ask({ 'if-none-match': etag }, `${TEXT}!`);
  assert.equal(changed.status, 200);
  assert.notEqual(changed.headers.get('etag'), etag);
});

test('two answers of the same text are whole, each', async () => {
  const both = await Promise.all([1, 2].map(async () => ask({ 'accept-encoding': 'zstd' })));
  for (const response of both)
    assert.equal(zstdDecompressSync(Buffer.from(await response.arrayBuffer())).toString(), TEXT);
});
