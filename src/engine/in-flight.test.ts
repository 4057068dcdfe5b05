import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intentWith, queuedWith } from '../../test/support/operation.ts';
import type { OpenOperation } from '../domain/operation.ts';
import { createInFlight, roomForClaim } from './in-flight.ts';

const numbered = (number: number, verb: 'start' | 'stop'): OpenOperation =>
  queuedWith({ id: `${verb} ${number}`, intent: intentWith({ verb }) });

test('an operation that is due again while it is carried is carried once more, right after', async () => {
  const inFlight = createInFlight(() => undefined);
  const gate = Promise.withResolvers<void>();
  const told: string[] = [];
  const operation = numbered(1, 'stop');
  const first = inFlight.add(operation, 1, async () => {
    told.push('begins');
    await gate.promise;
    told.push('ends');
  });
  const second = inFlight.add(operation, 1, async () => {
    told.push('again');
    return Promise.resolve();
  });
  assert.deepEqual(inFlight.ids(), [operation.id]);
  gate.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(told, ['begins', 'ends', 'again']);
  assert.deepEqual(inFlight.ids(), []);
  assert.equal(inFlight.room('stop'), inFlight.room('start'));
});

test('a thousand stops leave room for starts, and the worker is told when there is room again', async () => {
  let told = 0;
  const inFlight = createInFlight(() => (told += 1));
  const gate = Promise.withResolvers<void>();
  const room = inFlight.room('stop');
  for (let number = 0; number < room; number += 1) void inFlight.add(numbered(number, 'stop'), 1, () => gate.promise);
  assert.deepEqual(roomForClaim(inFlight), { verbs: ['start'], limit: room });
  assert.equal(told, 0);
  gate.resolve();
  await inFlight.drained();
  assert.equal(told, 1);
  assert.deepEqual(roomForClaim(inFlight), { verbs: ['start', 'stop'], limit: room });
});

test('a claim holds until its end, and longer when it was renewed', async () => {
  const inFlight = createInFlight(() => undefined);
  const gate = Promise.withResolvers<void>();
  const operation = numbered(1, 'stop');
  const carried = inFlight.add(operation, 100, () => gate.promise);
  assert.ok(inFlight.isClaimed(operation.id, 99));
  assert.ok(!inFlight.isClaimed(operation.id, 100));
  inFlight.renewed([operation.id, 'another'], 200);
  assert.ok(inFlight.isClaimed(operation.id, 199));
  assert.ok(!inFlight.isClaimed('another', 0));
  gate.resolve();
  await carried;
  assert.ok(!inFlight.isClaimed(operation.id, 0));
});
