/** Pauses that end by themselves, with the clock in the test's hand. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { begunPauseAnswerSchema } from '../../src/http/pause-schemas.ts';
import { receiptsSchema } from '../../src/http/schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 23, 8);

beforeEach(() => {
  mock.timers.enable({ apis: ['Date'], now: START });
});
afterEach(() => {
  mock.timers.reset();
});

async function start(config = '', count = 1): Promise<VirtualOperator> {
  const machines = Array.from({ length: count }, (_, index) => machine(index + 1, { launched: '2d ago' }));
  return startVirtualOperator({ machines, config, timers: mock.timers });
}

async function pause(operator: VirtualOperator, body: object): Promise<string> {
  const { status, body: answer } = await operator.request('POST', '/api/v1/pauses', { body: { why: 'x', ...body } });
  assert.equal(status, 201, JSON.stringify(answer));
  return begunPauseAnswerSchema.parse(answer).pause.id;
}

/** An alert that has begun now asks to stop each of the machines. @returns the operations */
async function sendStops(operator: VirtualOperator, count = 1): Promise<readonly string[]> {
  const startsAt = new Date().toISOString();
  const alerts = Array.from({ length: count }, (_, index) => alert({ instance_id: idOf(index + 1) }, { startsAt }));
  const answer = await operator.request('POST', '/operateInstance', { body: delivery(alerts) });
  return receiptsSchema.parse(answer.body).receipts.map(({ operation = '' }) => operation);
}

function stopTimes(operator: VirtualOperator): readonly string[] {
  return operator.stops().map(({ at }) => new Date(at).toISOString().slice(11, 19));
}

test('a pause of a night ends by itself, and what waited is not given up', async () => {
  await using operator = await start();
  await pause(operator, { for: '12h' });
  const [id = ''] = await sendStops(operator);
  await operator.settle();
  const { state, reason, until } = await operator.read(id);
  assert.deepEqual([state, reason, until], ['waiting', 'paused', '2026-11-23T20:00:00.000Z']);
  // Alertmanager sends the alert again while it fires.
  await operator.passTime(11 * HOUR);
  assert.deepEqual(stopTimes(operator), []);
  await sendAgain(operator);
  await operator.passTime(2 * HOUR);
  assert.deepEqual(stopTimes(operator), ['20:00:00']);
});

async function sendAgain(operator: VirtualOperator): Promise<void> {
  const again = alert({ instance_id: idOf(1) }, { startsAt: new Date(START).toISOString() });
  await operator.request('POST', '/operateInstance', { body: delivery([again]) });
  await operator.settle();
}

test('an alert that nobody has sent again during a long pause stops nothing after it', async () => {
  await using operator = await start();
  await pause(operator, { for: '12h' });
  const [id = ''] = await sendStops(operator);
  await operator.passTime(13 * HOUR);
  const { state, reason } = await operator.read(id);
  assert.deepEqual([state, reason], ['refused', 'no_recent_alert']);
  assert.deepEqual(stopTimes(operator), []);
});

test('the last of several pauses decides, and ending it early brings the end of the others back', async () => {
  await using operator = await start();
  await pause(operator, { for: '1h' });
  const long = await pause(operator, { for: '4h' });
  const [id = ''] = await sendStops(operator);
  await operator.settle();
  assert.equal((await operator.read(id)).until, '2026-11-23T12:00:00.000Z');
  await operator.request('DELETE', `/api/v1/pauses/${long}`);
  await operator.settle();
  assert.equal((await operator.read(id)).until, '2026-11-23T09:00:00.000Z');
  await operator.passTime(2 * HOUR);
  assert.deepEqual(stopTimes(operator), ['09:00:00']);
});

test('a pause without an end keeps what waits from being given up, however long it stands', async () => {
  await using operator = await start('give_up_after: { stop: 15m }');
  const id = await pause(operator, {});
  await sendStops(operator);
  for (let hour = 0; hour < 30; hour += 4) {
    await operator.passTime(4 * HOUR);
    await sendAgain(operator);
  }
  assert.deepEqual(stopTimes(operator), []);
  await operator.request('DELETE', `/api/v1/pauses/${id}`);
  await operator.settle();
  assert.equal(operator.stops().length, 1);
});

test('a clock that is set back makes a pause last until its time comes again', async () => {
  await using operator = await start();
  await pause(operator, { for: '1h' });
  await sendStops(operator);
  await operator.passTime(30 * MINUTE);
  mock.timers.setTime(START - 30 * MINUTE);
  await operator.passTime(89 * MINUTE);
  assert.deepEqual(stopTimes(operator), []);
  await operator.passTime(2 * MINUTE);
  assert.deepEqual(stopTimes(operator), ['09:00:00']);
});

test('at the end of a pause, the fleet limit spreads the stops that have waited', async () => {
  await using operator = await start('guards: { fleet_limit: { count: 2, per: 10m } }', 6);
  await pause(operator, { for: '1h' });
  await sendStops(operator, 6);
  await operator.passTime(2 * HOUR);
  const byTime = operator
    .stops()
    .flatMap(({ at, instanceIds }) => instanceIds.map(() => Math.floor((at - START) / MINUTE)));
  assert.equal(byTime.length, 6);
  for (const at of byTime)
    assert.ok(byTime.filter((other) => other >= at && other < at + 10).length <= 2, byTime.join());
  assert.equal(Math.min(...byTime), 60);
});

test('people who were warned before a pause are warned afresh after it', async () => {
  await using operator = await start('warn: { always: true, before: 15m }');
  const [id = ''] = await sendStops(operator);
  await operator.settle();
  assert.equal((await operator.read(id)).reason, 'warned');
  await operator.passTime(5 * MINUTE);
  await pause(operator, { for: '7m' });
  await operator.settle();
  assert.equal((await operator.read(id)).reason, 'paused', 'a stop that does not come is no longer announced');
  await operator.passTime(7 * MINUTE);
  const { reason, until } = await operator.read(id);
  assert.deepEqual([reason, until], ['warned', '2026-11-23T08:27:00.000Z']);
  await operator.passTime(16 * MINUTE);
  assert.deepEqual(stopTimes(operator), ['08:27:00']);
});
