/** A month with a restart, other prices, renamed machines and clocks that change: each answer adds up to a ledger kept by hand. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { savingsAnswerSchema, type FiguresBody, type SavingsAnswer } from '../../src/http/savings-schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine, REGION } from '../support/fleet.ts';
import { ASKED, assertSums, at, AUTOMATIC, tally } from '../support/kept-ledger.ts';
import { pressed, PUBLIC_URL, signer } from '../support/links.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';

/** In New York, 8 March 2026 has 23 hours. */
const ZONE = 'America/New_York';
const config = (price: number): string => `
zone: ${ZONE}
public_url: ${PUBLIC_URL}
prices: { g5.xlarge: ${price} }
guards: { min_uptime: off, recent_alert: off, flapping: off, fleet_limit: off }
`;
const MACHINES = [
  machine(1, { name: 'gpu-1', tags: { owner: 'ada' } }),
  machine(2, { type: 'g6.xlarge' }),
  machine(3, { name: 'gpu-3', type: 'x9.huge', tags: { owner: 'bo' } }),
  machine(4, { name: 'gpu-4', tags: { owner: 'ada' }, capacity_reservation: 'cr-0123456789abcdef0' }),
  machine(5, { name: 'gpu-5', tags: { owner: 'bo' } }),
  machine(6, { name: 'gpu-6', tags: { owner: 'bo' } }),
];

class Month {
  operator: VirtualOperator;
  constructor(operator: VirtualOperator) {
    this.operator = operator;
  }

  async until(time: number): Promise<void> {
    await this.operator.passTime(time - Date.now());
  }

  async settle(): Promise<void> {
    await this.operator.settle();
    await this.operator.seen();
  }

  async alert(number: number, time: number, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.until(time);
    const given = { instance_id: idOf(number), alertname: 'UnusedGPU', ...labels };
    const one = alert(given, { startsAt: new Date(time).toISOString() });
    const { status } = await this.operator.request('POST', '/operateInstance', { body: delivery([one]) });
    assert.equal(status, 200);
    await this.settle();
  }

  async ask(verb: 'start' | 'stop', number: number, time: number): Promise<void> {
    await this.until(time);
    const path = `/operateInstance?action=${verb}&instance=${idOf(number)}&dryrun=false&wait=0s`;
    const { status, body } = await this.operator.request('GET', path);
    assert.ok(status < 300, JSON.stringify(body));
    await this.settle();
  }

  /** @param seenAt when ec2-operator looks */
  async outside(number: number, time: number, seenAt = time, launchTime = time): Promise<void> {
    await this.until(time);
    this.operator.sandbox.set(idOf(number), { state: 'running', launchTime });
    await this.look(number, seenAt);
  }

  async look(number: number, time: number): Promise<void> {
    await this.until(time);
    await this.operator.request('GET', `/api/v1/machines/${idOf(number)}`);
    await this.operator.seen();
  }

