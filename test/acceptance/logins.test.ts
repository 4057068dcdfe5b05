/** Guessing gets nobody anywhere, and harms nobody else. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { delivery, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { json, problemIn, requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { serveProcess } from '../support/process.ts';
import { sendBytes } from '../support/raw-http.ts';
import { bearer } from '../support/tokens.ts';

const TOKEN = 'a-token-that-opens-everything';
const CLOSED = { environment: { AUTH: '', AUTH_TOKEN: TOKEN } };
const BEHIND_PROXY = { ...CLOSED, config: 'trusted_proxies: [127.0.0.1]' };
const GUESSES = 10;

/** Wrong tokens, each another one, until the limit is reached. All at once: within seconds the first ones count no more. */
async function guess(operator: Operator, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const guesses = Array.from({ length: GUESSES }, async (_, turn) =>
    operator.request('/metrics', { headers: { ...headers, ...bearer(`guess-${turn}`) } }),
  );
  for (const answer of await Promise.all(guesses)) problemIn(answer, 401);
}

const from = (address: string): { readonly 'x-forwarded-for': string } => ({ 'x-forwarded-for': address });

const SECRET = 'the secret that Grafana has';
const SIGNED = JSON.stringify({ grafana_hmac: { secret: SECRET } });

/** A webhook that Grafana has signed. */
function signed(headers: Readonly<Record<string, string>> = {}): RequestInit {
  const body = JSON.stringify(delivery([stopAlert(1)]));
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  return {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-grafana-alerting-signature': signature, ...headers },
  };
}

// Not all at once: a guess is forgiven after six seconds, and the next request has to come before that.
describe('after ten wrong tokens', { concurrency: 2 }, () => {
  test('every route answers the next ones with 429 and says when to try again', async () => {
    await using operator = await startOperator(CLOSED);
    await guess(operator);
    const wrong = { headers: bearer('another guess of some length') };
    for (const [path, init] of [
      ['/metrics', wrong],
      ['/metrics', { headers: bearer('short') }],
      ['/openapi.json', wrong],
      ['/api/v1/operations', wrong],
      [`/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false`, wrong],
      ['/operateHostname', { ...json(delivery([stopAlert(1)])), ...wrong }],
    ] as const) {
      const answer = await operator.request(path, init);
      const detail = problemIn(answer, 429);
      const seconds = Number(answer.headers.get('retry-after'));
      assert.ok(seconds >= 1 && seconds <= 6, String(seconds));
      assert.ok(detail.includes('127.0.0.1') && !detail.includes(TOKEN));
      assert.equal(answer.headers.get('www-authenticate'), null);
    }
    for (const path of ['/ping', '/healthz', '/readyz']) assert.equal((await operator.request(path)).status, 200);
    assert.equal(operator.sandbox.calls.length, 0);
  });

  test('the right one passes from there all the same, and who shows none is asked for one', async () => {
    await using operator = await startOperator(CLOSED);
    await guess(operator);
    const { post, request } = requestsTo(operator.url, bearer(TOKEN));
    const [receipt] = await post('/operateHostname', [stopAlert(1)]);
    assert.equal(receipt?.outcome, 'accepted');
    for (const path of ['/metrics', '/api/v1/operations']) assert.equal((await request(path)).status, 200);
    problemIn(await operator.request('/metrics'), 401);
    problemIn(await operator.request('/metrics', { headers: bearer('yet another of some length') }), 429);
  });

  test('a short one, which could be guessed, passes where it was right before, and waits elsewhere', async () => {
    const environment = { AUTH: '', AUTH_TOKEN: 'sesame' };
    await using operator = await startOperator({ environment, config: 'trusted_proxies: [127.0.0.1]' });
    const status = async (address: string, token: string): Promise<number> =>
      (await operator.request('/metrics', { headers: { ...from(address), ...bearer(token) } })).status;
    assert.equal(await status('203.0.113.1', 'sesame'), 200);
    for (const address of ['203.0.113.1', '203.0.113.2']) await guess(operator, from(address));
    assert.equal(await status('203.0.113.1', 'sesame'), 200);
    assert.equal(await status('203.0.113.1', 'sesame!'), 429);
    assert.equal(await status('203.0.113.2', 'sesame'), 429);
  });

  test('a guess at a route that looks at no token makes none a right one', async () => {
    await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: 'sesame' } });
    for (const path of ['/no-such-route', '/ping', '/operateHostname?hostname=x'])
      await operator.request(path, { headers: { ...bearer('sesame'), origin: 'https://evil.example' } });
    await guess(operator);
    problemIn(await operator.request('/metrics', { headers: bearer('sesame') }), 429);
  });

  test('a guess beside a right signature makes none a right one', async () => {
    const environment = { AUTH: '', AUTH_TOKEN: 'sesame' };
    await using operator = await startOperator({ environment, config: SIGNED });
    const answer = await operator.request('/operateHostname', signed(bearer('sesame')));
    assert.equal(answer.status, 200, answer.text);
    await guess(operator);
    problemIn(await operator.request('/metrics', { headers: bearer('sesame') }), 429);
  });

  test('a right signature passes from there too', async () => {
    await using operator = await startOperator({ ...CLOSED, config: SIGNED });
    await guess(operator);
    const answer = await operator.request('/operateHostname', signed());
    assert.equal(answer.status, 200, answer.text);
  });

  test('the log tells of them, and is not filled by them', async () => {
    await using server = await serveProcess({ AUTH: '', AUTH_TOKEN: TOKEN, AWS_REGION: 'eu-central-1' });
    const headers = { 'content-type': 'text/plain', 'x-grafana-alerting-signature': 'x' };
    for (let turn = 0; turn < 40; turn += 1) {
      await fetch(`${server.url}/metrics`, { headers: bearer(`guess-${turn}`) });
      await fetch(`${server.url}/operateHostname`, { method: 'POST', headers, body: 'x' });
    }
    server.kill('SIGTERM');
    await server.exit;
    const told = server.lines.filter((line) => line.includes('a request came with wrong credentials'));
    assert.equal(told.length, 10, server.lines.join('\n'));
  });

  test('wrong signatures count as well', async () => {
    await using operator = await startOperator({
      ...CLOSED,
      config: JSON.stringify({ grafana_hmac: { secret: 'the secret that Grafana has' } }),
    });
    const body = json(delivery([stopAlert(1)]));
    const headers = { 'content-type': 'application/json', 'x-grafana-alerting-signature': '0'.repeat(64) };
    const guesses = Array.from({ length: GUESSES }, async () =>
      operator.request('/operateHostname', { ...body, headers }),
    );
    for (const answer of await Promise.all(guesses)) problemIn(answer, 401);
    problemIn(await operator.request('/operateHostname', { ...body, headers }), 429);
  });

  test('who shows none guesses nothing, and is not counted', async () => {
    await using operator = await startOperator(CLOSED);
    for (let turn = 0; turn < 2 * GUESSES; turn += 1) problemIn(await operator.request('/metrics'), 401);
    assert.equal((await operator.request('/metrics', { headers: bearer(TOKEN) })).status, 200);
  });

  test('where every route is open, nothing is counted', async () => {
    await using operator = await startOperator();
    for (let turn = 0; turn < 2 * GUESSES; turn += 1)
      assert.equal((await operator.request('/metrics', { headers: bearer('guess') })).status, 200);
  });
});

