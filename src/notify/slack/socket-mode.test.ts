import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { temporaryDirectory } from '../../../test/support/operator.ts';
import { APP_TOKEN } from '../../../test/support/vendors/slack-world.ts';
import { startSlack, type SlackVendor } from '../../../test/support/vendors/slack-app.ts';
import { keepSocketOpen, type SocketPace } from './socket-mode.ts';

/** Quick, so that a test does not wait; a test that needs one of these to come to pass sets it. */
const PACE: SocketPace = {
  helloMs: 60_000,
  pingMs: 60_000,
  noPingMs: 60_000,
  oldMs: 60_000,
  slowMs: 1,
  mostMs: 1,
  steadyMs: 60_000,
};

interface Listening extends AsyncDisposable {
  readonly slack: SlackVendor;
  readonly heard: unknown[];
  readonly faults: string[];
  readonly isConnected: () => boolean;
  readonly next: (news: 'connected' | 'lost' | 'fault' | 'heard') => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function listen(
  pace: Partial<SocketPace> = {},
  work: () => Promise<void> = async () => undefined,
): Promise<Listening> {
  await using stack = new AsyncDisposableStack();
  const slack = stack.use(await startSlack());
  const tokenFile = path.join(await temporaryDirectory(stack), 'app-token');
  await writeFile(tokenFile, APP_TOKEN);
  const news = new EventEmitter();
  const stopping = new AbortController();
  const heard: unknown[] = [];
  const faults: string[] = [];
  let isConnected = false;
  const kept = keepSocketOpen(
    {
      api: { url: slack.api, tokenFile },
      work: async ({ payload }) => {
        heard.push(payload);
        news.emit('heard');
        await work();
      },
      onConnected: (now) => {
        isConnected = now;
        news.emit(now ? 'connected' : 'lost');
      },
      onFault: (why, isFinal) => {
        faults.push(`${isFinal ? 'final' : 'passing'}: ${why}`);
        news.emit('fault');
      },
      random: () => 1,
      pace: { ...PACE, ...pace },
    },
    stopping.signal,
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await kept;
  };
  stack.defer(stop);
  const running = stack.move();
  return {
    slack,
    heard,
    faults,
    isConnected: () => isConnected,
    next: async (what) => {
      await once(news, what);
    },
    stop,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

test('a press is acknowledged before it is worked on, and what is under way is finished at the end', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using listening = await listen({}, async () => promise);
  await listening.next('connected');
  await listening.slack.deliver('interactive', { press: 1 });
  assert.deepEqual(listening.heard, [{ press: 1 }]);
  const stopping = listening.stop();
  await listening.next('lost');
  assert.equal(await Promise.race([stopping.then(() => 'stopped'), nextTurn('at work')]), 'at work');
  resolve();
  await stopping;
});

for (const reason of ['warning', 'refresh_requested'])
  test(`a connection that Slack replaces (${reason}) goes on until the next one stands, and beyond`, async () => {
    await using listening = await listen();
    const { slack } = listening;
    await listening.next('connected');
    const [old] = slack.sockets();
    slack.disconnect(reason);
    await listening.next('connected');
    assert.equal(slack.connections(), 2);
    // Envelopes that were on their way on the old connection are heard, too.
    old?.send(JSON.stringify({ envelope_id: 'e1', type: 'interactive', payload: 'late' }));
    await listening.next('heard');
    assert.deepEqual(listening.heard, ['late']);
    assert.deepEqual(listening.faults, []);
  });

test('a connection that breaks is made again', async () => {
  await using listening = await listen();
  await listening.next('connected');
  for (const socket of listening.slack.sockets()) socket.destroy();
  await listening.next('lost');
  await listening.next('connected');
  await listening.slack.deliver('slash_commands', 'again');
  assert.deepEqual(listening.heard, ['again']);
});

test('a connection without pings is given up', async () => {
  await using listening = await listen({ pingMs: 50 });
  await listening.next('connected');
  const { slack } = listening;
  const [socket] = slack.sockets();
  socket?.ping();
  socket?.vanish();
  await listening.next('lost');
  await listening.next('connected');
  // The other side never answers the goodbye, and the connection is gone all the same.
  while (slack.connections() > 1) await once(slack.tried, 'end');
});

test('a token that Slack refuses for good is told once, and tried again slowly until it is replaced', async () => {
  await using listening = await listen();
  const { slack } = listening;
  await listening.next('connected');
  const right = slack.world.appToken;
  slack.world.appToken = 'another';
  for (const socket of slack.sockets()) socket.destroy();
  await listening.next('fault');
  while (slack.calls.length < 6) await once(slack.tried, 'apps.connections.open');
  assert.equal(listening.isConnected(), false);
  slack.world.appToken = right;
  await listening.next('connected');
  assert.equal(listening.faults.length, 1);
  assert.match(listening.faults[0] ?? '', /^final: Slack does not know its token: make a new one/);
});

test('a fault that passes is told once, and once more when only a person can mend it', async () => {
  await using listening = await listen();
  const { slack } = listening;
  slack.world.errors.set('apps.connections.open', [
    { error: 'internal_error' },
    { error: 'internal_error' },
    { error: 'ratelimited', retryAfter: 0 },
    { error: 'invalid_auth' },
    { error: 'invalid_auth' },
  ]);
  for (const socket of slack.sockets()) socket.destroy();
  await listening.next('fault');
  await listening.next('fault');
  await listening.next('connected');
  assert.deepEqual(
    listening.faults.map((fault) => fault.slice(0, 40)),
    ['passing: Slack answered internal_error', 'final: Slack does not know its token: ma'],
  );
});

for (const reason of ['link_disabled', 'too_many_websockets'])
  test(`a connection that Slack ends with ${reason} is told`, async () => {
    await using listening = await listen();
    await listening.next('connected');
    listening.slack.disconnect(reason);
    await listening.next('fault');
    assert.match(listening.faults[0] ?? '', /^final: (?:Socket Mode is switched off|it has ten connections already)/);
    await listening.next('connected');
  });

test('without a hello, another connection is tried', async () => {
  await using listening = await listen({ helloMs: 50 });
  listening.slack.world.isSilent = true;
  for (const socket of listening.slack.sockets()) socket.destroy();
  await listening.next('fault');
  assert.deepEqual(listening.faults, ['passing: Slack did not say hello']);
  listening.slack.world.isSilent = false;
  await listening.next('connected');
});

test('what cannot be taken is not acknowledged: Slack tells the person', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using listening = await listen({}, async () => promise);
  await listening.next('connected');
  for (let index = 0; index < 50; index += 1) await listening.slack.deliver('interactive', index);
  const one = listening.slack.deliver('interactive', 'one too many', 'again').then(() => 'taken');
  const socket = listening.slack.sockets()[0];
  // An event of another kind is acknowledged and dropped. It comes after the one too many.
  const other = once(listening.slack.tried, 'ack');
  socket?.send(JSON.stringify({ envelope_id: 'other', type: 'events_api', payload: {} }));
  assert.deepEqual(await other, ['other']);
  assert.equal(await Promise.race([one, nextTurn('not taken')]), 'not taken');
  assert.equal(listening.heard.length, 50);
  resolve();
  await listening.slack.deliver('interactive', 'one too many', 'again');
  await one;
});

test('what is no message of Slack is passed over', async () => {
  await using listening = await listen();
  await listening.next('connected');
  const [socket] = listening.slack.sockets();
  for (const text of ['', '{', 'null', '[]', '{"type":"interactive"}', '{"type":7}', '{"envelope_id":"x"}'])
    socket?.send(text);
  await listening.slack.deliver('interactive', 'heard');
  assert.deepEqual(listening.heard, ['heard']);
  assert.equal(listening.slack.connections(), 1);
  assert.deepEqual(listening.faults, []);
});
