/** Too many connections: which of them make room. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { admitting, ask, open, serve } from '../../test/support/socket.ts';

test('connections of one address are limited: the one that was idle longest goes', async () => {
  await using served = await serve({ limits: { connectionsPerAddress: 2 } });
  const [one, two] = [await open(served), await open(served)];
  await ask(two, 'GET');
  await ask(one, 'GET');
  const gone = once(two, 'close');
  const three = await open(served);
  await gone;
  for (const socket of [one, three]) await ask(socket, 'GET');
});

test('connections of those who have shown a token stay, however many idle ones come after', async () => {
  await using served = await serve({ limits: { connections: 3 } }, admitting);
  const known = await open(served);
  await ask(known, 'POST');
  const idle: Socket[] = [];
  for (let turn = 0; turn < 10; turn += 1) idle.push(await open(served));
  for (const socket of idle.slice(0, 8)) if (!socket.closed) await once(socket, 'close');
  await ask(known, 'GET');
  const probe = await open(served);
  await ask(probe, 'GET');
});

test('connections all of which have shown a token make room: of those with the most idle ones, the one that was idle longest goes', async () => {
  await using served = await serve({ limits: { connections: 4 } }, admitting);
  const alerts = await open(served);
  await ask(alerts, 'POST', 'alertmanager');
  const [one, two, three] = [await open(served), await open(served), await open(served)];
  for (const socket of [two, one, three]) await ask(socket, 'POST');
  const gone = once(two, 'close');
  const probe = await open(served);
  await gone;
  for (const socket of [probe, alerts, one, three]) await ask(socket, 'GET');
});

test('connections that are being answered leave no room, until one answer has ended', async () => {
  const { promise: answer, resolve } = Promise.withResolvers<undefined>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<undefined>();
  let under = 0;
  let turnedAway = 0;
  const options = { limits: { connectionsPerAddress: 2 }, onFull: () => (turnedAway += 1) };
  await using served = await serve(options, async (request, env) => {
    const pong = await admitting(request, env);
    under += 1;
    if (under === 2) arrive(undefined);
    await answer;
    return pong;
  });
  const waiting = [await open(served), await open(served)].map(async (socket) => ask(socket, 'POST'));
  await arrived;
  await once(await open(served), 'close');
  assert.equal(turnedAway, 1);
  resolve(undefined);
  await Promise.all(waiting);
  const isServed = async (): Promise<true | undefined> =>
    (await fetch(`http://127.0.0.1:${served.address.port}/`)).ok || undefined;
  await eventually('a free place', async () => isServed().catch(() => undefined));
});

test('connections that idle in one network do not keep another out', async () => {
  await using served = await serve({ host: undefined, limits: { connections: 4 } });
  const other = connect(served.address.port, '::1');
  await once(other, 'connect');
  for (let turn = 0; turn < 12; turn += 1) await open(served);
  await ask(other, 'GET');
});

test('connections of a proxy are not limited by its address', async () => {
  await using served = await serve({ isProxy: () => true, limits: { connectionsPerAddress: 1 } });
  await open(served);
  const { port } = served.address;
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'pong');
});