describe('the address that counts', { concurrency: true }, () => {
  test('is that of the socket, whatever X-Forwarded-For and Forwarded say', async () => {
    await using operator = await startOperator(CLOSED);
    const guesses = Array.from({ length: GUESSES }, async (_, turn) => {
      const headers = { ...from(`203.0.113.${turn}`), forwarded: `for=203.0.113.${turn}`, ...bearer(`guess-${turn}`) };
      return operator.request('/metrics', { headers });
    });
    for (const answer of await Promise.all(guesses)) problemIn(answer, 401);
    const spoofed = { ...from('203.0.113.99'), ...bearer('one guess more of some length') };
    problemIn(await operator.request('/metrics', { headers: spoofed }), 429);
  });

  test('is what a trusted proxy says, and others behind it do not suffer', async () => {
    await using operator = await startOperator(BEHIND_PROXY);
    await guess(operator, from('198.51.100.1, 203.0.113.1'));
    const guessed = { ...from('203.0.113.1'), ...bearer('one guess more of some length') };
    problemIn(await operator.request('/metrics', { headers: guessed }), 429);
    const neighbour = { ...from('203.0.113.1, 203.0.113.2'), ...bearer('a first guess of some length') };
    problemIn(await operator.request('/metrics', { headers: neighbour }), 401);
  });

  test('is on record, the spoofed one is not', async () => {
    await using operator = await startOperator(BEHIND_PROXY);
    const path = `/operateHostname?hostname=${addressOf(1)}&action=stop`;
    const headers = { ...from('198.51.100.1, 203.0.113.1'), ...bearer(TOKEN) };
    const { text } = await operator.request(path, { headers });
    assert.match(text, /"name":"token at 203\.0\.113\.1"/);
    assert.ok(!text.includes('198.51.100.1'));
  });
});

describe('credentials in odd shapes', { concurrency: true }, () => {
  test('an oversized Authorization header is refused before it is looked at', async () => {
    await using operator = await startOperator(CLOSED);
    const head = `GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'x'.repeat(20_000)}\r\n\r\n`;
    assert.match(await sendBytes(operator.url, head), /^HTTP\/1\.1 431 /);
    const long = { headers: bearer('x'.repeat(15_000)) };
    problemIn(await operator.request('/metrics', long), 401);
  });

  test('of two Authorization headers only the first is tried', async () => {
    await using operator = await startOperator(CLOSED);
    const head = `GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer guess\r\n`;
    assert.match(await sendBytes(operator.url, `${head}Authorization: Bearer ${TOKEN}\r\n\r\n`), /^HTTP\/1\.1 401 /);
  });

  for (const header of ['Bearer \u00ff\u00fe', 'Basic ////', `Basic ${'='.repeat(100)}`, `Bearer ${TOKEN}, Basic x`]) {
    test(`${JSON.stringify(header.slice(0, 20))} is refused`, async () => {
      await using operator = await startOperator(CLOSED);
      const head = `GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${header}\r\n\r\n`;
      assert.match(await sendBytes(operator.url, head), /^HTTP\/1\.1 401 /);
    });
  }
});
