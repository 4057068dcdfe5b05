/** HTTP that means one thing to whoever stands in front, or to a browser, and another to the operator. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { listen } from '../../src/http/listen.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { alert, delivery } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { json, problemIn, startOperator, type Operator } from '../support/operator.ts';
import { send, sendBytes } from '../support/raw-http.ts';
import { bearer } from '../support/tokens.ts';

const TOKEN = 'a-token-that-opens-everything';
const STOP = `/operateInstance?instance=${idOf(1)}&action=stop&client=native&dryrun=false`;
const WEBHOOK = JSON.stringify(delivery([alert({ hostname: addressOf(1) })]));

/** Nothing of what comes here is acted on. */
let operator: Operator;
before(async () => {
  operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: TOKEN } });
});
after(async () => {
  await using closed = operator;
  assert.equal((await closed.request('/ping')).text, 'pong');
  assert.deepEqual(closed.changes(), [], 'EC2 was asked to change nothing');
});

/** The lines of a request with the right token, and what stands behind its head. */
function raw(requestLine: string, headers: readonly string[], body = ''): string {
  const head = [requestLine, 'Host: operator', `Authorization: Bearer ${TOKEN}`, 'Connection: close', ...headers];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function post(headers: readonly string[], body: string): string {
  return raw('POST /operateHostname HTTP/1.1', ['Content-Type: application/json', ...headers], body);
}

const LENGTH = `Content-Length: ${WEBHOOK.length}`;
const CHUNKED = `${WEBHOOK.length.toString(16)}\r\n${WEBHOOK}\r\n0\r\n\r\n`;

describe('a request that two parties could read differently', { concurrency: true }, () => {
  const ambiguous: Readonly<Record<string, string>> = {
    'two lengths': post([LENGTH, 'Content-Length: 5'], WEBHOOK),
    'the same length twice': post([LENGTH, LENGTH], WEBHOOK),
    'a list of lengths': post([`${LENGTH}, ${WEBHOOK.length}`], WEBHOOK),
    'a negative length': post(['Content-Length: -1'], WEBHOOK),
    'a length with a sign': post([`Content-Length: +${WEBHOOK.length}`], WEBHOOK),
    'a length in other digits': post([`Content-Length: 0x${WEBHOOK.length.toString(16)}`], WEBHOOK),
    'a length and chunks': post([LENGTH, 'Transfer-Encoding: chunked'], CHUNKED),
    'chunks and a length': post(['Transfer-Encoding: chunked', LENGTH], CHUNKED),
    'chunks that are not the last encoding': post(['Transfer-Encoding: chunked, identity'], CHUNKED),
    'chunks twice': post(['Transfer-Encoding: chunked', 'Transfer-Encoding: x'], CHUNKED),
    'white space before the colon': post([`Content-Length : ${WEBHOOK.length}`], WEBHOOK),
    'a chunk size with letters behind it': post(['Transfer-Encoding: chunked'], CHUNKED.replace('\r\n', 'g\r\n')),
    'a header folded over two lines': post([LENGTH, 'X-Folded: a\r\n Transfer-Encoding: chunked'], WEBHOOK),
    'the token folded over two lines': `GET ${STOP} HTTP/1.1\r\nHost: x\r\nAuthorization:\r\n Bearer ${TOKEN}\r\n\r\n`,
    'NUL in a header': post([LENGTH, 'X-Null: a\0b'], WEBHOOK),
    'NUL in the name of a header': post([LENGTH, 'X-\0Null: a'], WEBHOOK),
    'NUL in the target': raw(`GET ${STOP}\0 HTTP/1.1`, []),
    'a line feed alone in a header': post([LENGTH, 'X-Split: a\nX-More: b'], WEBHOOK),
    'a carriage return alone in a header': post([LENGTH, 'X-Split: a\rX-More: b'], WEBHOOK),
    'a space in the target': raw(`GET ${STOP}& x HTTP/1.1`, []),
    'a segment of dots': raw('GET /l/../ping HTTP/1.1', []),
    'a segment of encoded dots': raw('GET /l/%2e%2E/ping?a HTTP/1.1', []),
    'a segment of one dot at the end': raw('GET /l/. HTTP/1.1', []),
    'two hosts': raw(`GET ${STOP} HTTP/1.1`, ['Host: elsewhere']),
    'another version of HTTP': raw(`GET ${STOP} HTTP/3.0`, []),
    'HTTP/2 in the words of HTTP/1': raw(`GET ${STOP} HTTP/2.0`, []),
    'a fragment': raw(`GET ${STOP}#/ping HTTP/1.1`, []),
    'a target at another host': raw(`GET http://elsewhere${STOP} HTTP/1.1`, []),
    'a target at a host with a user': raw(`GET http://operator@operator${STOP} HTTP/1.1`, []),
    'a target without a host': raw(`GET http:///ping HTTP/1.1`, []),
    'a target whose host ends in a query': raw(`GET http://operator?/ping HTTP/1.1`, []),
    'no version': `GET ${STOP}\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
    'HTTP/2 without being asked': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(ambiguous)) {
    test(`${what} is refused`, async () => {
      const answer = await sendBytes(operator.url, bytes);
      assert.match(answer, /^HTTP\/1\.1 400 /, answer.slice(0, 100));
      assert.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 1, 'one answer: nothing behind it is taken for a request');
    });
  }

  // A host is read as a part of the address, so these lead the path to another route.
  for (const host of [
    '\xDF\\ping?',
    '\xDF/ping?',
    '1\\ping?',
    '127.1?abc',
    '127.1#abc',
    'operator,x',
    'x@operator',
    'ex%61mple',
    '[::1]x',
  ]) {
    test(`the host ${host} is refused`, async () => {
      const bytes = `GET /l/none HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      assert.match(await sendBytes(operator.url, bytes), /^HTTP\/1\.1 400 /);
    });
  }

  for (const host of ['operator', 'ec2_operator.local.:8080', '127.0.0.1:80', '[::1]', 'xn--zckzah'])
    test(`the host ${host} is one, also in the target`, async () => {
      for (const target of ['/ping', `http://${host}/ping`]) {
        const bytes = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
        assert.match(await sendBytes(operator.url, bytes), /^HTTP\/1\.1 200 .*pong$/s);
      }
    });

  test('a tunnel is not dug', async () => {
    assert.doesNotMatch(await sendBytes(operator.url, raw('CONNECT 169.254.169.254:80 HTTP/1.1', [])), / 2\d\d /);
  });

  test('an upgrade is not made', async () => {
    const bytes = raw('GET /ping HTTP/1.1', ['Upgrade: h2c, websocket', 'Connection: Upgrade, HTTP2-Settings']);
    assert.doesNotMatch(await sendBytes(operator.url, bytes), /^HTTP\/1\.1 101 /m);
  });

  test('a method or path in a header is not the one that counts', async () => {
    for (const name of ['x-http-method-override', 'x-method-override', 'x-original-url', 'x-rewrite-url']) {
      const headers = { ...bearer(TOKEN), [name]: name.includes('method') ? 'POST' : STOP };
      assert.equal((await operator.request('/ping', { headers })).text, 'pong');
      problemIn(await operator.request('/operateHostname', { headers }), 400);
    }
  });
});

