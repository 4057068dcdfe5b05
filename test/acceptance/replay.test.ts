/** The record of some days, replayed with other rules and guards. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { replayAnswerSchema, type ReplayAnswer } from '../../src/http/replay-schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';

const CONFIG = `
prices: { g5.xlarge: 2 }
guards: { min_uptime: off, recent_alert: off, flapping: off, fleet_limit: off }
`;
const MACHINES = [
  machine(1, { name: 'gpu-1', tags: { team: 'ml' } }),
  machine(2, { name: 'gpu-2', tags: {}, system: 'windows' }),
  machine(3, { name: 'gpu-3', tags: {} }),
];

function at(day: number, hour: number, minute = 0): number {
  return Date.UTC(2026, 9, day, hour, minute);
}

async function send(operator: VirtualOperator, number: number, beganAt: number, status = 'firing'): Promise<void> {
  const one = alert(
    { instance_id: idOf(number), alertname: 'UnusedGPU' },
    {
      startsAt: new Date(beganAt).toISOString(),
      status,
      endsAt: new Date(status === 'firing' ? 0 : Date.now()).toISOString(),
    },
  );
  const answer = await operator.request('POST', '/operateInstance', { body: delivery([one]) });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  await operator.settle();
  await operator.seen();
}

async function start(operator: VirtualOperator, number: number, time: number): Promise<void> {
  await operator.passTime(time - Date.now());
  const asked = await operator.request(
    'GET',
    `/operateInstance?action=start&instance=${idOf(number)}&dryrun=false&wait=0s`,
  );
  assert.ok(asked.status < 300, JSON.stringify(asked.body));
  await operator.settle();
  await operator.seen();
}

async function replay(operator: VirtualOperator, body: object): Promise<ReplayAnswer> {
  const answer = await operator.request('POST', '/api/v1/replay', { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return replayAnswerSchema.parse(answer.body);
}

/** To a twentieth of an hour: EC2 shows a stop some seconds after it was asked. */
function figures({ stops, savedHours, regrets }: ReplayAnswer['happened']): readonly number[] {
  return [stops, Math.round(savedHours * 20) / 20, regrets['15m'], regrets['30m'], regrets['60m']];
}

test('a longer window, other guards, and what happened', async () => {
  mock.timers.enable({ apis: ['Date'], now: at(1, 0) });
  const { timers } = mock;
  await using operator = await startVirtualOperator({ machines: MACHINES, config: CONFIG, timers });

  // gpu-1 is stopped at 8:00, and wanted after 21 minutes; at 18:00, and wanted after 10 hours.
  for (const [began, wanted] of [
    [at(2, 8), at(2, 8, 21)],
    [at(2, 18), at(3, 4)],
  ] as const) {
    await operator.passTime(began - Date.now());
    await send(operator, 1, began);
    await start(operator, 1, wanted);
  }
  // gpu-2 is held for three hours, in which its alert fires for two.
  await operator.passTime(at(3, 10) - Date.now());
  const hold = await operator.request('POST', '/api/v1/holds', { body: { target: idOf(2), for: '3h' } });
  assert.equal(hold.status, 201, JSON.stringify(hold.body));
  await send(operator, 2, at(3, 10));
  await operator.passTime(at(3, 12) - Date.now());
  await send(operator, 2, at(3, 10), 'resolved');
  await operator.passTime(at(3, 20) - Date.now());

  const answer = await replay(operator, { days: 2, ruleWindows: ['30m', '45m', '60m'] });
  assert.equal(answer.machines, 2);
  assert.deepEqual(figures(answer.happened), [2, 10.35, 0, 1, 1]);
  assert.equal(Math.round(answer.happened.savedDollars ?? 0), 21);
  for (const { dollarsBasis } of [answer.happened, answer.asNow]) assert.equal(dollarsBasis, 'as configured');
  // A replay asks no holds: it would have stopped gpu-2, too.
  assert.deepEqual(figures(answer.asNow), [3, 12.35, 0, 1, 1]);
  assert.deepEqual(answer.policies.map(figures), [
    [3, 12.35, 0, 1, 1],
    [3, 11.6, 1, 1, 1],
    [2, 11, 0, 0, 0],
  ]);
  assert.equal(Math.round(answer.asNow.savedDollars ?? 0), 21, 'a price of Linux is none of Windows');
  assert.deepEqual(answer.notPriced, [
    'no price is known of g5.xlarge (Windows) (1 machine): prices of a configuration can name it',
  ]);
  assert.match(answer.notAsked.join('; '), /^holds, leases and pauses/);
  assert.match(answer.cannotTell.join('\n'), /while it was really stopped/);

  // Guards of a configuration that is not in force: no stops at night, and none of machines without the tag.
  const config = JSON.stringify({
    guards: { min_uptime: 'off', require_tag: { key: 'team' }, windows: [{ forbid: '17:00-22:00' }] },
    prices: { 'g5.xlarge': 4 },
  });
  const changed = await replay(operator, { days: 2, config });
  const [first] = changed.policies;
  assert.ok(first);
  assert.deepEqual(figures(first), [2, 6.35, 0, 1, 1]);
  assert.deepEqual(first.heldBack, { require_tag: 1 });
  assert.equal(Math.round(first.savedDollars ?? 0), 25);
  assert.deepEqual(figures(changed.asNow), figures(answer.asNow), 'what is in force stays so');

  const shorter = await replay(operator, { days: 1, ruleWindows: ['10m'], ruleWindowNow: '20m' });
  assert.deepEqual(figures(shorter.policies[0] ?? shorter.asNow).slice(0, 2), [2, 10], 'nothing before the period');

  for (const [body, words] of [
    [{ config: 'regions: [x' }, /config: /],
    [{ config: 'nonsense: 1' }, /config: nonsense: unknown setting/],
    // Its reading keeps all else waiting.
    [{ config: '#'.repeat(65_537) }, /config: /],
    [{ ruleWindows: ['1s'] }, /ruleWindows\.0: expected a duration from 1m to 7d/],
    [{ days: 401 }, /days: /],
    [{ day: 1 }, /expected nothing named/],
  ] as const) {
    const { status, body: problem } = await operator.request('POST', '/api/v1/replay', { body });
    assert.equal(status, 400);
    assert.match(JSON.stringify(problem), words);
  }

  const both = await Promise.all([1, 2].map(async () => operator.request('POST', '/api/v1/replay', { body: {} })));
  assert.deepEqual(
    both.map(({ status }) => status).toSorted((one, other) => one - other),
    [200, 429],
  );
  assert.match(JSON.stringify(both.find(({ status }) => status === 429)?.body), /expected one replay at a time/);
});
