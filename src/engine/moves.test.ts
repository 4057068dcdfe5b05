import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON, queuedWith } from '../../test/support/operation.ts';
import { isOpen, transition, type Operation } from '../domain/operation.ts';
import { createMoves } from './moves.ts';

const QUEUED = queuedWith();
const ENDED = transition(QUEUED, { type: 'fail', reason: 'deadline', message: 'm', at: NOON });
const hasEnded = (operation: Operation): boolean => !isOpen(operation);
/** Longer than any test takes: who waits for this long has not been told. */
const LONG_MS = 60_000;

/** One operation, and the moments at which somebody looks at it. */
function build(first: Operation | undefined) {
  let current = first;
  let looked = Promise.withResolvers<void>();
  const moves = createMoves(async () => {
    looked.resolve();
    looked = Promise.withResolvers();
    return Promise.resolve(current);
  });
  return { moves, become: (next: Operation) => (current = next), nextLook: async () => looked.promise };
}

test('what is as it should be is answered at once', async () => {
  const { moves } = build(ENDED);
  assert.equal(await moves.awaitOperation(ENDED.id, hasEnded, LONG_MS), ENDED);
});

test('without patience it is answered as it is', async () => {
  const { moves } = build(QUEUED);
  assert.equal(await moves.awaitOperation(QUEUED.id, hasEnded, 0), QUEUED);
});

test('what does not exist is not waited for', async () => {
  const { moves } = build(undefined);
  assert.equal(await moves.awaitOperation('nobody', hasEnded, LONG_MS), undefined);
});

test('everybody who waits is told of the move', async () => {
  const { moves, become, nextLook } = build(QUEUED);
  const look = nextLook();
  const waiting = [1, 2, 3].map(async () => moves.awaitOperation(QUEUED.id, hasEnded, LONG_MS));
  await look;
  become(ENDED);
  moves.moved(ENDED);
  assert.deepEqual(await Promise.all(waiting), [ENDED, ENDED, ENDED]);
});

test('a move of another process is found by looking', async () => {
  const { moves, become, nextLook } = build(QUEUED);
  const look = nextLook();
  const waiting = moves.awaitOperation(QUEUED.id, hasEnded, LONG_MS);
  await look;
  become(ENDED);
  assert.equal(await waiting, ENDED);
});

test('at the shutdown everybody is told how things stand, and nobody waits any more', async () => {
  const { moves, nextLook } = build(QUEUED);
  const look = nextLook();
  const waiting = moves.awaitOperation(QUEUED.id, hasEnded, LONG_MS);
  await look;
  moves.release();
  assert.equal(await waiting, QUEUED);
  assert.equal(await moves.awaitOperation(QUEUED.id, hasEnded, LONG_MS), QUEUED);
});
