/** Every route, against methods, paths, parameters and headers that nobody who means well would send. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { alert, delivery } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { OTHERS } from './form.ts';
import { anyText, json, text } from './hostile.ts';
import { AUTHORIZED, FIRST_BAIT, NEIGHBOURS, startSite, throwAt, type Site } from './site.ts';

let site: Site;
before(async () => {
  site = await startSite();
});
after(async () => site[Symbol.asyncDispose]());

/** Headers are bytes, and clients refuse control characters in them: `bytes.test.ts` does not ask a client. */
const headerValue = fc.oneof(text, anyText(300)).map((value) =>
  value
    .replaceAll(/[^\u0020-\u007e\u0080-\u00ff]/g, '~')
    .slice(0, 10_000)
    .trim(),
);
const HEADERS = ['traceparent', 'tracestate', 'x-forwarded-for', 'forwarded', 'host', 'user-agent', 'cookie', 'expect'];
const MORE_HEADERS = ['accept', 'x-http-method-override', 'x-original-url', 'x-rewrite-url', 'range', 'if-none-match'];
const harmless = fc.dictionary(fc.constantFrom(...HEADERS, ...MORE_HEADERS), headerValue, { maxKeys: 3 });

const word = fc.oneof(
  text,
  fc.constantFrom('start', 'stop', 'false', 'native', '0s', '1ms', '100', 'queued', 'delivery'),
);
const moment = fc.oneof(
  text,
  fc.date().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const cursor = fc.oneof(
  text,
  fc.tuple(fc.bigInt(), fc.bigInt()).map((parts) => parts.join('.')),
  fc.uuid(),
);
const QUERY = [
  'action',
  'client',
  'dryrun',
  'region',
  'account',
  'state',
  'verb',
  'target',
  'limit',
  'operation',
  'event',
  'who',
];
const parameter = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...QUERY, '__proto__'), word) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('since', 'until'), moment) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('cursor'), cursor) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('limit'), fc.oneof(fc.integer(), fc.double()).map(String)) },
);
const query = fc
  .tuple(fc.array(parameter, { maxLength: 5 }), fc.boolean())
  .map(([pairs, isRaw]) =>
    isRaw
      ? pairs.map((pair) => pair.join('=')).join('&')
      : new URLSearchParams(pairs.map(([name, value]) => [name, value.toWellFormed()])).toString(),
  );

const PATHS = [
  '/operateInstance',
  '/operateHostname',
  '/api/v1/operations',
  '/api/v1/plan',
  '/api/v1/audit',
  '/api/v1/tokens',
];
const OPEN_PATHS = ['/metrics', '/openapi.json', '/ping', '/healthz', '/readyz', '/'];
const segment = fc.oneof(
  fc.uuid(),
  text.map((value) => encodeURIComponent(value.toWellFormed())),
  text,
);
const anyPath = fc.oneof(
  fc.constantFrom(...PATHS, ...OPEN_PATHS),
  segment.map((id) => `/api/v1/operations/${id}`),
  segment.map((id) => `/api/v1/operations/${id}/cancel`),
  segment.map((name) => `/api/v1/tokens/${name}/revoke`),
  segment.map((name) => `/${name}`),
);
const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND');

test(`any request is answered, and names no machine (${OTHERS / 2} requests)`, async (t) => {
  const input = fc.record({ method, path: anyPath, query, headers: harmless, body: json });
  await throwAt(site, t, input, OTHERS / 2, async (given) => {
    const url = URL.parse(`${site.url}${given.path}?${given.query}`);
    if (url?.origin !== site.url) return;
    const hasBody = given.method !== 'GET' && given.method !== 'HEAD';
    const headers = { ...given.headers, ...AUTHORIZED };
    await site.answer(new Request(url, { method: given.method, headers, ...(hasBody ? { body: given.body } : {}) }));
  });
});

