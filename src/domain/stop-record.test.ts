import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine, StateCause } from './machine.ts';
import type { Beginning } from './state-cause.ts';
import { followStops, type StopRecord } from './stop-record.ts';

const OURS: StateCause = { by: 'alert', operation: 'one', who: 'GpuIdle' };
const OUTSIDE: StateCause = { by: 'outside' };
const MACHINE: Machine = {
  id: 'i-1',
  place: { region: 'us-east-1' },
  state: 'running',
  type: 'g5.xlarge',
  availabilityZone: 'us-east-1a',
  launchedAt: 1,
  tags: {},
  owner: 'ada',
  since: 1,
  why: { by: 'before' },
  seenAt: 1,
};
const STOP: StopRecord = {
  operation: 'one',
  instance: 'i-1',
  place: { region: 'us-east-1' },
  owner: 'ada',
  type: 'g5.xlarge',
  by: 'alert',
  rule: 'GpuIdle',
  stoppedAt: 10,
};

function begin(state: Beginning['state'], since: number, why: StateCause = OURS): Beginning {
  return { state, since, why };
}

function follow(open: StopRecord | undefined, ...begun: readonly Beginning[]): readonly StopRecord[] {
  return followStops(open, { ...MACHINE, launchedAt: 30 }, begun, () => ({}));
}

test('a stop of ours begins once, with what the machine cost then', () => {
  assert.deepEqual(follow(undefined, begin('stopping', 10), begin('stopped', 20)), [STOP]);
  assert.deepEqual(follow(undefined, begin('stopped', 10)), [STOP]);
  assert.deepEqual(follow(STOP, begin('stopped', 20)), [], 'it lasts');
  const billsOn = 0.02;
  assert.deepEqual(
    followStops(undefined, MACHINE, [begin('stopped', 10)], ({ type }) => (type === 'g5.xlarge' ? { billsOn } : {})),
    [{ ...STOP, billsOn }],
  );
});

test('a stop of others is none of ours, whatever state follows', () => {
  assert.deepEqual(follow(undefined, begin('stopping', 10, OUTSIDE), begin('stopped', 20, OUTSIDE)), []);
  assert.deepEqual(follow(undefined, begin('stopped', 10, { by: 'before' })), []);
  assert.deepEqual(follow(undefined, begin('running', 10)), []);
});

test('a stop ends with the next start, whoever asked for it, or with the machine', () => {
  const person: StateCause = { by: 'person', operation: 'two', who: 'Bea' };
  const back = { at: 30, by: 'person', who: 'Bea' };
  assert.deepEqual(follow(STOP, begin('pending', 30, person), begin('running', 40, person)), [{ ...STOP, back }]);
  assert.deepEqual(follow(STOP, begin('running', 30, OUTSIDE)), [{ ...STOP, back: { at: 30, by: 'outside' } }]);
  assert.deepEqual(follow(STOP, begin('terminated', 30, OUTSIDE)), [{ ...STOP, lostAt: 30 }]);
  assert.deepEqual(follow(STOP, begin('unknown', 30, OUTSIDE)), []);
});

test('a start that EC2 takes back ends no stop, and neither is a stop that EC2 undoes a wish', () => {
  assert.deepEqual(follow(STOP, begin('pending', 30), begin('stopped', 40, OUTSIDE)), []);
  const late = { ...STOP, stoppedAt: 3_600_000 };
  const undone = followStops(late, { ...MACHINE, launchedAt: 30 }, [begin('running', 3_660_000, OUTSIDE)], () => ({}));
  assert.deepEqual(undone, [{ ...late, lostAt: 3_660_000 }]);
  const early = followStops(late, { ...MACHINE, launchedAt: 3_500_000 }, [begin('running', 3_660_000)], () => ({}));
  assert.equal(early[0]?.back?.at, 3_600_000, 'EC2 has another clock than we: it was started');
});

test('between two looks a machine may come back and be stopped again', () => {
  const again: StateCause = { ...OURS, operation: 'three' };
  assert.deepEqual(
    follow(undefined, begin('stopped', 10), begin('running', 30, OUTSIDE), begin('stopped', 50, again)),
    [
      { ...STOP, back: { at: 30, by: 'outside' } },
      { ...STOP, operation: 'three', stoppedAt: 50 },
    ],
  );
});