describe('a browser that nobody has told to', { concurrency: true }, () => {
  for (const [name, value] of [
    ['sec-purpose', 'prefetch'],
    ['sec-purpose', 'prefetch;prerender'],
    ['sec-purpose', 'prefetch;anonymous-client-ip'],
    ['purpose', 'prefetch'],
    ['x-purpose', 'preview'],
    ['x-moz', 'prefetch'],
  ] as const) {
    test(`${name}: ${value}`, async () => {
      const headers = { ...bearer(TOKEN), 'sec-fetch-site': 'none', [name]: value };
      assert.match(problemIn(await send(operator.url + STOP, { method: 'GET', headers }), 403), /made ahead of time/);
    });
  }

  test('an image on a page', async () => {
    const headers = { ...bearer(TOKEN), accept: 'image/avif,image/webp,image/apng,*/*;q=0.8' };
    for (const path of [STOP, '/operateInstance?instance=i-00000000000000001&action=stop'])
      assert.match(problemIn(await send(operator.url + path, { method: 'GET', headers }), 403), /for an image/);
  });

  test('a link on one of our own pages, such as that of the rule of an alert', async () => {
    const headers = { ...bearer(TOKEN), 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' };
    for (const path of [STOP, '/%6fperateInstance?instance=i-00000000000000001&action=stop'])
      assert.match(problemIn(await send(operator.url + path, { method: 'GET', headers }), 403), /a page led to/);
  });

  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
  ]) {
    test(`a form of another page, as ${type}`, async () => {
      const headers = { ...bearer(TOKEN), 'content-type': type };
      for (const path of ['/operateHostname', '/operateInstance', '/api/v1/plan', '/api/v1/tokens'])
        problemIn(await operator.request(path, { method: 'POST', headers, body: WEBHOOK }), 415);
    });
  }

  test('asks in vain whether another page may (preflight)', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    for (const path of ['/operateHostname', '/api/v1/plan', '/api/v1/tokens', '/metrics']) {
      const answer = await send(operator.url + path, { method: 'OPTIONS', headers });
      assert.match(String(answer.status), /^40[45]$/);
      assert.deepEqual(
        [...answer.headers.keys()].filter((name) => name.startsWith('access-control-')),
        [],
      );
    }
  });
});

