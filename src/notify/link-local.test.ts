import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { test } from 'node:test';
import { startListener } from '../../test/support/listener.ts';
import { isLinkLocal, lookupElsewhere, REFUSED } from './link-local.ts';
import { post } from './post.ts';

test('addresses at which a cloud gives credentials are link-local, however they are written', () => {
  for (const url of [
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.170.2',
    'http://2852039166',
    'http://0xa9.0xfe.0xa9.0xfe',
    'http://169.254.169.254.',
    'http://[fe80::1]',
    'http://[fd00:ec2::254]',
    'http://[fd00:ec2::23]',
    'http://[::ffff:169.254.169.254]',
    'http://[64:ff9b::169.254.169.254]',
  ])
    assert.ok(isLinkLocal(new URL(url).hostname), url);
  for (const url of [
    'http://127.0.0.1',
    'http://[::1]',
    'http://10.0.0.1',
    'http://[fd00::1]',
    'http://[64:ff9b::10.0.0.1]',
    'https://hooks.example.com',
  ])
    assert.ok(!isLinkLocal(new URL(url).hostname), url);
});

test('a channel does not connect to them', async () => {
  const signal = new AbortController().signal;
  assert.deepEqual(await post({ url: 'http://169.254.169.254/latest', body: '{}' }, signal), {
    outcome: 'later',
    error: 'the URL leads to a link-local address, which is refused',
  });
});

test('nor by a name that has one of them', async () => {
  await using listener = await startListener();
  const { port } = new URL(listener.url);
  const ask = (...addresses: string[]): ReturnType<typeof get> =>
    get({
      host: 'hooks.example.com',
      port,
      agent: false,
      lookup: lookupElsewhere((_host, _options, callback) => {
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      }),
    });
  for (const addresses of [['169.254.169.254'], ['127.0.0.1', 'fd00:ec2::254'], ['::ffff:169.254.169.254']]) {
    await assert.rejects(once(ask(...addresses), 'response'), { code: REFUSED }, addresses.join());
  }
  assert.deepEqual(listener.requests, []);
  await once(ask('127.0.0.1'), 'response');
  assert.deepEqual(listener.requests, ['GET /']);
});
