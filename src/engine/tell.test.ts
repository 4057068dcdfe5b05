import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON, queuedWith } from '../../test/support/operation.ts';
import { moveOn, type Move } from '../domain/move.ts';
import { createTell } from './tell.ts';

const MOVE = moveOn(queuedWith(), { type: 'fail', reason: 'deadline', message: 'm', at: NOON }, NOON);

test('each listener is told, also after one that fails', () => {
  const told: Move[] = [];
  const faults: unknown[] = [];
  const bug = new Error('a bug of a listener');
  const broken = (): void => {
    throw bug;
  };
  const listeners = [{ moved: broken }, {}, { moved: (move: Move) => told.push(move) }];
  createTell(listeners, (fault) => faults.push(fault)).moved(MOVE);
  assert.deepEqual(told, [MOVE]);
  assert.deepEqual(faults, [bug]);
});
