import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFaults } from './faults.ts';

const never = () => 0;
const id = 'i-00000000000000001';

describe('which calls a fault hits', () => {
  test('as many calls as `times` says', () => {
    const faults = createFaults(never);
    faults.add({ kind: 'throttle', times: 2 });
    const codes = [1, 2, 3].map(() => faults.take('StopInstances', [id]).error?.code);
    assert.deepEqual(codes, ['RequestLimitExceeded', 'RequestLimitExceeded', undefined]);
  });

  test('calls of its action, and calls that name its instance', () => {
    const faults = createFaults(never);
    faults.add({ kind: 'unauthorized', action: 'StopInstances', instance: id });
    assert.equal(faults.take('StartInstances', [id]).error, undefined);
    assert.equal(faults.take('StopInstances', ['i-00000000000000002']).error, undefined);
    assert.equal(faults.take('StopInstances', ['i-00000000000000002', id]).error?.code, 'UnauthorizedOperation');
  });

  test('calls by chance', () => {
    const draws = [0.2, 0.3, 0.1];
    const faults = createFaults(() => draws.shift() ?? 1);
    faults.add({ kind: 'error', probability: 0.3 });
    const hit = [1, 2, 3].map(() => faults.take('StopInstances', []).error !== undefined);
    assert.deepEqual(hit, [true, false, true]);
  });

  test('no calls after clear', () => {
    const faults = createFaults(never);
    faults.add({ kind: 'throttle' });
    faults.clear();
    assert.equal(faults.take('StopInstances', []).error, undefined);
  });
});

test('a fault after one that ends the call is kept for the next call', () => {
  const faults = createFaults(never);
  faults.add({ kind: 'throttle', times: 1 });
  faults.add({ kind: 'error', times: 1 });
  assert.equal(faults.take('StopInstances', []).error?.code, 'RequestLimitExceeded');
  assert.equal(faults.take('StopInstances', []).error?.code, 'InternalError');
});

test('capacity and kms are for starts and lag for changes; each for its instance', () => {
  const faults = createFaults(never);
  faults.add({ kind: 'kms', instance: id });
  faults.add({ kind: 'capacity' });
  faults.add({ kind: 'lag', ms: 300, instance: id });
  const start = faults.take('StartInstances', [id, 'i-00000000000000002']).effects;
  assert.deepEqual([start.bounce(id)?.code, start.bounce('i-00000000000000002')], ['Client.InternalError', undefined]);
  assert.deepEqual([start.lacksCapacity(id), start.lagMs(id), start.lagMs('i-00000000000000002')], [true, 300, 0]);
  const stop = faults.take('StopInstances', [id]).effects;
  assert.deepEqual([stop.bounce(id), stop.lacksCapacity(id), stop.lagMs(id)], [undefined, false, 300]);
  assert.equal(faults.take('DescribeInstances', [id]).effects.lagMs(id), 0);
});

test('an invalid fault is refused', () => {
  const faults = createFaults(never);
  assert.throws(() => faults.add({ kind: 'slow', ms: -1 }));
  assert.throws(() => faults.add({ kind: 'throttle', times: 0 }));
  // @ts-expect-error: only a start can lack capacity
  assert.throws(() => faults.add({ kind: 'capacity', action: 'StopInstances' }));
});
