/** The generic webhook, as the program sees it that takes it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { letterOf, LINKS, NOW, warning } from '../support/letter.ts';
import { openChannel, play } from '../support/vendors/played.ts';
import { noticeOf, WEBHOOK_KEY } from '../support/vendors/webhook.ts';

const signal = new AbortController().signal;
const OTHER_KEY = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;

test('the body is the documented one, with no link that acts at once', async () => {
  await using playing = await play('webhook');
  const letter = letterOf({}, { now: Date.now() });
  assert.deepEqual(await playing.channel.deliver(letter, signal), { outcome: 'sent' });
  const [request] = playing.vendor.requests;
  assert.ok(request !== undefined && 'machine' in warning);
  assert.equal(request.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(request.body), {
    type: 'notice.warning',
    timestamp: new Date(NOW).toISOString(),
    data: {
      id: letter.id,
      kind: 'warning',
      channel: 'ml',
      at: new Date(NOW).toISOString(),
      machine: warning.machine,
      operation: 'operation-1',
      stopsAt: new Date(NOW + 15 * 60_000).toISOString(),
      title: letter.message.title,
      message: letter.message.text,
      facts: letter.message.facts,
      links: { keep: LINKS[0]?.url, see: LINKS[1]?.url },
    },
  });
});

test('each attempt has the same id and its own time', async () => {
  await using playing = await play('webhook');
  for (const now of [NOW, NOW + 90_500]) await playing.channel.deliver(letterOf({}, { now }), signal);
  assert.deepEqual(
    playing.vendor.requests.map(({ headers }) => [headers['webhook-id'], headers['webhook-timestamp']]),
    [
      [letterOf().id, String(NOW / 1_000)],
      [letterOf().id, String(NOW / 1_000 + 90)],
    ],
  );
});

test('with two keys both verify, so that one can be replaced', async () => {
  await using playing = await play('webhook');
  writeFileSync(playing.file, `${OTHER_KEY}\n\n${WEBHOOK_KEY}\n`);
  await playing.channel.deliver(letterOf({}, { now: Date.now() }), signal);
  const [request] = playing.vendor.requests;
  assert.ok(request !== undefined);
  const { headers, body } = request;
  for (const key of [OTHER_KEY, WEBHOOK_KEY])
    new Webhook(key).verify(body, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    });
  assert.equal(String(headers['webhook-signature']).split(' ').length, 2);
});

test('a file that holds no keys is named, and its content is not', async () => {
  await using playing = await play('webhook');
  for (const text of ['my-secret-password', `whsec_${Buffer.alloc(8).toString('base64')}`, 'whsec_']) {
    writeFileSync(playing.file, text);
    assert.deepEqual(await playing.channel.deliver(letterOf(), signal), {
      outcome: 'later',
      error: `expected keys of 24 to 64 bytes as whsec_ and base64, one a line, in ${playing.file}`,
    });
  }
  assert.equal(playing.vendor.requests.length, 0);
});

test('without a key it is not signed', async () => {
  await using playing = await play('webhook');
  await openChannel('webhook', { url: playing.vendor.url }).deliver(letterOf(), signal);
  assert.equal(playing.vendor.requests[0]?.headers['webhook-signature'], undefined);
});

test('a CloudEvent in binary mode has the same body and signature, and says the rest in its headers', async () => {
  await using playing = await play('webhook', { format: 'cloudevents' });
  assert.deepEqual(await playing.channel.deliver(letterOf({}, { now: Date.now() }), signal), { outcome: 'sent' });
  const [request] = playing.vendor.requests;
  assert.ok(request !== undefined);
  const attributes = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith('ce-')));
  assert.deepEqual(attributes, {
    'ce-specversion': '1.0',
    'ce-id': letterOf().id,
    'ce-source': 'https://ec2.example.com',
    'ce-type': 'notice.warning',
    'ce-time': new Date(NOW).toISOString(),
  });
  assert.equal(noticeOf(request.body).type, 'notice.warning');
});

test('a test has no machine', async () => {
  await using playing = await play('webhook');
  const { machine: _, operation: __, ...message } = letterOf({ kind: 'test', links: [] }).message;
  const news = { kind: 'test', at: NOW, who: 'pia' } as const;
  const letter = { ...letterOf(), message, news, now: Date.now() };
  assert.deepEqual(await playing.channel.deliver(letter, signal), { outcome: 'sent' });
  const { data } = noticeOf(playing.vendor.requests[0]?.body ?? '');
  assert.deepEqual([data.kind, data.machine, data.operation, data.links], ['test', undefined, undefined, {}]);
});

test('a URL with a query is a secret in a file, and is taken as it is written', async () => {
  await using playing = await play('webhook');
  writeFileSync(playing.file, `${playing.vendor.url}/hooks/7/?token=s3cret&x=%2F`);
  await openChannel('webhook', { url_file: playing.file }).deliver(letterOf(), signal);
  await openChannel('webhook', { url: `${playing.vendor.url}/hooks/` }).deliver(letterOf(), signal);
  const asked = playing.vendor.requests.map(({ path, query }) => `${path}?${query.toString()}`);
  assert.deepEqual(asked, ['/hooks/7/?token=s3cret&x=%2F', '/hooks/?']);
});
