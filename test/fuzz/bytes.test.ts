/** The socket, against bytes that are HTTP in part, or not at all. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { alert, delivery } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { exchangeBytes } from '../support/raw-http.ts';
import { isJson } from './bodies.ts';
import { CONNECTIONS } from './form.ts';
import { anyText } from './hostile.ts';
import { AUTHORIZED, FIRST_BAIT, startSite, throwAt, type Site } from './site.ts';

let site: Site;
before(async () => {
  site = await startSite();
});
after(async () => site[Symbol.asyncDispose]());

function post(hostname: string, head: string): string {
  const body = JSON.stringify(delivery([alert({ hostname })]));
  return `POST /operateHostname HTTP/1.1\r\nHost: x\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
const TOKEN = `Authorization: ${AUTHORIZED.authorization}\r\n`;
const REQUESTS = [
  post(addressOf(1), TOKEN),
  // Without a token: whatever is made of these, this machine is left alone.
  post(addressOf(FIRST_BAIT), ''),
  `GET /operateInstance?instance=${idOf(FIRST_BAIT)}&action=stop&dryrun=false HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET /metrics HTTP/1.1\r\nHost: x\r\n${TOKEN}\r\n`,
  'GET /ping HTTP/1.0\r\n\r\n',
];
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  '\r\n ',
  '\r\n\r\n',
  'x',
  '\xff',
  '0\r\n\r\n',
  ';',
  '%',
  '#',
  '?',
  '/../',
  '//',
  'Content-Length: 0\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 0x10\r\n',
  'Content-Length: 1,1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'TE: trailers\r\n',
  'Host: y\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\nConnection: Upgrade\r\n',
  'Connection: close\r\n',
  'Trailer: Authorization\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'CONNECT x:1 HTTP/1.1\r\n',
  'HTTP/9.9',
  'ffffffffffffffff\r\n',
  'X: '.padEnd(20_000, 'x'),
];

const change = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat({ max: 12 }),
  fc.oneof(fc.constantFrom(...PIECES), anyText(5)),
);
const bytes = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)) },
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.constantFrom(...REQUESTS), fc.array(change, { minLength: 1, maxLength: 4 }))
      .map(([request, changes]) => Buffer.from(changes.reduce(applyChange, request), 'latin1')),
  },
);

function applyChange(request: string, [where, cut, piece]: [number, number, string]): string {
  const at = Math.floor(where * request.length);
  return request.slice(0, at) + piece + request.slice(at + cut);
}

test(`whatever comes through the socket, it is answered or closed, and nobody else notices (${CONNECTIONS} connections)`, async (t) => {
  await throwAt(site, t, bytes, CONNECTIONS, async (sent) => {
    nameIn(sent.toString('latin1'));
    // A request cut off in the middle is answered by nobody.
    const received = await exchangeBytes(site.url, sent);
    for (const [line] of received.matchAll(/^HTTP\/1\.1 .*$/gm)) assert.match(line, /^HTTP\/1\.1 [1-4]\d\d /);
  });
  assert.match(await exchangeBytes(site.url, Buffer.from('GET /ping HTTP/1.0\r\n\r\n')), /pong$/);
});

/** What is left of the body with the token may name a machine, this one or by chance another. */
function nameIn(sent: string): void {
  const body = sent.slice(sent.indexOf('{'), sent.lastIndexOf('}') + 1);
  if (!sent.includes(addressOf(FIRST_BAIT)) && isJson(body)) site.named.webhook('hostname', JSON.parse(body), true);
}
