/** A stop whose warning no channel delivers, or only late. The test plays the channel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NoticeOutcome } from '../../src/store/notice-port.ts';
import { plansAnswerSchema } from '../../src/http/plan-schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { idOf } from '../support/fleet.ts';
import type { VirtualOperator } from '../support/virtual-operator.ts';
import {
  answered,
  clock,
  EIGHT,
  HOUR,
  idle,
  MINUTE,
  send,
  sendOne,
  startWarned,
  stopsOf,
  waitsOf,
  warningOf,
} from '../support/warnings.ts';

const CHANNEL = "channels: [{ name: bus, webhook: { url: 'http://127.0.0.1:9/' } }]";

/** Delivers what is due on the channel, or fails to. @returns the kinds of the notices */
async function deliver(
  { store }: VirtualOperator,
  outcome: NoticeOutcome = { outcome: 'sent' },
  channel = 'bus',
): Promise<readonly string[]> {
  const now = Date.now();
  const claimed = await store.claimNotices({ channel, owner: 'test', now, until: now + MINUTE, limit: 10 });
  for (const { id } of claimed) assert.ok(await store.settleNotice('test', id, outcome, now));
  return claimed.map(({ news: { kind } }) => kind);
}

test('a warning that is delivered at once leaves people the time that they are promised', async () => {
  await using operator = await startWarned({ config: CHANNEL });
  const id = await sendOne(operator);
  await operator.passTime(MINUTE / 2);
  assert.deepEqual(await deliver(operator), ['warning']);
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
  assert.deepEqual(waitsOf(await operator.read(id)), ['08:00:00 warned']);
  assert.deepEqual(await deliver(operator), ['stopped']);
});

test('the stop waits for a warning that is delivered late, and people have as long to answer', async () => {
  await using operator = await startWarned({ config: CHANNEL });
  const id = await sendOne(operator);
  await operator.passTime(22 * MINUTE);
  const { reason, message = '' } = await operator.read(id);
  assert.equal(reason, 'warning_undelivered');
  assert.match(message, /^no channel could deliver the warning that .* is to stop \(bus\);/);
  assert.deepEqual(await deliver(operator), ['warning']);
  await operator.passTime(MINUTE);
  assert.equal(warningOf(await operator.read(id)), '08:00:00 -> 08:37:00');
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:37:00 1']);
  assert.deepEqual(waitsOf(await operator.read(id)), [
    '08:00:00 warned',
    '08:15:00 warning_undelivered',
    '08:23:00 warned',
  ]);
  assert.deepEqual(await answered(operator), { stopped: 1 });
});

test('the stop moves with a warning that is late, but not too late', async () => {
  await using operator = await startWarned({ config: `{ ${CHANNEL}, warn: { again: 2m } }` });
  const id = await sendOne(operator);
  await operator.passTime(5 * MINUTE);
  assert.deepEqual(await deliver(operator), ['warning']);
  await operator.passTime(9 * MINUTE);
  assert.equal(
    warningOf(await operator.read(id)),
    '08:00:00 -> 08:20:00',
    'found when the reminder would have been due',
  );
  assert.deepEqual(await deliver(operator), []);
  await operator.passTime(5 * MINUTE);
  assert.deepEqual(await deliver(operator), ['warning'], 'the reminder comes before the stop as it is now');
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:20:00 1']);
});

test('a warning that nobody has heard has no reminder, until it was told', async () => {
  await using operator = await startWarned({ config: `{ ${CHANNEL}, warn: { again: 2m } }` });
  const id = await sendOne(operator);
  const error = 'the address is gone';
  assert.deepEqual(await deliver(operator, { outcome: 'failed', error }), ['warning']);
  await operator.passTime(14 * MINUTE);
  assert.deepEqual(await deliver(operator, { outcome: 'failed', error }), [], 'no reminder');
  await operator.passTime(6 * MINUTE);
  assert.deepEqual(await deliver(operator), ['warning'], 'the channel was repaired');
  await operator.passTime(14 * MINUTE);
  assert.equal(warningOf(await operator.read(id)), '08:00:00 -> 08:35:00');
  assert.deepEqual(await deliver(operator), ['warning'], 'the reminder');
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:35:00 1']);
});

