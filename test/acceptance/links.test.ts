/** Links as such: who can make one, how long it works, and where it never shows. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startSandbox } from '../../src/sandbox/server.ts';
import { fleetOf, idOf, machine } from '../support/fleet.ts';
import { formOf, keyedDirectory, pressed, PUBLIC_URL, readPage, signer, type Sign } from '../support/links.ts';
import {
  requestsTo,
  sandboxEnvironment,
  startOperator,
  type Operator,
  type OperatorOptions,
} from '../support/operator.ts';
import { serveProcess } from '../support/process.ts';
import { startWarned } from '../support/warnings.ts';
import { configWith } from '../support/tokens.ts';

const TOKENS = { root: { scopes: ['admin'] }, bob: { scopes: ['stop'] } };
const MACHINES = [machine(1, { state: 'stopped', name: 'gpu-1' })];

interface Site extends AsyncDisposable {
  readonly operator: Operator;
  readonly sign: Sign;
}

async function start(options: OperatorOptions = {}): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const { dataDir, sign } = await keyedDirectory(stack);
  const operator = stack.use(
    await startOperator({
      machines: MACHINES,
      config: configWith(TOKENS, { public_url: PUBLIC_URL }),
      ...options,
      environment: { AUTH: '', DATA_DIR: dataDir },
    }),
  );
  const running = stack.move();
  return { operator, sign, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}

async function browse({ operator }: Site, link: string, init: RequestInit = {}) {
  return readPage(await operator.request(link, init));
}

const soon = async (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 2_050);
  });

describe('links', { concurrency: true }, () => {
  test('pages load nothing from elsewhere, and keep their address to themselves', async () => {
    await using site = await start();
    for (const link of [
      site.sign('keep'),
      site.sign('wake'),
      site.sign('see'),
      '/l/unknown',
      `${site.sign('wake')}/state`,
    ]) {
      const { headers, text } = await browse(site, link);
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
        assert.ok(policy.includes(part), part);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/);
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.match(headers.get('x-robots-tag') ?? '', /noindex/);
      assert.equal(headers.get('set-cookie'), null);
      assert.doesNotMatch(text, /<script(?![^>]*src="(?:\.\.\/)?assets\/)|\bon\w+="|style="|src="(?:https?:)?\/\//);
    }
  });

  test('page, styles and script are small, and browsers may keep all but the page', async () => {
    await using site = await start();
    const page = await browse(site, site.sign('wake'));
    const files = [...page.text.matchAll(/(?:href|src)="(assets\/[^"]+)"/g)].map(([, file]) => `/l/${file}`);
    assert.equal(files.length, 3);
    const assets = await Promise.all(files.map(async (file) => site.operator.request(file)));
    for (const { status, headers } of assets) {
      assert.equal(status, 200);
      assert.match(headers.get('cache-control') ?? '', /immutable/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
    const total = [page, ...assets].reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    assert.ok(total < 30_000, String(total));
    const own = await site.operator.request(files.find((file) => file.endsWith('.js')) ?? '');
    const other = await site.operator.request('/l/assets/link-000000000000.js');
    assert.deepEqual([other.status, other.text], [200, own.text], 'a replica of another version has made the page');
    assert.equal(other.headers.get('cache-control'), 'no-store');
    assert.equal((await site.operator.request('/l/assets/none-000000000000.js')).status, 404);
    assert.equal((await site.operator.request('/l/assets/..%2f..%2fpage.ts')).status, 404);
  });

  test('an expired link says so and what to do; an unknown one tells nothing about machines', async () => {
    await using site = await start();
    const expired = site.sign('keep', { expiresAt: Date.now() - 60_000 });
    for (const init of [{}, formOf({ keep: '1h' })]) {
      const page = await browse(site, expired, init);
      assert.equal(page.status, 410);
      assert.match(page.words, new RegExp(`This link has expired.*${idOf(1)}.*newest message.*ec2-operator start`));
      assert.equal(page.nonce, '');
    }
    for (const link of ['/l/x', '/l/a.b.c', `${site.sign('keep')}A`, `/l/${'a'.repeat(3_000)}`, '/l/%00']) {
      const page = await browse(site, link);
      assert.equal(page.status, 404, link);
      assert.doesNotMatch(page.words, /i-0|gpu/);
    }
    assert.deepEqual(site.operator.sandbox.calls, []);
  });

  test('without a public URL there are no links', async () => {
    await using site = await start({ config: configWith(TOKENS) });
    assert.equal((await browse(site, site.sign('wake'))).status, 404);
  });

  test('a link of one purpose is of no use for another', async () => {
    await using site = await start();
    const wake = site.sign('wake');
    const page = await browse(site, wake);
    await soon();
    // The button of another page does what this page is for, at most.
    const keep = await browse(site, site.sign('keep'), pressed(page, { keep: '1h', wake: 'start' }));
    assert.equal(keep.status, 400);
    assert.equal((await browse(site, `${site.sign('keep')}/state`)).status, 404);
    assert.equal(site.operator.changes().length, 0);
  });

  test('names of machines and people cannot break out of a page', async () => {
    const name = '</h1><script>alert(1)</script><img src=x onerror="alert(2)">\u202E&amp;';
    await using site = await start({ machines: [machine(1, { state: 'stopped', name })] });
    for (const purpose of ['keep', 'wake', 'see'] as const) {
      const link = site.sign(purpose, { recipient: '"><script>@example.com', channel: "'><b>" });
      const page = await browse(site, link);
      assert.doesNotMatch(page.text, /<script>|<img|<b>@|onerror="/);
      assert.doesNotMatch(page.text, /\u202E/);
    }
  });

  test('a token shows in no log line, metric, audit entry or database row', async () => {
    await using stack = new AsyncDisposableStack();
    const { dataDir, sign } = await keyedDirectory(stack);
    const sandbox = stack.use(await startSandbox({ fleet: fleetOf(MACHINES) }));
    const server = stack.use(
      await serveProcess({
        ...sandboxEnvironment(sandbox),
        HOST: '127.0.0.1',
        PORT: '0',
        AUTH: 'none',
        LOG_LEVEL: 'debug',
        DATA_DIR: dataDir,
        PUBLIC_URL,
      }),
    );
    const { request } = requestsTo(server.url);
    const ask = async (link: string, init: RequestInit = {}) => readPage(await request(link, init));
    const links = [sign('wake'), sign('keep'), sign('see'), sign('keep_now'), sign('keep', { expiresAt: 1 })];
    const pages = await Promise.all(links.map(async (link) => ask(link)));
    await soon();
    for (const [index, link] of links.entries()) {
      const { nonce = '' } = pages[index] ?? {};
      for (const fields of [{}, { nonce, pressed: nonce, keep: '1h', wake: 'start' }]) await ask(link, formOf(fields));
      await ask(`${link}/state`, { method: 'PUT' });
      await ask(`${link}/nothing`);
    }
    const outputs = await Promise.all(
      ['/metrics', '/api/v1/audit?limit=1000', '/api/v1/operations', '/openapi.json'].map(async (route) => {
        const { status, text } = await request(route);
        assert.equal(status, 200);
        return text;
      }),
    );
    assert.match(outputs[0] ?? '', /ec2_operator_link_requests_total\{purpose="wake",outcome="acted"\} 1\n/);
    assert.ok(server.lines.some((line) => line.includes('a button behind a link was pressed')));
    server.kill('SIGTERM');
    const { stderr } = await server.exit;
    const files = await readdir(dataDir);
    const rows = await Promise.all(files.map(async (file) => readFile(path.join(dataDir, file), 'latin1')));
    // The machine and the recipient may be told, but not what gives a right to them.
    const macs = links.map((link) => link.slice(link.lastIndexOf('.') + 1));
    for (const output of [...outputs, ...rows, ...server.lines, stderr])
      for (const mac of macs) assert.ok(!output.includes(mac), output.slice(0, 200));
  });
});

test('a new key signs new links; links of the old key work until they are revoked', async () => {
  await using operator = await startWarned({ config: `public_url: ${PUBLIC_URL}` });
  const { store, browse: ask } = operator;
  const old = (await signer(store))('wake');
  const rotate = async (query = '') => operator.request('POST', `/api/v1/links/rotate${query}`);
  assert.equal((await rotate()).status, 200);
  const fresh = (await signer(store))('wake');
  assert.notEqual(fresh.split('.')[0], old.split('.')[0]);
  for (const link of [old, fresh]) assert.equal((await ask(link)).status, 200);
  assert.equal((await rotate('?revoke=true')).status, 200);
  for (const link of [old, fresh]) assert.equal((await ask(link)).status, 404);
  assert.equal((await ask((await signer(store))('wake'))).status, 200);
  const { body } = await operator.request('GET', '/api/v1/audit?event=link_key');
  assert.match(JSON.stringify(body), /made a new key for links: .* do not work any more/);
});
