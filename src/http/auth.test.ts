import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { allowAnyone, refuseCrossSite, requireToken } from './auth.ts';
import { ProblemError } from './problem.ts';

const TOKEN = 'correct-horse';
const authenticate = requireToken(TOKEN);
const withHeader = (authorization: string) => authenticate(new Headers({ authorization }));
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

function refusal(run: () => unknown): ProblemError['problem'] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error.problem;
  }
  assert.fail('expected a refusal');
}

describe('with the token', () => {
  const cases = [
    [`Bearer ${TOKEN}`, 'token'],
    [`BEARER ${TOKEN}`, 'token'],
    [basic(`anna:${TOKEN}`), 'anna'],
    [basic(`:${TOKEN}`), 'token'],
    [basic(`anna@example.org:${TOKEN}`), 'anna@example.org'],
    [basic(`<b>\n"anna"\u0000:${TOKEN}`), 'banna'],
    [basic(`${'a'.repeat(100)}:${TOKEN}`), 'a'.repeat(64)],
  ] as const;
  for (const [header, name] of cases) {
    test(`${header.slice(0, 20)} is ${name.slice(0, 20)}`, () => assert.equal(withHeader(header).name, name));
  }

  test('a colon may be part of a password', () => {
    const sender = requireToken('a:b')(new Headers({ authorization: basic('anna:a:b') }));
    assert.equal(sender.name, 'anna');
  });
});

describe('without it', () => {
  for (const header of [
    '',
    'Bearer',
    'Bearer x',
    `Basic ${TOKEN}`,
    basic(TOKEN),
    basic(`${TOKEN}:`),
    `Token ${TOKEN}`,
    TOKEN,
  ]) {
    test(JSON.stringify(header), () => assert.equal(refusal(() => withHeader(header)).status, 401));
  }

  test('no header at all', () => {
    const { status, headers } = refusal(() => authenticate(new Headers()));
    assert.deepEqual(
      [status, headers],
      [401, { 'www-authenticate': 'Bearer realm="ec2-operator", Basic realm="ec2-operator"' }],
    );
  });

  test('no other token ever passes, and none is repeated in the answer', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]{8,40}$/), (other) => {
        fc.pre(other !== TOKEN);
        const { detail } = refusal(() => withHeader(`Bearer ${other}`));
        assert.ok(!detail.includes(other) && !detail.includes(TOKEN));
      }),
    );
  });
});

test('where every route is open, everybody is anyone', () => {
  assert.equal(allowAnyone()(new Headers()).name, 'anyone');
});

test('a browser on another site is refused, and nobody else', () => {
  const host = 'operator:8080';
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host, origin: 'http://elsewhere:8080' },
    { host, origin: 'null' },
    { host, referer: 'http://elsewhere/page?http://operator:8080/' },
  ]) {
    assert.equal(refusal(() => refuseCrossSite(new Headers(headers))).status, 403, JSON.stringify(headers));
  }
  for (const site of ['same-origin', 'none']) refuseCrossSite(new Headers({ 'sec-fetch-site': site }));
  refuseCrossSite(new Headers({ host, origin: `http://${host}`, referer: `http://${host}/docs` }));
  refuseCrossSite(new Headers({ host }));
});
