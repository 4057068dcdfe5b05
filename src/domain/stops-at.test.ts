import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intentWith, NOON, queuedWith } from '../../test/support/operation.ts';
import type { MachineRow } from './machine.ts';
import { openNow } from './open-now.ts';
import type { Operation } from './operation.ts';
import type { Hold, Lease } from './voice.ts';
import { stopsAt } from './stops-at.ts';

const HOUR = 3_600_000;
const id = 'i-00000000000000001';
const lease: Lease = { id: 'l', instance: id, since: NOON, until: NOON + HOUR, lengthMs: HOUR, who: 'pia' };
const hold: Hold = { instance: id, holder: 'pia', who: 'pia', since: NOON, until: NOON + 2 * HOUR };

function waiting(reason: 'warned' | 'held'): Operation {
  const warned = { at: NOON, stopsAt: NOON + 900_000 };
  return {
    ...queuedWith({ intent: intentWith({ verb: 'stop' }) }),
    state: 'waiting',
    until: NOON,
    reason,
    message: '',
    warned,
  };
}

function rowWith(more: Partial<MachineRow>, state: MachineRow['machine']['state'] = 'running'): MachineRow {
  const machine = {
    id,
    place: {},
    state,
    type: 'g5.xlarge',
    availabilityZone: 'eu-central-1a',
    launchedAt: NOON,
    tags: {},
    since: NOON,
    why: { by: 'before' },
    seenAt: NOON,
  } as const;
  return { machine, ...more };
}

test('a stop that people were warned of has the time that they were told', () => {
  assert.equal(stopsAt(rowWith({ open: waiting('warned'), lease })), NOON + 900_000);
});

test('a stop that waits for a hold has no time', () => {
  assert.equal(stopsAt(rowWith({ open: waiting('held'), hold })), undefined);
});

test('a stop that is under way has none, whatever was agreed before', () => {
  const sent: Operation = {
    ...queuedWith({ intent: intentWith({ verb: 'stop' }) }),
    state: 'acting',
    instance: { id, place: {} },
    acted: { launchedAt: NOON },
    sentAt: NOON,
  };
  const open = openNow([waiting('warned'), sent]) ?? assert.fail();
  assert.equal(stopsAt(rowWith({ open, lease })), undefined);
});

test('a lease stops its machine at its end, or when the last hold ends', () => {
  assert.equal(stopsAt(rowWith({ lease })), NOON + HOUR);
  assert.equal(stopsAt(rowWith({ lease, hold })), NOON + 2 * HOUR);
  assert.equal(stopsAt(rowWith({ lease: { ...lease, isStopping: true } })), undefined);
});

test('a machine that does not run, or that nothing stops, has none', () => {
  assert.equal(stopsAt(rowWith({ lease }, 'stopped')), undefined);
  assert.equal(stopsAt(rowWith({ hold })), undefined);
});
