import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intentWith, LEASE, NOON, HOUR, queuedWith } from '../../test/support/operation.ts';
import { tellDecision } from './machine-words.ts';
import type { Machine, MachineRow } from './machine.ts';
import type { Operation } from './operation.ts';

const ID = '01a2213b-8e16-70a2-a716-bbb08b122a73';
const MACHINE: Machine = {
  id: 'i-00000000000000001',
  place: {},
  state: 'stopped',
  type: 'g5.xlarge',
  availabilityZone: 'eu-central-1a',
  launchedAt: NOON - HOUR,
  tags: {},
  since: NOON - HOUR,
  why: { by: 'outside' },
  seenAt: NOON,
};
const QUEUED = queuedWith({});
const STOPPED = {
  ...QUEUED,
  state: 'succeeded',
  reason: 'state_reached',
  message: 'it is stopped',
  endedAt: NOON,
} as const;
/** It waits on until then, whatever becomes of the lease. */
const AT_THE_END_OF_A_LEASE: Operation = {
  ...QUEUED,
  intent: intentWith({ cause: { by: 'lease', lease: LEASE.id, name: LEASE.who, beganAt: LEASE.since } }),
  state: 'waiting',
  reason: 'leased',
  message: 'it is leased to pia',
  until: NOON + HOUR,
};

function decisionOf(row: Partial<MachineRow>): string {
  return tellDecision({ machine: MACHINE, ...row }, { zone: 'Europe/Berlin', now: NOON }).text;
}

test('a stop that waits on says nothing about a machine that is stopped already', () => {
  const open = AT_THE_END_OF_A_LEASE;
  assert.match(decisionOf({ open, last: open }), /^Stopped outside ec2-operator/);
  assert.equal(decisionOf({ open, last: STOPPED }), 'It is stopped.');
  assert.equal(decisionOf({ open, last: open, machine: { ...MACHINE, state: 'running' } }), 'Its stop was planned.');
});

test('other requests are named by who has made them, without their ids', () => {
  const end = { state: 'cancelled', reason: 'superseded', endedAt: NOON } as const;
  const message = `the start by pia takes precedence (operation ${ID})`;
  assert.equal(
    decisionOf({ last: { ...QUEUED, ...end, message } }),
    'Stop cancelled. The start by pia takes precedence.',
  );
  const rival = `operation ${ID} wants the opposite for the same instance and has to end first`;
  for (const [verb, state] of [
    ['stop', 'running'],
    ['start', 'stopped'],
  ] as const) {
    const open = { ...queuedWith({ intent: intentWith({ verb }) }), state: 'waiting', reason: 'rival' } as const;
    assert.equal(
      decisionOf({ machine: { ...MACHINE, state }, open: { ...open, message: rival, until: NOON } }),
      'Another request wants the opposite for the same instance and has to end first.',
    );
  }
});