  async read(query: string, since = at(1, 5), until = at(28, 4)): Promise<SavingsAnswer> {
    const period = `since=${new Date(since).toISOString()}&until=${new Date(until).toISOString()}`;
    const { status, body } = await this.operator.request('GET', `/api/v1/savings?${period}&${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return savingsAnswerSchema.parse(body);
  }
}

async function firstHalf(month: Month): Promise<void> {
  const { sandbox } = month.operator;
  await month.alert(1, at(2, 10));
  // EC2 takes this start back.
  sandbox.faults.add({ kind: 'bounce', code: 'Server.InternalError', times: 1 });
  await month.ask('start', 1, at(2, 10, 10));
  await month.outside(1, at(2, 12));
  await month.until(at(3, 8));
  const lease = await month.operator.request('POST', '/api/v1/leases', { body: { target: idOf(2), for: '2h' } });
  assert.equal(lease.status, 201, JSON.stringify(lease.body));
  await month.until(at(3, 10));
  await month.settle();
  await month.ask('start', 2, at(3, 16));
  await month.alert(3, at(4, 12));
  await month.until(at(4, 15));
  sandbox.set(idOf(3), { state: 'terminated' });
  await month.look(3, at(4, 15));
  await month.ask('stop', 4, at(5, 8));
  await month.ask('start', 4, at(5, 10));
  const launched = sandbox.set(idOf(5), {}).launchTime;
  await month.alert(5, at(6, 8));
  await month.outside(5, at(6, 8, 30), at(6, 8, 30), launched);
  await month.alert(1, at(7, 20));
  await month.alert(1, at(9, 10), { alertname: 'Needed', action: 'start' });
  await month.until(at(10, 9));
  sandbox.set(idOf(1), { tags: { Name: 'gpu-one', owner: 'bo', 'ec2-operator': 'allowed' } });
  await month.look(1, at(10, 9));
  await month.alert(1, at(11, 10), { alertname: 'IdleForLong' });
  await month.ask('start', 1, at(11, 10, 45));
  await month.alert(2, at(12, 9));
  await month.until(at(12, 12));
  sandbox.set(idOf(2), { type: 'g6.2xlarge' });
  await month.outside(2, at(12, 13));
  await month.alert(2, at(13, 9));
  await month.ask('start', 2, at(13, 11));
  await month.alert(6, at(14, 12));
}

async function secondHalf(month: Month): Promise<void> {
  const { operator } = month;
  await month.until(at(16, 12));
  const path = (await signer(operator.store))('wake', { instance: { id: idOf(6), region: REGION } });
  const page = await operator.browse(path);
  await month.until(at(16, 12) + 5_000);
  assert.equal((await operator.browse(path, pressed(page, { wake: 'start' }))).status, 200);
  await month.settle();
  await month.alert(4, at(17, 8));
  await month.ask('start', 4, at(17, 10));
  await month.alert(6, at(18, 8), { alertname: 'IdleForLong' });
  // Nobody looks for four hours: EC2 says when the machine was launched.
  await month.outside(6, at(18, 10), at(18, 14), at(18, 10));
  await month.alert(6, at(19, 8), { alertname: 'IdleForLong' });
  await month.until(at(27, 16));
}

test('API, file, metrics and page add up to the ledger of a month', async () => {
  mock.timers.enable({ apis: ['Date'], now: at(1, 6) });
  const { timers } = mock;
  await using first = await startVirtualOperator({ machines: MACHINES, config: config(2), timers });
  const month = new Month(first);
  await firstHalf(month);
  await month.until(at(15, 12));
  await first.stop();
  const { sandbox, dataDir } = first;
  const after = { sandbox, dataDir };
  await using second = await startVirtualOperator({ machines: MACHINES, config: config(3), after, timers });
  month.operator = second;
  await secondHalf(month);

  // Whatever the period, also where it cuts stops, and where it begins with the day that has 23 hours.
  for (const [since, until] of [
    [at(1, 5), at(28, 4)],
    [at(3, 12), at(8, 5)],
    [at(8, 5), at(9, 4)],
    [at(9, 4), at(15, 0)],
    [at(15, 0), at(24, 12)],
  ] as const) {
    const { total } = await month.read('by=day', since, until);
    const what = `${new Date(since).toISOString()} to ${new Date(until).toISOString()}`;
    assertSums(total.automatic, tally(AUTOMATIC, since, until), what);
    const asked = { ...tally(ASKED, since, until) };
    assertSums(total.asked, asked, `asked, ${what}`);
  }
  const days = await month.read('by=day');
  assert.deepEqual(
    days.rows.slice(6, 9).map(({ id, automatic }) => [id, Math.round(automatic.savedHours)]),
    [
      ['2026-03-07', 9],
      ['2026-03-08', 23],
      ['2026-03-09', 6],
    ],
  );
  assert.equal(days.basis, 'at list price (us-east-1, 2026-07-20) or as configured');
  assert.match(days.firstStopAt ?? '', /^2026-03-02T10:00/);
  const whole = [at(1, 5), at(28, 4)] as const;

  const machines = await month.read('by=machine');
  for (const { id, automatic } of machines.rows) {
    const own = AUTOMATIC.filter(([number]) => idOf(number) === id);
    assertSums(automatic, tally(own, ...whole), id ?? '');
  }
  const renamed = machines.rows.find(({ id }) => id === idOf(1));
  assert.deepEqual([renamed?.name, renamed?.owner], ['gpu-one', 'bo']);
  for (const name of ['gpu-one', 'gpu-1', idOf(1)])
    assert.deepEqual((await month.read(`by=machine&machine=${name}`)).rows, [renamed], name);
  const rules = await month.read('by=rule');
  for (const { by, id = '', automatic } of rules.rows)
    assertSums(
      automatic,
      tally(
        AUTOMATIC.filter(([, cause]) => cause === `${by} ${id}`),
        ...whole,
      ),
      id,
    );
  const { rows: owners } = await month.read('by=owner');
  // Whose the machine was at each stop.
  const ada = AUTOMATIC.filter(([number, , from]) => number === 4 || (number === 1 && from < at(10, 9)));
  const row = owners.find(({ id }) => id === 'ada');
  assert.ok(row);
  assertSums(row.automatic, tally(ada, ...whole), 'ada');

  for (const { by, rows, total } of [days, machines, rules, await month.read('by=owner')]) {
    for (const basis of ['automatic', 'asked'] as const)
      for (const of of [
        ({ savedHours }: FiguresBody) => savedHours,
        ({ unpricedHours }: FiguresBody) => unpricedHours,
        ({ stops }: FiguresBody) => stops,
        ({ waitedMinutes }: FiguresBody) => waitedMinutes,
        ({ dollars }: FiguresBody) => dollars.atPrice,
        ({ dollars }: FiguresBody) => dollars.offBill,
        ({ regrets }: FiguresBody) => regrets['30m'],
      ]) {
        const sum = rows.reduce((all, one) => all + of(one[basis]), 0);
        assert.ok(Math.abs(sum - of(total[basis])) < 0.01, `by ${by}: ${sum} of ${of(total[basis])}`);
      }
    await assertFile(month, by, rows);
  }
  await assertShown(month);
});

/** Each cell is the figure of the API. */
async function assertFile(month: Month, by: SavingsAnswer['by'], rows: SavingsAnswer['rows']): Promise<void> {
  const period = 'since=2026-03-01T05:00:00Z&until=2026-03-28T04:00:00Z';
  const { body } = await month.operator.request('GET', `/api/v1/savings.csv?${period}&by=${by}`);
  const [head = [], ...lines] = String(body)
    .trimEnd()
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/"([^"]*)"|([^",]+)|(?<=,|^)(?=,|$)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''),
    );
  assert.equal(lines.length, rows.length);
  for (const [index, { id = '', by: cause = '', automatic, asked }] of rows.entries()) {
    const cells = Object.fromEntries(head.map((heading, place) => [heading, lines[index]?.[place]]));
    const isKnown = (figures: FiguresBody): boolean =>
      figures.savedHours === 0 || figures.savedHours > figures.unpricedHours;
    const dollars = (figures: FiguresBody, which: 'atPrice' | 'offBill'): string =>
      isKnown(figures) ? String(figures.dollars[which]) : '';
    assert.partialDeepStrictEqual(cells, {
      [by]: id,
      cause,
      stops: String(automatic.stops),
      saved_hours: String(automatic.savedHours),
      saved_hours_without_price: String(automatic.unpricedHours),
      usd_at_price: dollars(automatic, 'atPrice'),
      usd_off_bill: dollars(automatic, 'offBill'),
      regrets_15m: String(automatic.regrets['15m']),
      regrets_60m: String(automatic.regrets['60m']),
      waits: String(automatic.waits),
      waited_minutes: String(automatic.waitedMinutes),
      asked_stops: String(asked.stops),
      asked_usd_at_price: dollars(asked, 'atPrice'),
      price_basis: [automatic, asked].some(({ savedHours, unpricedHours }) => savedHours > unpricedHours)
        ? 'at list price (us-east-1, 2026-07-20) or as configured'
        : '',
      since: '2026-03-01T05:00:00.000Z',
    });
  }
}

/** The last 30 days: metrics, page and API say the same. */
async function assertShown({ operator }: Month): Promise<void> {
  const { automatic } = savingsAnswerSchema.parse((await operator.request('GET', '/api/v1/savings')).body).total;
  const gauge = /^ec2_operator_savings_seconds\{basis="automatic"\} (\d+)/m;
  const seconds = await eventually('the metrics', async () => {
    const { body } = await operator.request('GET', '/metrics');
    return gauge.exec(String(body))?.[1];
  });
  assert.equal(Math.round(Number(seconds) / 36), Math.round(automatic.savedHours * 100));
  const page = await operator.browse('/savings');
  assert.ok(
    page.words.includes(
      `$${Math.round(automatic.dollars.atPrice)} at list price (us-east-1, 2026-07-20) or as configured`,
    ),
    page.words,
  );
  assert.ok(page.words.includes(`(${automatic.regrets['30m']} of ${automatic.stops})`));
  const { words: listed } = await operator.browse(`/machines/${idOf(2)}`);
  assert.match(
    listed,
    /Dollars at list price \(us-east-1, 2026-07-20\) \$(9\.9|10\.0)\d Billed on meanwhile not known Regrets/,
  );
  const { words: reserved } = await operator.browse(`/machines/${idOf(4)}`);
  assert.match(
    reserved,
    /Dollars as configured \$[56]\.\d\d Off the bill \$0\.00 Billed on meanwhile not known Regrets/,
  );
  const { words: unknown } = await operator.browse(`/machines/${idOf(3)}`);
  assert.match(unknown, /Dollars price not known Billed on meanwhile not known Regrets/);
}
