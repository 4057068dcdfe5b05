/** Automatic stops that people are warned of, and what they may answer. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { operationAnswerSchema } from '../../src/http/schemas.ts';
import { idOf } from '../support/fleet.ts';
import {
  ALWAYS,
  EIGHT,
  HOUR,
  MINUTE,
  answered,
  counted,
  idle,
  send,
  sendOne,
  startWarned,
  stopsOf,
  waitsOf,
  warningOf,
} from '../support/warnings.ts';

test('people have 15 minutes, and then the machine is stopped', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  const waiting = await operator.read(id);
  assert.deepEqual([waiting.state, waiting.reason], ['waiting', 'warned']);
  assert.equal(warningOf(waiting), '08:00:00 -> 08:15:00');
  assert.match(waiting.message ?? '', /^i-0+1 \(.*\) stops at 2026-11-23T08:15:00\.000Z unless it is kept$/);
  assert.equal(await counted(operator, 'ec2_operator_warnings_total'), 1);
  assert.equal(await counted(operator, 'ec2_operator_waiting_operations{reason="warned"}'), 1);
  await operator.passTime(14 * MINUTE);
  assert.deepEqual(stopsOf(operator), []);
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
  const end = await operator.read(id);
  assert.deepEqual([end.state, end.reason], ['succeeded', 'state_reached']);
  assert.deepEqual(waitsOf(end), ['08:00:00 warned']);
  assert.deepEqual(await answered(operator), { stopped: 1 });
  assert.equal(await counted(operator, 'ec2_operator_waiting_operations{reason="warned"}'), 0);
});

test('without a word of warnings in the configuration, a machine is stopped at once', async () => {
  await using operator = await startWarned({ config: '' });
  const id = await sendOne(operator);
  assert.deepEqual(stopsOf(operator), ['08:00:00 1']);
  const end = await operator.read(id);
  assert.deepEqual([end.state, warningOf(end)], ['succeeded', 'none']);
});

test('a look in between, as after a restart, neither moves the stop nor tells of it again', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  for (const minutes of [3, 4, 5]) {
    await operator.passTime(minutes * MINUTE);
    await operator.store.hasten(Date.now(), Date.now());
    await operator.settle();
    assert.equal(warningOf(await operator.read(id)), '08:00:00 -> 08:15:00');
  }
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
  assert.deepEqual(waitsOf(await operator.read(id)), ['08:00:00 warned']);
  assert.equal(await counted(operator, 'ec2_operator_warnings_total'), 1);
});

test('a clock that is set back does not bring another warning', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  mock.timers.setTime(EIGHT - 10 * MINUTE);
  await operator.store.hasten(Date.now(), Date.now());
  await operator.settle();
  assert.equal(warningOf(await operator.read(id)), '08:00:00 -> 08:15:00');
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
});

test('an alert that is resolved while people have time to answer stops nothing', async () => {
  await using operator = await startWarned();
  const firing = idle(1);
  const [id = ''] = await send(operator, firing);
  await operator.passTime(14 * MINUTE);
  await send(operator, { ...firing, status: 'resolved', endsAt: new Date().toISOString() });
  const end = await operator.read(id);
  assert.deepEqual([end.state, end.reason, warningOf(end)], ['cancelled', 'resolved', '08:00:00 -> 08:15:00']);
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), []);
  assert.deepEqual(await answered(operator), { resolved: 1 });
});

test('a person who cancels it ends it', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  await operator.passTime(10 * MINUTE);
  await operator.request('POST', `/api/v1/operations/${id}/cancel`);
  await operator.passTime(HOUR);
  assert.equal((await operator.read(id)).reason, 'by_person');
  assert.deepEqual(stopsOf(operator), []);
  assert.deepEqual(await answered(operator), { cancelled: 1 });
});

test('a person who starts the machine that is about to stop keeps it', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  await operator.passTime(10 * MINUTE);
  await operator.request('GET', `/operateInstance?instance=${idOf(1)}&action=start&dryrun=false&wait=0s`);
  await operator.passTime(HOUR);
  assert.equal((await operator.read(id)).reason, 'superseded');
  assert.deepEqual(stopsOf(operator), []);
});

test('a person who asks for the stop herself does not wait', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  await operator.passTime(5 * MINUTE);
  const query = `instance=${idOf(1)}&action=stop&client=native&dryrun=false&wait=0s`;
  const { body } = await operator.request('GET', `/operateInstance?${query}`);
  assert.equal(operationAnswerSchema.parse(body).operation.id, id, 'she joins it');
  await operator.settle();
  assert.deepEqual(stopsOf(operator), ['08:05:00 1']);
  assert.deepEqual(await answered(operator), { agreed: 1 });
});

test('after a hold people are warned afresh', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  await operator.passTime(10 * MINUTE);
  operator.sandbox.set(idOf(1), { tags: { 'ec2-operator:hold-until': '2026-11-23T09:00' } });
  await operator.passTime(6 * MINUTE);
  const held = await operator.read(id);
  assert.deepEqual([held.reason, warningOf(held)], ['held', 'none']);
  await operator.passTime(2 * HOUR);
  assert.deepEqual(stopsOf(operator), ['09:15:00 1']);
  const end = await operator.read(id);
  assert.deepEqual(waitsOf(end), ['08:00:00 warned', '08:15:00 held', '09:00:00 warned']);
  assert.deepEqual(await answered(operator), { held: 1, stopped: 1 });
});

test('a warning that is longer than give_up_after is no reason to give up', async () => {
  await using operator = await startWarned({ config: `{ ${ALWAYS}, give_up_after: { stop: 1m } }` });
  const id = await sendOne(operator);
  await operator.passTime(HOUR);
  assert.equal((await operator.read(id)).state, 'succeeded');
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
});

test('warn.again reminds people once, with its own entry in the trail', async () => {
  await using operator = await startWarned({ config: 'warn: { always: true, again: 2m }' });
  const id = await sendOne(operator);
  await operator.passTime(12 * MINUTE);
  assert.equal((await operator.read(id)).warning?.reminded, undefined);
  await operator.passTime(2 * MINUTE);
  assert.equal((await operator.read(id)).warning?.reminded, true);
  await operator.passTime(HOUR);
  const end = await operator.read(id);
  assert.deepEqual(waitsOf(end), ['08:00:00 warned', '08:13:00 warned']);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
  assert.equal(await counted(operator, 'ec2_operator_warnings_total'), 1, 'a reminder is no warning');
});
