/** What people say while they are warned: holds, pauses, leases. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf, machine } from '../support/fleet.ts';
import {
  ALWAYS,
  answered,
  clock,
  HOUR,
  MINUTE,
  sendOne,
  startWarned,
  stopsOf,
  waitsOf,
  warningOf,
} from '../support/warnings.ts';
import type { VirtualOperator } from '../support/virtual-operator.ts';

async function say(operator: VirtualOperator, method: string, path: string, body?: unknown): Promise<void> {
  const answer = await operator.request(method, path, body === undefined ? {} : { body });
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  await operator.settle();
}

test('a hold in the last minute keeps the machine; when it is released, people are warned afresh', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  await operator.passTime(14 * MINUTE);
  await say(operator, 'POST', '/api/v1/holds', { target: idOf(1), for: '3h', why: 'training' });
  const held = await operator.read(id);
  assert.deepEqual([held.reason, warningOf(held)], ['held', 'none']);
  await operator.passTime(HOUR);
  await say(operator, 'DELETE', `/api/v1/holds/${idOf(1)}`);
  assert.equal(warningOf(await operator.read(id)), '09:14:00 -> 09:29:00');
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['09:29:00 1']);
  assert.deepEqual(await answered(operator), { held: 1, stopped: 1 });
});

test('a hold ends the warning even while the machine changes its state', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  await operator.passTime(13 * MINUTE);
  operator.sandbox.set(idOf(1), { state: 'pending' });
  await say(operator, 'POST', '/api/v1/holds', { target: idOf(1), for: '1m' });
  assert.equal((await operator.read(id)).reason, 'held');
  operator.sandbox.set(idOf(1), { state: 'running' });
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:29:00 1']);
});

test('a pause keeps it too', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  await operator.passTime(5 * MINUTE);
  await say(operator, 'POST', '/api/v1/pauses', { for: '1h', why: 'a demo' });
  assert.equal((await operator.read(id)).reason, 'paused');
  await operator.passTime(3 * HOUR);
  assert.deepEqual(stopsOf(operator), ['09:20:00 1']);
  assert.deepEqual(await answered(operator), { paused: 1, stopped: 1 });
});

async function startLeased(): Promise<{ readonly operator: VirtualOperator; readonly until: number }> {
  const operator = await startWarned({ config: ALWAYS, machines: [machine(1, { state: 'stopped' })] });
  const query = `instance=${idOf(1)}&action=start&client=native&dryrun=false&for=2h&wait=0s`;
  await say(operator, 'GET', `/operateInstance?${query}`);
  const [lease] = await operator.store.leases({ limit: 1 });
  assert.ok(lease);
  return { operator, until: lease.until };
}

async function stopOfLease(operator: VirtualOperator) {
  const [stop] = await operator.store.list({ states: ['waiting', 'succeeded'], verb: 'stop', limit: 1 });
  return operator.read(stop?.id ?? '');
}

test('the warning of a lease ends with it', async () => {
  const { operator, until } = await startLeased();
  await using _ = operator;
  await operator.passTime(110 * MINUTE);
  const { at = '', stopsAt = '' } = (await stopOfLease(operator)).warning ?? {};
  assert.ok(Date.parse(stopsAt) >= until && Date.parse(stopsAt) < until + 2_000, stopsAt);
  assert.ok(Date.parse(stopsAt) - Date.parse(at) >= 15 * MINUTE);
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), [`${clock(stopsAt)} 1`]);
});

test('a lease that is extended while its holder is warned does not end before its new end', async () => {
  const { operator, until } = await startLeased();
  await using _ = operator;
  await operator.passTime(110 * MINUTE);
  const first = await stopOfLease(operator);
  assert.equal(first.reason, 'warned');
  const by = { name: 'pia', remote: '' };
  const change = { instance: idOf(1), by, to: { addMs: 5 * MINUTE }, longestMs: 24 * HOUR };
  assert.equal((await operator.store.changeLease(change, Date.now())).outcome, 'changed');
  await operator.settle();
  const extended = await stopOfLease(operator);
  assert.equal(extended.id, first.id);
  const stopsAt = Date.parse(extended.warning?.stopsAt ?? '');
  assert.ok(stopsAt >= until + 5 * MINUTE, 'there are less than 15 minutes left: the warning takes its time');
  assert.ok(waitsOf(extended).some((wait) => wait.endsWith('leased')));
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), [`${clock(stopsAt)} 1`]);
  assert.deepEqual(await answered(operator), { leased: 1, stopped: 1 });
});