test('a stop that nobody can be told of ends, and the next copy of its alert begins again', async () => {
  await using operator = await startWarned({ config: `{ ${CHANNEL}, give_up_after: { stop: 2h } }` });
  const id = await sendOne(operator);
  const error = 'the address is gone';
  await operator.passTime(MINUTE);
  assert.deepEqual(await deliver(operator, { outcome: 'failed', error }), ['warning']);
  await operator.passTime(13 * MINUTE);
  assert.deepEqual(await deliver(operator), [], 'it was given up');
  await operator.passTime(5 * MINUTE);
  assert.deepEqual(await deliver(operator, { outcome: 'failed', error }), ['warning'], 'it is tried again');
  await operator.passTime(2 * MINUTE);
  assert.deepEqual(await deliver(operator, { outcome: 'failed', error }), ['warning'], 'and again');
  await operator.passTime(6 * HOUR);
  const ended = await operator.read(id);
  assert.deepEqual([ended.state, ended.reason], ['failed', 'deadline']);
  assert.match(ended.message ?? '', /it waited because of: no channel could deliver the warning/);
  assert.deepEqual(
    waitsOf(ended).map((wait) => wait.slice(9)),
    ['warned', 'warning_undelivered'],
    'it was not warned of afresh',
  );
  assert.equal(clock(ended.endedAt), '10:16:00', 'two hours after the time of the warning');
  assert.deepEqual(await answered(operator), { undelivered: 1 });
  assert.deepEqual(stopsOf(operator), []);

  const [again = ''] = await send(operator, idle(1, { startsAt: new Date(EIGHT).toISOString() }));
  assert.notEqual(again, id);
  await deliver(operator);
  await operator.passTime(HOUR);
  assert.equal(stopsOf(operator).length, 1);
});

test('a stop that may come unannounced does', async () => {
  await using operator = await startWarned({ config: `{ ${CHANNEL}, warn: { if_undelivered: stop } }` });
  await sendOne(operator);
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
});

test('people who are not told yet can say no all the same, and hear the rest in order', async () => {
  await using operator = await startWarned({ config: CHANNEL });
  const id = await sendOne(operator);
  await operator.passTime(20 * MINUTE);
  operator.sandbox.set(idOf(1), { tags: { 'ec2-operator:hold-until': '2026-11-23T10:00' } });
  await operator.passTime(MINUTE);
  assert.equal((await operator.read(id)).reason, 'held');
  assert.deepEqual(await deliver(operator), ['warning']);
  assert.deepEqual(await deliver(operator), ['kept']);
  await operator.passTime(99 * MINUTE);
  assert.deepEqual(await deliver(operator), ['warning']);
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['10:15:00 1']);
});

test('a further channel is told of a stop that nobody hears of, and of what becomes of it', async () => {
  const channels = [
    "{ name: bus, ntfy: { url: 'http://127.0.0.1:9', topic: ml } }",
    "{ name: ops, ntfy: { url: 'http://127.0.0.1:9', topic: ops }, only: { team: ops }, tell: [failed] }",
  ];
  const escalate = '[{ undelivered: 5m, to: ops }, { held: 2, within: 7d, to: ops }]';
  await using operator = await startWarned({ config: `{ channels: [${channels.join(', ')}], escalate: ${escalate} }` });
  const id = await sendOne(operator);
  await operator.passTime(4 * MINUTE);
  assert.deepEqual(await deliver(operator, { outcome: 'sent' }, 'ops'), [], 'others may still be told');
  await operator.passTime(MINUTE);
  assert.deepEqual(await deliver(operator, { outcome: 'sent' }, 'ops'), ['warning']);
  await operator.passTime(11 * MINUTE);
  assert.equal(warningOf(await operator.read(id)), '08:00:00 -> 08:20:00', 'people there have as long to answer');
  for (const until of ['09:00', '11:00']) {
    operator.sandbox.set(idOf(1), { tags: { 'ec2-operator:hold-until': `2026-11-23T${until}` } });
    await operator.store.hasten(Date.now(), Date.now());
    await operator.settle();
    assert.equal((await operator.read(id)).reason, 'held');
    await operator.passTime(HOUR);
  }
  const told = await operator.store.notices({ channel: 'ops', kind: 'kept', limit: 10 });
  const times = told.map(({ news }) => (news.kind === 'kept' ? news.often?.times : 'another'));
  assert.deepEqual(times, [2, undefined], 'the second time, with how often');
});

test('a machine that no channel is about stops as without channels', async () => {
  await using operator = await startWarned({ config: CHANNEL.replace('webhook', 'only: { team: ml }, webhook') });
  await sendOne(operator);
  assert.deepEqual(stopsOf(operator), ['08:00:00 1']);
  assert.deepEqual(await operator.store.notices({ limit: 10 }), []);
});

test('nothing is told of a dry run', async () => {
  await using operator = await startWarned({ config: CHANNEL });
  await send(operator, alert({ instance_id: idOf(1), dryrun: 'true' }));
  await operator.passTime(HOUR);
  assert.deepEqual(await operator.store.notices({ limit: 10 }), []);
});

test('a plan says through which channels people would be warned', async () => {
  await using operator = await startWarned({ config: CHANNEL });
  const { body } = await operator.request('POST', '/api/v1/plan', { body: delivery([idle(1)]) });
  const [plan] = plansAnswerSchema.parse(body).plans;
  assert.deepEqual([clock(plan?.warnsAt), clock(plan?.stopsAt), plan?.channels], ['08:00:00', '08:15:00', ['bus']]);
  assert.match(plan?.message ?? '', /^would warn through bus at 2026-11-23T08:00:00\.000Z and stop /);
});
