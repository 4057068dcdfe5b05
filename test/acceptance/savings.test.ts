/** A month of stops, and its ledger kept by hand. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { savingsAnswerSchema, type SavingsAnswer } from '../../src/http/savings-schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';

const CONFIG = `
zone: Europe/Berlin
prices: { g5.xlarge: 2 }
savings: { cap: 3d }
guards: { min_uptime: off, recent_alert: off, flapping: off, fleet_limit: off }
`;
const MACHINES = [
  machine(1, { name: 'gpu-1', tags: { owner: 'ada' } }),
  machine(2, { name: 'gpu-2', tags: { owner: '＝bo' }, type: 'x9.huge' }),
  machine(3, { name: 'gpu-3', capacity_reservation: 'cr-0123456789abcdef0' }),
];

function at(day: number, hour: number, minute = 0): number {
  return Date.UTC(2026, 9, day, hour, minute);
}

async function passUntil(operator: VirtualOperator, time: number): Promise<void> {
  await operator.passTime(time - Date.now());
}

async function stopByAlert(operator: VirtualOperator, number: number, time: number, rule = 'UnusedGPU'): Promise<void> {
  await passUntil(operator, time);
  const idle = alert({ instance_id: idOf(number), alertname: rule }, { startsAt: new Date(time).toISOString() });
  const { status } = await operator.request('POST', '/operateInstance', { body: delivery([idle]) });
  assert.equal(status, 200);
  await settleAll(operator);
  const { body } = await operator.request('GET', '/api/v1/operations?limit=1');
  assert.match(JSON.stringify(body), /"state":"succeeded","reason":"state_reached"/);
}

async function settleAll(operator: VirtualOperator): Promise<void> {
  await operator.settle();
  await operator.seen();
}

async function askFor(operator: VirtualOperator, verb: 'start' | 'stop', number: number, time: number): Promise<void> {
  await passUntil(operator, time);
  const asked = await operator.request(
    'GET',
    `/operateInstance?action=${verb}&instance=${idOf(number)}&dryrun=false&wait=0s`,
  );
  assert.ok(asked.status < 300, JSON.stringify(asked.body));
  await settleAll(operator);
}

/** The machine is started in the console, and its page is looked at. */
async function startOutside(operator: VirtualOperator, number: number, time: number): Promise<void> {
  await passUntil(operator, time);
  operator.sandbox.set(idOf(number), { state: 'running', launchTime: Date.now() });
  await operator.request('GET', `/api/v1/machines/${idOf(number)}`);
  await operator.seen();
}

