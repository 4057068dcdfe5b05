import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON, queuedWith } from '../../test/support/operation.ts';
import { moveOn } from '../domain/move.ts';
import { isOpen, type Operation } from '../domain/operation.ts';
import { createWaiters } from './waiters.ts';

const QUEUED = queuedWith();
const MOVE = moveOn(QUEUED, { type: 'fail', reason: 'deadline', message: 'm', at: NOON }, NOON);
const ENDED = MOVE.after;
const hasEnded = (operation: Operation): boolean => !isOpen(operation);
/** Longer than any test takes: who waits for this long has not been told. */
const LONG_MS = 60_000;

/** One operation, and the moments at which somebody looks at it. */
function build(first: Operation | undefined) {
  let current = first;
  let looked = Promise.withResolvers<void>();
  const waiters = createWaiters(async () => {
    looked.resolve();
    looked = Promise.withResolvers();
    return Promise.resolve(current);
  });
  return { waiters, become: (next: Operation) => (current = next), nextLook: async () => looked.promise };
}

test('what is as it should be is answered at once', async () => {
  const { waiters } = build(ENDED);
  assert.equal(await waiters.awaitOperation(ENDED.id, hasEnded, LONG_MS), ENDED);
});

test('without patience it is answered as it is', async () => {
  const { waiters } = build(QUEUED);
  assert.equal(await waiters.awaitOperation(QUEUED.id, hasEnded, 0), QUEUED);
});

test('what does not exist is not waited for', async () => {
  const { waiters } = build(undefined);
  assert.equal(await waiters.awaitOperation('nobody', hasEnded, LONG_MS), undefined);
});

test('everybody who waits is told of the move', async () => {
  const { waiters, become, nextLook } = build(QUEUED);
  const look = nextLook();
  const waiting = [1, 2, 3].map(async () => waiters.awaitOperation(QUEUED.id, hasEnded, LONG_MS));
  await look;
  become(ENDED);
  waiters.moved(MOVE);
  assert.deepEqual(await Promise.all(waiting), [ENDED, ENDED, ENDED]);
});

test('a move of another process is found by looking', async () => {
  const { waiters, become, nextLook } = build(QUEUED);
  const look = nextLook();
  const waiting = waiters.awaitOperation(QUEUED.id, hasEnded, LONG_MS);
  await look;
  become(ENDED);
  assert.equal(await waiting, ENDED);
});

test('at the shutdown everybody is told how things stand, and nobody waits any more', async () => {
  const { waiters, nextLook } = build(QUEUED);
  const look = nextLook();
  const waiting = waiters.awaitOperation(QUEUED.id, hasEnded, LONG_MS);
  await look;
  waiters.release();
  assert.equal(await waiting, QUEUED);
  assert.equal(await waiters.awaitOperation(QUEUED.id, hasEnded, LONG_MS), QUEUED);
});
