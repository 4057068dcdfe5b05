/** When people are warned of a stop, and when it follows: tags, windows, limits, plans. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plansAnswerSchema } from '../../src/http/plan-schemas.ts';
import { delivery } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import {
  ALWAYS,
  HOUR,
  LAUNCHED,
  MINUTE,
  clock,
  idle,
  send,
  sendOne,
  startWarned,
  stopsOf,
  waitsOf,
  warningOf,
} from '../support/warnings.ts';

for (const [tag, stops, says] of [
  ['30m', '08:30:00', /unless it is kept$/],
  ['2m', '08:02:00', /unless it is kept$/],
  ['3000h', '08:00:00', /stops at 2026-11-24T08:00:00\.000Z unless it is kept$/],
  [
    'soon',
    '08:15:00',
    /unless it is kept \(its tag ec2-operator:warn="soon" is not a duration such as 30m \(at most 1d\): 15m is used\)$/,
  ],
] as const)
  test(`the tag warn=${tag}: the machine stops at ${stops}`, async () => {
    const tagged = machine(1, { launched: LAUNCHED, tags: { 'ec2-operator:warn': tag } });
    await using operator = await startWarned({
      machines: [tagged],
      config: 'warn: { always: true, again: 2m }',
    });
    const id = await sendOne(operator);
    const { message = '', warning } = await operator.read(id);
    assert.equal(clock(warning?.stopsAt), stops);
    assert.match(message, says);
  });

test('the tag warn=0s: its owner does not want to hear of it', async () => {
  const tagged = machine(1, { launched: LAUNCHED, tags: { 'ec2-operator:warn': '0s' } });
  await using operator = await startWarned({ machines: [tagged] });
  await sendOne(operator);
  assert.deepEqual(stopsOf(operator), ['08:00:00 1']);
});

test('a tag that is changed meanwhile does not move the stop', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  await operator.passTime(5 * MINUTE);
  for (const tag of ['0s', '1m', '6h']) {
    operator.sandbox.set(idOf(1), { tags: { 'ec2-operator:warn': tag } });
    await operator.store.hasten(Date.now(), Date.now());
    await operator.settle();
    assert.equal(warningOf(await operator.read(id)), '08:00:00 -> 08:15:00');
  }
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
});

test('the warning precedes its window, and the machine stops as the window opens', async () => {
  const windows = 'guards: { windows: [{ allow: "09:00-09:05", verbs: [stop] }] }';
  await using operator = await startWarned({ config: `{ ${ALWAYS}, ${windows} }` });
  const id = await sendOne(operator);
  assert.equal((await operator.read(id)).until, '2026-11-23T08:45:00.000Z');
  await operator.passTime(2 * HOUR);
  assert.deepEqual(stopsOf(operator), ['09:00:00 1']);
  assert.deepEqual(waitsOf(await operator.read(id)), ['08:00:00 windows', '08:45:00 warned']);
});

test('no warning is given for a stop that its window would not allow', async () => {
  const windows = 'guards: { windows: [{ allow: "07:00-08:15", verbs: [stop] }] }';
  await using operator = await startWarned({ config: `{ ${ALWAYS}, ${windows} }` });
  const id = await sendOne(operator);
  const { reason, until, message = '' } = await operator.read(id);
  assert.deepEqual([reason, until], ['windows', '2026-11-24T06:45:00.000Z']);
  assert.match(message, /next allow a stop of .* at 2026-11-24T07:00:00\.000Z$/);
});

test('a warned stop has its place under the limit, and others are warned for when there is room', async () => {
  const limit = 'guards: { fleet_limit: { count: 1, per: 10m } }';
  const machines = [1, 2, 3].map((number) => machine(number, { launched: LAUNCHED }));
  await using operator = await startWarned({ config: `{ ${ALWAYS}, ${limit} }`, machines });
  const ids = await send(operator, idle(1), idle(2), idle(3));
  const reasons = await Promise.all(ids.map(async (id) => (await operator.read(id)).reason));
  assert.deepEqual(Map.groupBy(reasons, String).get('warned')?.length, 1);
  await operator.passTime(2 * HOUR);
  assert.deepEqual(
    stopsOf(operator).map((stop) => stop.slice(0, 8)),
    ['08:15:00', '08:25:00', '08:35:00'],
  );
});

test('a warned stop that is held gives its place to another', async () => {
  const limit = 'guards: { fleet_limit: { count: 1, per: 2h } }';
  const machines = [1, 2].map((number) => machine(number, { launched: LAUNCHED }));
  await using operator = await startWarned({ config: `{ ${ALWAYS}, ${limit} }`, machines });
  const [first = ''] = await send(operator, idle(1));
  await operator.passTime(MINUTE);
  const [second = ''] = await send(operator, idle(2));
  assert.equal((await operator.read(second)).reason, 'fleet_limit');
  operator.sandbox.set(idOf(1), { tags: { 'ec2-operator:hold-until': '2026-11-23T09:00' } });
  await operator.store.hasten(Date.now(), Date.now());
  await operator.settle();
  assert.equal((await operator.read(first)).reason, 'held');
  await operator.store.hasten(Date.now(), Date.now());
  await operator.settle();
  assert.equal((await operator.read(second)).reason, 'warned');
  await operator.passTime(4 * HOUR);
  assert.deepEqual(stopsOf(operator), ['08:16:00 2', '10:16:00 1']);
});

test('a plan and a dry run say when the warning would come, and when the stop would follow', async () => {
  await using operator = await startWarned();
  const planned = await operator.request('POST', '/api/v1/plan', { body: delivery([idle(1)]) });
  const [plan] = plansAnswerSchema.parse(planned.body).plans;
  assert.deepEqual(
    [plan?.outcome, plan?.reason, clock(plan?.warnsAt), clock(plan?.stopsAt)],
    ['would_wait', 'warned', '08:00:00', '08:15:00'],
  );
  const said = /^would warn at 2026-11-23T08:00:00\.000Z and stop i-0+1 \(.*\) at 2026-11-23T08:15:00\.000Z: /;
  assert.match(plan?.message ?? '', said);
  const labels = { alertname: 'UnusedGPU', action: 'stop', instance_id: idOf(1), dryrun: 'true' };
  const [id = ''] = await send(operator, idle(1, { labels }));
  const dry = await operator.read(id);
  assert.deepEqual([dry.state, dry.reason, warningOf(dry)], ['succeeded', 'dry_run', 'none']);
  assert.match(dry.message ?? '', said);
});

test('a plan counts the places of the warnings that it foresees, and tells a warning after another wait', async () => {
  const guards = 'guards: { fleet_limit: { count: 1, per: 10m } }';
  const machines = [
    machine(1, { launched: LAUNCHED }),
    machine(2, { launched: LAUNCHED }),
    machine(3, { launched: '10m ago' }),
  ];
  await using operator = await startWarned({ config: `{ ${ALWAYS}, ${guards} }`, machines });
  const body = delivery([1, 2, 3].map((number) => idle(number)));
  const { plans } = plansAnswerSchema.parse((await operator.request('POST', '/api/v1/plan', { body })).body);
  assert.deepEqual(
    plans.map(({ reason, until, warnsAt, stopsAt }) => [reason, clock(until), clock(warnsAt), clock(stopsAt)]),
    [
      ['warned', '08:15:00', '08:00:00', '08:15:00'],
      ['fleet_limit', '08:10:00', '08:10:00', '08:25:00'],
      ['min_uptime', '08:35:00', '08:35:00', '08:50:00'],
    ],
  );
  assert.match(plans[2]?.message ?? '', /^would wait until .*08:35.*, warn then and stop i-0+3 \(.*\) at .*08:50/);
});
