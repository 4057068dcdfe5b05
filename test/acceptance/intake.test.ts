/** Whatever comes in: a short answer that says what was expected, nothing acted on, and the next request is served. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { delivery, stopAlert } from '../support/alerts.ts';
import { idOf } from '../support/fleet.ts';
import { problemIn, startOperator, type Operator } from '../support/operator.ts';
import { send, sendBytes } from '../support/raw-http.ts';

const STOP = `/operateInstance?instance=${idOf(1)}&action=stop&client=native&dryrun=false`;
const GOOD = JSON.stringify(delivery([stopAlert(1)]));
const DEEP = 100_000;

let operator: Operator;
before(async () => {
  operator = await startOperator();
});
after(async () => {
  await using _closed = operator;
  assert.equal((await operator.request('/ping')).text, 'pong');
  assert.deepEqual(operator.changes(), [], 'nothing was acted on');
  assert.equal(operator.sandbox.counts.get('DescribeInstances'), undefined);
});

function post(body: string | Buffer, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
}

describe('a body that is no delivery', { concurrency: true }, () => {
  const deep = (open: string, close: string): string => open.repeat(DEEP) + close.repeat(DEEP);
  const bodies: readonly (readonly [name: string, body: string | Buffer, detail: RegExp])[] = [
    ['malformed JSON', '{"alerts": [', /^expected JSON: /],
    ['JSON with more behind it', `${GOOD}x`, /^expected JSON: /],
    ['an empty body', '', /got an empty one/],
    ['white space', ' \n ', /got an empty one/],
    ['an array', '[]', /an object with an alerts array, got an array/],
    ['a word', '"alerts"', /an object with an alerts array/],
    ['null', 'null', /an object with an alerts array/],
    ['alerts that are no array', '{"alerts": {"length": 1}}', /an object with an alerts array/],
    ['bytes that are not UTF-8', Buffer.from('{"alerts": ["\xff"]}', 'latin1'), /not UTF-8/],
    ['a body nested 100,000 deep', deep('[', ']'), /got an array/],
    ['an object nested 100,000 deep', `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`, /an object with an alerts array/],
    ['an alert nested 100,000 deep', `{"alerts":[${deep('[', ']')}]}`, /none of the 1 alerts can be acted on/],
    [
      'labels nested 100,000 deep',
      `{"alerts":[{"status":"firing","labels":{"action":"stop","hostname":${deep('[', ']')}}}]}`,
      /none of the 1 alerts can be acted on/,
    ],
    [
      'a label nobody reads nested 100,000 deep',
      `{"alerts":[{"status":"firing","labels":{"x":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}}]}`,
      /none of the 1 alerts can be acted on/,
    ],
    ['a name of a million characters', JSON.stringify(delivery([stopName('a'.repeat(1_000_000))])), /none of the 1/],
  ];
  for (const [name, body, detail] of bodies) {
    test(name, async () => {
      assert.match(problemIn(await operator.request('/operateHostname', post(body)), 400), detail);
    });
  }

  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ];
  for (const type of types) {
    test(`content type ${type}`, async () => {
      const answer = await operator.request('/operateHostname', post(GOOD, { 'content-type': type }));
      assert.match(problemIn(answer, 415), /expected content type application\/json/);
    });
  }

  test('a compressed body', async () => {
    const answer = await operator.request('/operateHostname', post(GOOD, { 'content-encoding': 'gzip' }));
    assert.match(problemIn(answer, 415), /without content encoding, got "gzip"/);
  });

  test('an endless body without a length is cut off', async () => {
    const mebibyte = ' '.repeat(1024 * 1024);
    const headers = { 'content-type': 'application/json' };
    const chunks = Array.from({ length: 17 }, () => mebibyte);
    assert.match(
      problemIn(await send(`${operator.url}/operateHostname`, { method: 'POST', headers, chunks }), 413),
      /16 MiB/,
    );
  });
});

describe('a body that is unusual and good', { concurrency: true }, () => {
  const dry = JSON.stringify(delivery([stopAlert(1, { status: 'resolved' })]));

  test('in pieces and without a length', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const { status } = await send(`${operator.url}/operateHostname`, { method: 'POST', headers, chunks: dry });
    assert.equal(status, 200);
  });

  test('without a content type', async () => {
    const headers = { 'content-length': dry.length };
    const answer = await send(`${operator.url}/operateHostname`, { method: 'POST', headers, chunks: [dry] });
    assert.equal(answer.status, 200);
  });
});

describe('a request that is not one of ours', { concurrency: true }, () => {
  for (const path of ['/operateInstance', '/operateHostname?action=stop', '/operateInstance?instance=&action=stop']) {
    test(`GET ${path}, as a redirected webhook becomes`, async () => {
      assert.match(problemIn(await operator.request(path), 400), /a redirect .* turns it into a GET/);
    });
  }

  const bad: readonly (readonly [change: string, detail: RegExp])[] = [
    ['&action=explode', /action/],
    ['&wait=61s', /wait: expected a duration of at most 60s.*got "61s"/],
    ['&wait=10', /wait: expected a duration/],
    ['&region=*', /region/],
    ['&client=ssh', /client/],
  ];
  for (const [change, detail] of bad) {
    test(`GET with ${change}`, async () => {
      const url = new URL(STOP, operator.url);
      for (const [name, value] of new URLSearchParams(change)) url.searchParams.set(name, value);
      assert.match(problemIn(await operator.request(url.pathname + url.search), 400), detail);
    });
  }

  test('a parameter that is said twice', async () => {
    const answer = await operator.request(`${STOP}&dryrun=true`);
    assert.match(problemIn(answer, 400), /expected the parameter "dryrun" once/);
  });

  for (const path of [STOP, STOP.replace('operateI', '%6FperateI')]) {
    test(`HEAD ${path.slice(0, 20)} does not act`, async () => {
      const { status, headers } = await operator.request(path, { method: 'HEAD' });
      assert.equal(status, 405);
      assert.equal(headers.get('allow'), 'GET, POST, PUT');
    });
  }

  for (const method of ['OPTIONS', 'DELETE', 'PATCH']) {
    test(`${method} is not allowed`, async () => {
      const answer = await operator.request(STOP, { method });
      problemIn(answer, 405);
      assert.equal(answer.headers.get('allow'), 'GET, POST, PUT');
    });
  }

  test('another web site has caused it', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    problemIn(await send(operator.url + STOP, { method: 'GET', headers }), 403);
    const webhook = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, chunks: [GOOD] };
    problemIn(await send(`${operator.url}/operateHostname`, webhook), 403);
  });

  for (const path of ['/operateinstance', '//operateInstance', '/../etc/passwd', '/%']) {
    test(`nothing is at ${path}`, async () => {
      problemIn(await send(operator.url + path, { method: 'GET' }), 404);
    });
  }
});

describe('the connection', { concurrency: true }, () => {
  test('is kept longer than Alertmanager keeps it idle, five minutes', async () => {
    const { headers } = await operator.request('/ping');
    const seconds = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1];
    assert.ok(Number(seconds) > 300, String(headers.get('keep-alive')));
  });

  test('a probe in HTTP/1.0 without a host is answered', async () => {
    assert.match(await sendBytes(operator.url, 'GET /ping HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 .*pong$/s);
  });

  for (const head of ['Host: a b', '']) {
    test(`a host that cannot be is refused: ${JSON.stringify(head)}`, async () => {
      const bytes = `GET ${STOP} HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`;
      assert.match(await sendBytes(operator.url, bytes), /^HTTP\/1\.1 400 /);
    });
  }

  test('a length that lies is not believed', async () => {
    const head = 'POST /operateHostname HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    assert.match(await sendBytes(operator.url, `${head}Content-Length: 99999999999\r\n\r\n{`), /^HTTP\/1\.1 413 /);
    const two = `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    assert.match(await sendBytes(operator.url, two), /^HTTP\/1\.1 400 /);
  });

  test('a huge header is refused', async () => {
    const answer = await sendBytes(operator.url, `GET /ping HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 431 /);
  });

  test('what is not HTTP is refused', async () => {
    assert.match(await sendBytes(operator.url, '\x16\x03\x01\x00\xee\r\n\r\n'), /^HTTP\/1\.1 400 /);
  });

  test('a sender that never ends its header is cut off, and others are served meanwhile', async () => {
    const cutOff = sendBytes(operator.url, 'GET /ping HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    assert.equal((await operator.request('/ping')).text, 'pong');
    assert.match(await cutOff, /^HTTP\/1\.1 408 /);
  });
});

function stopName(hostname: string): ReturnType<typeof stopAlert> {
  return { ...stopAlert(1), labels: { action: 'stop', hostname } };
}
