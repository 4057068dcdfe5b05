import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machinesAnswer } from './answers.ts';
import { machineLine } from './machine-view.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const ID = 'i-00000000000000001';
const STARTED = {
  id: '01a2213b-8e16-70a2-a716-bbb08b122a73',
  client: 'native',
  dryRun: false,
  cause: { by: 'person', name: 'pia' },
  verb: 'start',
  state: 'succeeded',
  target: ID,
  message: 'it is running',
  createdAt: '2026-11-28T10:00:00Z',
  endedAt: '2026-11-28T10:01:00Z',
};
const AT_THE_END_OF_A_LEASE = {
  ...STARTED,
  id: '01a2213b-8e16-7408-8642-709e1be940f5',
  verb: 'stop',
  state: 'waiting',
  reason: 'leased',
  message: 'it is leased to pia',
  endedAt: undefined,
};

function lineOf(more: object): string {
  const machine = { id: ID, state: 'stopped', since: '2026-11-28T11:00:00Z', ...more };
  const [read] = machinesAnswer.parse({ machines: [machine], total: 1, known: 1 }).machines;
  assert.ok(read);
  return machineLine(read, NOW)
    .map((part) => (typeof part === 'string' ? part : part.text))
    .join('');
}

test('what others have done since is the last word about a machine', () => {
  const outside = `stopped  ${ID}. changed outside ec2-operator, such as in the AWS console or by a tool`;
  assert.equal(lineOf({ last: STARTED, why: { by: 'outside' } }), outside);
  assert.equal(lineOf({ why: { by: 'outside' } }), outside);
  assert.equal(
    lineOf({ last: STARTED, why: { by: 'outside' }, since: '2026-11-28T09:00:00Z', state: 'running' }),
    `running  ${ID}. it is running`,
  );
});

test('a stop that waits on says nothing about a machine that is stopped already', () => {
  const [open, lease] = [AT_THE_END_OF_A_LEASE, AT_THE_END_OF_A_LEASE];
  const last = { ...STARTED, verb: 'stop', message: 'it is stopped' };
  assert.equal(lineOf({ open, last, why: { by: 'person' } }), `stopped  ${ID}. it is stopped`);
  assert.match(lineOf({ open, last: lease, why: { by: 'outside' } }), /^stopped {2}i-0+1\. changed outside /);
  assert.equal(lineOf({ open, last: lease, why: { by: 'person' } }), `stopped  ${ID}`);
  assert.equal(
    lineOf({ open, last: lease, state: 'running' }),
    `running  ${ID}: stop waiting: leased. it is leased to pia`,
  );
});
