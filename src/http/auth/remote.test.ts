import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { loadConfig } from '../../config/load.ts';
import { createRemoteOf, isTrusted, networkOf } from './remote.ts';

const TRUSTED = loadConfig({}, 'trusted_proxies: [10.0.0.0/8, "fd00::/8", 192.0.2.7]').trusted_proxies;
const remoteOf = createRemoteOf(TRUSTED);
const of = (peer: string | undefined, headers: Record<string, string> = {}): string =>
  remoteOf(peer, new Headers(headers));

describe('the address of a request', () => {
  const cases: readonly (readonly [
    what: string,
    peer: string | undefined,
    headers: Record<string, string>,
    expected: string,
  ])[] = [
    ['without a proxy', '203.0.113.1', {}, '203.0.113.1'],
    ['as IPv6 shows IPv4', '::ffff:203.0.113.1', {}, '203.0.113.1'],
    ['without a socket', undefined, {}, 'an unknown address'],
    ['spoofed by a stranger', '203.0.113.1', { 'x-forwarded-for': '127.0.0.1' }, '203.0.113.1'],
    ['spoofed by a stranger, as RFC 7239 says it', '203.0.113.1', { forwarded: 'for=127.0.0.1' }, '203.0.113.1'],
    ['behind a proxy', '10.0.0.1', { 'x-forwarded-for': '203.0.113.1' }, '203.0.113.1'],
    ['behind a proxy on IPv6', '::ffff:10.0.0.1', { 'x-forwarded-for': '203.0.113.1' }, '203.0.113.1'],
    ['behind two', '10.0.0.1', { 'x-forwarded-for': '203.0.113.1, 192.0.2.7' }, '203.0.113.1'],
    ['spoofed behind a proxy', '10.0.0.1', { 'x-forwarded-for': '127.0.0.1, 203.0.113.1' }, '203.0.113.1'],
    ['spoofed as a proxy', '10.0.0.1', { 'x-forwarded-for': '1.1.1.1, 203.0.113.1, 10.0.0.9' }, '203.0.113.1'],
    ['of a proxy itself', '10.0.0.1', {}, '10.0.0.1'],
    ['of one proxy for another', '10.0.0.1', { 'x-forwarded-for': '10.0.0.2' }, '10.0.0.2'],
    ['with a port', '10.0.0.1', { 'x-forwarded-for': '203.0.113.1:4711' }, '203.0.113.1'],
    ['with a port on IPv6', '10.0.0.1', { 'x-forwarded-for': '[2001:db8::1]:4711' }, '2001:db8::1'],
    ['that is nonsense', '10.0.0.1', { 'x-forwarded-for': '203.0.113.1, <b>' }, '10.0.0.1'],
    ['that is empty', '10.0.0.1', { 'x-forwarded-for': '' }, '10.0.0.1'],
    ['of a short form', '10.0.0.1', { 'x-forwarded-for': '127.1' }, '10.0.0.1'],
    ['by RFC 7239', 'fd00::1', { forwarded: 'for=1.1.1.1, proto=https;FOR="[2001:db8::1]:80";by=x' }, '2001:db8::1'],
    ['by RFC 7239, with a quote left open', '10.0.0.1', { forwarded: 'for=", for=203.0.113.1' }, '203.0.113.1'],
    ['by RFC 7239, hidden', '10.0.0.1', { forwarded: 'for=_secret' }, '10.0.0.1'],
    ['by both, alike', '10.0.0.1', { forwarded: 'for=203.0.113.1', 'x-forwarded-for': '203.0.113.1' }, '203.0.113.1'],
    ['by both, one spoofed', '10.0.0.1', { forwarded: 'for=1.1.1.1', 'x-forwarded-for': '203.0.113.1' }, '10.0.0.1'],
  ];
  for (const [what, peer, headers, expected] of cases) {
    test(what, () => assert.equal(of(peer, headers), expected));
  }

  test('whatever a stranger writes, and whatever stands left of what the proxy wrote, changes nothing', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x20-\x7e]{0,60}$/), (text) => {
        assert.equal(of('203.0.113.1', { 'x-forwarded-for': text, forwarded: text }), '203.0.113.1');
        assert.equal(of('10.0.0.1', { 'x-forwarded-for': `${text}, 203.0.113.1` }), '203.0.113.1');
        assert.equal(of('10.0.0.1', { forwarded: `${text}, for=203.0.113.1` }), '203.0.113.1');
      }),
    );
  });
});

test('without trusted proxies nothing is believed', () => {
  assert.equal(createRemoteOf([])('10.0.0.1', new Headers({ 'x-forwarded-for': '1.1.1.1' })), '10.0.0.1');
  assert.equal(isTrusted([], '10.0.0.1'), false);
  assert.equal(isTrusted(TRUSTED, '::ffff:10.0.0.1'), true);
  assert.equal(isTrusted(TRUSTED, undefined), false);
});

test('a network is 64 bits of IPv6, and one address of IPv4', () => {
  assert.equal(networkOf('2001:db8:1:2:3::4'), networkOf('2001:db8:1:2::9'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.equal(networkOf('10.0.0.1'), '10.0.0.1');
  assert.equal(networkOf('::ffff:10.0.0.1'), '10.0.0.1');
  assert.notEqual(networkOf('64:ff9b::192.0.2.1'), networkOf('64:ff9b::192.0.2.2'));
  assert.notEqual(networkOf('::ffff:10.0.0.1'), networkOf('::ffff:10.0.0.2'));
});