/** What keeps a request out that is good in all else. */
const flaw: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  fc.constant({ authorization: '' }),
  headerValue.map((value) => ({ authorization: value })),
  headerValue.map((value) => ({ authorization: `Bearer ${value}` })),
  headerValue.map((value) => ({ authorization: `${AUTHORIZED.authorization}${value || 'x'}` })),
  headerValue.map((value) => ({ authorization: `Basic ${value}` })),
  fc.constantFrom('cross-site', 'same-site').map((value) => ({ 'sec-fetch-site': value })),
  headerValue.map((value) => ({ origin: value || 'null' })),
  headerValue.map((value) => ({ referer: `http://elsewhere.example/${value}` })),
  fc.constantFrom('prefetch', 'prefetch;prerender').map((value) => ({ 'sec-purpose': value })),
);
/** Only what has a body is refused for these. */
const bodyFlaw: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  fc.constantFrom('gzip', 'deflate', 'br', 'gzip, identity', 'x').map((value) => ({ 'content-encoding': value })),
  fc
    .constantFrom('text/plain', 'text/html', 'multipart/form-data', 'application/x-www-form-urlencoded')
    .map((value) => ({ 'content-type': value })),
);

const flawed = fc.record({
  flaw: fc.oneof(flaw, bodyFlaw),
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  isHostname: fc.boolean(),
  headers: harmless,
  remote: fc.ipV4(),
});

test(`what must stay outside does, and names no machine (${OTHERS / 4} requests)`, async (t) => {
  await throwAt(site, t, flawed, OTHERS / 4, async (given) => {
    const isBodyless = given.method === 'GET';
    if (isBodyless && ('content-type' in given.flaw || 'content-encoding' in given.flaw)) return;
    // A page that prerenders fetches, and never posts.
    if (!isBodyless && 'sec-purpose' in given.flaw) return;
    const name = given.isHostname ? 'hostname' : 'instance';
    const machine = given.isHostname ? addressOf(FIRST_BAIT) : idOf(FIRST_BAIT);
    const route = given.isHostname ? '/operateHostname' : '/operateInstance';
    const search = isBodyless ? `?${name}=${machine}&action=stop&dryrun=false` : '';
    // A host of its own: a hostile one may happen to be the hostile origin's, which is then no other site.
    const own = { host: 'operator.example', 'content-type': 'application/json', ...AUTHORIZED };
    const headers = { ...given.headers, ...own, ...given.flaw };
    const body = isBodyless ? {} : { body: JSON.stringify(delivery([alert({ [name]: machine })])) };
    const request = new Request(`${site.url}${route}${search}`, { method: given.method, headers, ...body });
    const { status } = await site.answer(request, given.remote);
    assert.match(String(status), /^4\d\d$/, JSON.stringify(given));
  });
});

test(`a person's request names one machine, or none (${OTHERS / 4} requests)`, async (t) => {
  const input = fc.record({
    isHostname: fc.boolean(),
    target: fc.oneof(
      text,
      fc.integer({ min: 1, max: NEIGHBOURS }).map(idOf),
      fc.integer({ min: 1, max: NEIGHBOURS }).map(addressOf),
    ),
    more: fc.dictionary(fc.constantFrom('client', 'region', 'account', 'wait'), word, { maxKeys: 1 }),
    dryrun: fc.constantFrom('false', 'true', 'FALSE', '', 'no', '0', 'f'),
    action: fc.constantFrom('stop', 'start', 'Stop', 'reboot', ''),
    headers: harmless,
  });
  await throwAt(site, t, input, OTHERS / 4, async ({ isHostname, target, more, dryrun, action, headers }) => {
    const route = isHostname ? 'hostname' : 'instance';
    const search = new URLSearchParams({ wait: '0s', action, dryrun, ...more, [route]: target.toWellFormed() });
    site.named.request(route, search);
    const path = `${isHostname ? '/operateHostname' : '/operateInstance'}?${search.toString()}`;
    await site.answer(new Request(`${site.url}${path}`, { headers: { ...headers, ...AUTHORIZED } }));
  });
});
