import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextPath } from './next-path.ts';

const HERE = 'https://operator.example/ec2/login';

/** Where a browser would go that is sent there from the login. */
function destination(given: string): URL {
  return new URL(`./${nextPath(given).slice(1)}`, HERE);
}

test('after the login, people are where they wanted to go', () => {
  for (const path of [
    '/',
    '/machines/i-0123456789abcdef0',
    '/?owner=ada%40example.org&sort=name',
    '/audit?q=a//b',
    '/l%2Fx',
    '/?text=100%&tag=/../',
  ])
    assert.equal(nextPath(path), path);
});

test('no address leads to another site, or back to the login', () => {
  for (const given of [
    null,
    undefined,
    '',
    'machines',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\u0000/evil',
    ' //evil.example',
    'https://evil.example/',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/a\\b',
    '/ä',
    '/a b',
    '/../../evil',
    '/a/../..//evil.example',
    '/./.',
    '/a/%2e%2e/x',
    '/.%2E',
    '/login?next=/login',
    '/LOGOUT',
    '/operateInstance?action=stop',
    '/%6fperateInstance?action=stop',
    '/%4F%70erateHostname',
    '/%6Cogin',
    '/%61pi/v1/tokens',
    '/%',
    '/%ff',
    '/api/v1/tokens',
    `/${'a'.repeat(2_001)}`,
  ])
    assert.equal(nextPath(given), '/', JSON.stringify(given));
});

test('whatever is given, it stays below the path of the pages', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    ':',
    '@',
    '%2f',
    '%2e',
    '%2E%2e',
    '%5c',
    'evil.example',
    '\t',
    '\r\n',
    '?',
    '#',
    'a',
    ';',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
        fc.string(),
      ),
      (given) => {
        const { origin, pathname } = destination(given);
        assert.equal(origin, 'https://operator.example');
        assert.ok(pathname.startsWith('/ec2/'), pathname);
      },
    ),
  );
});
