import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinHints, MOST_HINTED } from './hint.ts';

test('two hints are one that names each machine once', () => {
  assert.deepEqual(joinHints({ machines: ['i-1', 'i-2'] }, { machines: ['i-2', 'i-3'] }), {
    machines: ['i-1', 'i-2', 'i-3'],
  });
  assert.deepEqual(joinHints({ machines: [] }, { machines: [] }), { machines: [] });
});

test('more machines than a hint can name are all', () => {
  const many = Array.from({ length: MOST_HINTED }, (_, index) => `i-${index}`);
  assert.deepEqual(joinHints({ machines: many }, { machines: ['i-0'] }), { machines: many });
  assert.deepEqual(joinHints({ machines: many }, { machines: ['i-more'] }), { all: true });
  assert.deepEqual(joinHints({ all: true }, { machines: ['i-1'] }), { all: true });
  assert.deepEqual(joinHints({ machines: ['i-1'] }, { all: true }), { all: true });
});