async function read(operator: VirtualOperator, query: string): Promise<SavingsAnswer> {
  const { status, body } = await operator.request('GET', `/api/v1/savings?since=2026-09-30T22:00:00Z&${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return savingsAnswerSchema.parse(body);
}

/** To a hundredth of an hour: EC2 shows a stop some seconds after it was asked. */
function hours(rows: SavingsAnswer['rows']): Readonly<Record<string, number>> {
  const entries = rows.map(({ id = 'none', automatic }) => [id, Math.round(automatic.savedHours * 50) / 50] as const);
  return Object.fromEntries(entries.filter(([, saved]) => saved > 0));
}

test('the figures of a month are those of a ledger kept by hand', async () => {
  mock.timers.enable({ apis: ['Date'], now: at(1, 0) });
  const { timers } = mock;
  await using operator = await startVirtualOperator({ machines: MACHINES, config: CONFIG, timers });

  // gpu-1: 20 minutes, which Ada did not want; 10 hours over midnight; and 5 days, of which 3 count.
  await stopByAlert(operator, 1, at(5, 8));
  await askFor(operator, 'start', 1, at(5, 8, 20));
  await stopByAlert(operator, 1, at(5, 18));
  await startOutside(operator, 1, at(6, 4));
  await stopByAlert(operator, 1, at(10, 8), 'IdleForLong');
  await askFor(operator, 'start', 1, at(15, 8));
  // gpu-2: 12 hours without a known price.
  await stopByAlert(operator, 2, at(16, 8));
  await askFor(operator, 'start', 2, at(16, 20));
  // gpu-3: 4 hours inside of reserved capacity.
  await stopByAlert(operator, 3, at(17, 8));
  await askFor(operator, 'start', 3, at(17, 12));
  // A person stops gpu-1 for 2 hours.
  await askFor(operator, 'stop', 1, at(18, 8));
  await askFor(operator, 'start', 1, at(18, 10));
  // gpu-1: stopped on the day that has 25 hours, and still stopped.
  await stopByAlert(operator, 1, at(24, 23), 'IdleForLong');
  await passUntil(operator, at(26, 11));

  const { total, rows, suggestions } = await read(operator, 'by=rule');
  assert.deepEqual(hours(rows), { UnusedGPU: 26.34, IdleForLong: 108 });
  assert.deepEqual(
    rows.map(({ by, id }) => `${by} ${id}`),
    ['alert IdleForLong', 'alert UnusedGPU', 'person anyone at 127.0.0.1'],
  );
  assert.equal(total.asked.regretRate, undefined, 'a stop that was asked for is no regret');
  assert.deepEqual(suggestions, [], 'one regret says nothing');
  const { automatic, asked } = total;
  assert.equal(automatic.stops, 6);
  assert.deepEqual(automatic.regrets, { '15m': 0, '30m': 1, '60m': 1 });
  assert.equal(automatic.regretRate, 0.1667);
  assert.equal(Math.round(automatic.unpricedHours), 12);
  assert.equal(Math.round(automatic.dollars.atPrice), 245, '122.33 hours for 2 dollars');
  assert.equal(Math.round(automatic.dollars.offBill), 237, 'without the 4 hours of reserved capacity');
  assert.deepEqual([asked.stops, Math.round(asked.savedHours), asked.regrets['60m']], [1, 2, 0]);

  const byMachine = await read(operator, 'by=machine');
  assert.deepEqual(hours(byMachine.rows), { [idOf(1)]: 118.34, [idOf(2)]: 12, [idOf(3)]: 4 });
  assert.deepEqual(hours((await read(operator, 'by=owner')).rows), { ada: 118.34, '＝bo': 12, none: 4 });
  assert.deepEqual(hours((await read(operator, 'by=day&machine=gpu-1')).rows), {
    '2026-10-05': 4.34,
    '2026-10-06': 6,
    '2026-10-10': 14,
    '2026-10-11': 24,
    '2026-10-12': 24,
    '2026-10-13': 10,
    '2026-10-25': 24,
    '2026-10-26': 12,
  });

  const { body } = await operator.request('GET', '/api/v1/savings.csv?since=2026-10-01T00:00:00Z&by=owner');
  const lines = String(body).split('\r\n');
  assert.match(lines[0] ?? '', /^owner,name,.*,usd_at_price,/);
  const headings = lines[0]?.split(',') ?? [];
  assert.equal(new Set(headings).size, headings.length, 'each column has a name of its own');
  assert.deepEqual(
    lines.slice(1).map((line) => line.split(',')[0]),
    ['ada', "'＝bo", '', ''],
  );

  // A day that the period of 30 days cuts: 24 hours too early, two hours of a stop would be counted more.
  await passUntil(operator, at(35, 20));
  const lately = savingsAnswerSchema.parse((await operator.request('GET', '/api/v1/savings')).body);
  assert.equal(lately.since, '2026-10-05T22:00:00.000Z');
  const gauge = /^ec2_operator_savings_seconds\{basis="automatic"\} (\d+)/m;
  const seconds = await eventually('the metrics', async () => {
    const { body: metrics } = await operator.request('GET', '/metrics');
    return gauge.exec(String(metrics))?.[1];
  });
  assert.equal(Math.round(Number(seconds) / 3_600), Math.round(lately.total.automatic.savedHours));
  const card = await operator.browse(`/machines/${idOf(1)}`);
  assert.match(card.text, new RegExp(`${Math.round(lately.total.automatic.savedHours) - 16} h`));

  for (const [query, words] of [
    ['since=2027-01-01T00:00:00Z', /expected since to be earlier than until/],
    ['zone=Mars', /an IANA time zone/],
    ['mine=true', /belongs to nobody/],
    ['by=week', /by: /],
  ] as const) {
    const { status, body: problem } = await operator.request('GET', `/api/v1/savings?${query}`);
    assert.equal(status, 400);
    assert.match(JSON.stringify(problem), words);
  }
});
