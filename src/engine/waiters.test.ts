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
/** Longer than any test takes: a request that waits for this long was not woken. */
const LONG_MS = 60_000;

/** An operation, and the moments at which it is looked at. */
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

test('an operation that is enough already is answered at once', async () => {
  const { waiters } = build(ENDED);
  assert.equal(await waiters.awaitOperation(ENDED.id, hasEnded, LONG_MS), ENDED);
});

test('a request without patience gets the operation as it is', async () => {
  const { waiters } = build(QUEUED);
  assert.equal(await waiters.awaitOperation(QUEUED.id, hasEnded, 0), QUEUED);
});

test('an operation that does not exist is not waited for', async () => {
  const { waiters } = build(undefined);
  assert.equal(await waiters.awaitOperation('unknown', hasEnded, LONG_MS), undefined);
});

test('a move wakes every request that waits for the operation', async () => {
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

test('at the shutdown every request gets its operation as it is, and no request waits any more', async () => {
  const { waiters, nextLook } = build(QUEUED);
  const look = nextLook();
  const waiting = waiters.awaitOperation(QUEUED.id, hasEnded, LONG_MS);
  await look;
  waiters.release();
  assert.equal(await waiting, QUEUED);
  assert.equal(await waiters.awaitOperation(QUEUED.id, hasEnded, LONG_MS), QUEUED);
});