describe('a body that is more than it seems', { concurrency: true }, () => {
  for (const encoding of ['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'identity, gzip', 'GZIP']) {
    test(`a decompression bomb, as ${encoding}`, async () => {
      const body = gzipSync(Buffer.alloc(64 * 1024 * 1024));
      const headers = { ...bearer(TOKEN), 'content-type': 'application/json', 'content-encoding': encoding };
      problemIn(await operator.request('/operateHostname', { method: 'POST', headers, body }), 415);
    });
  }

  test('compressed all the same, it is no JSON', async () => {
    const headers = { ...bearer(TOKEN), 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: gzipSync(WEBHOOK) };
    assert.match(problemIn(await operator.request('/operateHostname', init), 400), /not UTF-8/);
  });

  test('that never ends is cut off, and others are served meanwhile', async () => {
    const limits = { requestMs: 300, headersMs: 300, checkMs: 50 };
    const isProxy = (): boolean => false;
    const fetch = async (request: Request): Promise<Response> => new Response(await request.text());
    const options = {
      host: '127.0.0.1',
      port: 0,
      isProxy,
      onFull: () => {},
      onTlsReload: () => {},
      onTlsFault: () => {},
      limits,
    };
    const slow = await listen(fetch, options);
    const url = `http://127.0.0.1:${slow.address.port}`;
    const cutOff = sendBytes(url, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"alerts":');
    assert.equal((await send(url, { method: 'POST', chunks: ['quick'] })).text, 'quick');
    assert.doesNotMatch(await cutOff, /^HTTP\/1\.1 2/);
    await slow.close();
  });
});

test('no answer of any route for programs is a page or a redirect, and each says so', async () => {
  // Pages for people have tests of their own.
  const paths = ROUTES.filter(({ access, forPeople }) => access !== 'link' && forPeople !== true).map(({ path }) =>
    path.replaceAll(/\{\w+\}/g, '<b>x'),
  );
  assert.ok(paths.length > 8, paths.join());
  const odd = ['//evil.example', '/operateInstance/', '/operateinstance', '/<script>alert(1)</script>', '/index.html'];
  for (const path of [...paths, ...odd, '/operateInstance?instance=<script>&action=<b>', '/ping?x=<b>']) {
    for (const headers of [bearer(TOKEN), { ...bearer(TOKEN), accept: 'text/html' }, {}]) {
      for (const method of ['GET', 'HEAD', 'DELETE']) {
        const answer = await send(`${operator.url}${encodeURI(path)}`, { method, headers });
        assert.ok(answer.status < 300 || answer.status >= 400, `${method} ${path}: ${answer.status}`);
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
        assert.equal(answer.headers.get('cache-control'), 'no-store', path);
        const type = answer.headers.get('content-type') ?? '';
        // A person who mistypes an address gets a page that says so.
        if (odd.includes(path) && 'accept' in headers && type.startsWith('text/html')) {
          assert.equal(answer.status, 404, path);
          assert.doesNotMatch(answer.text, /<script>alert/);
          assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
        } else assert.match(type, /^(?:application\/(?:problem\+)?json|text\/(?:plain|csv))/, path);
      }
    }
  }
  problemIn(await operator.request('/operateHostname', json({ a: '<script>' })), 401);
});
