import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { startListener } from '../../test/support/listener.ts';
import { failureOf, outcomeOf, post, type PostAnswer } from './post.ts';
import { redact } from './redact.ts';

const signal = new AbortController().signal;

/** As channels read whose vendor has a word of success. */
const readWord = (answer: PostAnswer): ReturnType<typeof outcomeOf> =>
  answer.text === 'ok' ? outcomeOf(answer) : failureOf(answer);

test('a vendor that hangs is left after a time', async () => {
  await using listener = await startListener(() => undefined);
  const delivered = await post({ url: listener.url, body: '{}' }, signal, outcomeOf, 100);
  assert.deepEqual(delivered, { outcome: 'later', error: 'no answer within 0.1 s' });
});

test('an end of the server ends the attempt', async () => {
  await using listener = await startListener(() => undefined);
  const delivered = await post({ url: listener.url, body: '{}' }, AbortSignal.timeout(50));
  assert.deepEqual(delivered, { outcome: 'later', error: 'no answer (ABORT_ERR)' });
});

test('nobody listens, and the name does not exist', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  server.close();
  await once(server, 'close');
  const refused = await post({ url: `http://127.0.0.1:${address.port}/s3cret`, body: '{}' }, signal);
  assert.deepEqual(refused, { outcome: 'later', error: 'no answer (ECONNREFUSED)' });
  const unknown = await post({ url: 'http://hooks.invalid/s3cret', body: '{}' }, signal);
  assert.ok(unknown.outcome === 'later');
  assert.match(unknown.error, /^no answer \((?:ENOTFOUND|EAI_AGAIN)\)$/);
});

test('an answer that never ends is success by its status, and none by its word', async () => {
  await using listener = await startListener((_request, response) => {
    const more = (error?: Error | null): void => {
      if (error === undefined || error === null) response.write(' '.repeat(64 * 1024), more);
    };
    response.on('error', () => undefined);
    more();
  });
  assert.deepEqual(await post({ url: listener.url, body: '{}' }, signal), { outcome: 'sent' });
  const delivered = await post({ url: listener.url, body: '{}' }, signal, readWord);
  assert.deepEqual(delivered, { outcome: 'later', error: 'status 200' });
});

test('a connection that ends within the answer leaves its status', async () => {
  await using listener = await startListener((_request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('o', () => response.destroy());
  });
  assert.deepEqual(await post({ url: listener.url, body: '{}' }, signal), { outcome: 'sent' });
  assert.equal((await post({ url: listener.url, body: '{}' }, signal, readWord)).outcome, 'later');
});

test('an answer that is no HTTP', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const delivered = await post({ url: `http://127.0.0.1:${address.port}`, body: '{}' }, signal);
  server.close();
  assert.ok(delivered.outcome === 'later');
  assert.match(delivered.error, /^no answer \((?:HPE_INVALID_CONSTANT|ECONNRESET|EPIPE)\)$/);
});

test('too many at once are sent later, when the vendor says so', async () => {
  for (const [headers, afterMs] of [
    [{ 'retry-after': '7' }, 7_000],
    [{}, undefined],
  ] as const) {
    await using listener = await startListener((_request, response) => {
      response.writeHead(429, headers).end();
    });
    const delivered = await post({ url: listener.url, body: '{}' }, signal);
    assert.ok(delivered.outcome === 'later', delivered.outcome);
    assert.equal(delivered.afterMs, afterMs);
  }
});

test('it waits until the date that the vendor names', async () => {
  const at = new Date(Date.now() + 90_000).toUTCString();
  await using listener = await startListener((_request, response) => {
    response.writeHead(503, { 'retry-after': at }).end();
  });
  const delivered = await post({ url: listener.url, body: '{}' }, signal);
  assert.ok(delivered.outcome === 'later' && delivered.afterMs !== undefined);
  assert.ok(delivered.afterMs > 0 && delivered.afterMs <= 90_000, String(delivered.afterMs));
});

test('a long answer is shown by its begin, without half of a secret', () => {
  const url = 'https://hooks.example.com/services/abcdefgh';
  assert.equal(redact('no services/abcdefgh here', { url }), 'no ***/*** here');
  for (let pad = 1_985; pad < 2_005; pad += 1) {
    const shown = redact(`${'x '.repeat(pad / 2)}abcdefgh`, { url });
    assert.ok(!/abc/.test(shown), String(pad));
  }
  // A pattern that goes back for each letter would take minutes.
  assert.equal(redact('a'.repeat(250_000), { url }), '');
  assert.equal(redact('see https://ec2.example.com/l/k1.x now', { url }), 'see *** now');
  assert.equal(
    redact('invalid_blocks: must be less than 3001 characters', { url }),
    'invalid_blocks: must be less than 3001 characters',
  );
});
