/** `/api/v1/leases`: what people ask for about machines that run for a while, and what they are told. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { leaseAnswerSchema, leasesAnswerSchema } from '../../src/http/lease-schemas.ts';
import { stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith } from '../support/tokens.ts';

const FLEET = [
  machine(1, { name: 'gpu-1' }),
  machine(2, { state: 'stopped' }),
  machine(3, { tags: { stage: 'batch' } }),
];
const HOUR = 3_600_000;
const problem = z.object({ detail: z.string() });

async function ask({ request }: Pick<Operator, 'request'>, method: string, path = '', body?: unknown) {
  const answer = await request(`/api/v1/leases${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: unknown = JSON.parse(answer.text);
  return { status: answer.status, json, detail: problem.safeParse(json).data?.detail ?? '' };
}

function leaseIn(json: unknown) {
  const { lease, tooLate } = leaseAnswerSchema.parse(json);
  return { ...lease, forMs: Date.parse(lease.until) - Date.parse(lease.createdAt), tooLate };
}

describe('the lease of a machine that runs', { concurrency: 2 }, () => {
  test('is made, extended, made shorter, listed and ended', async () => {
    await using operator = await startOperator({ machines: FLEET });
    const made = await ask(operator, 'POST', '', { target: addressOf(1), for: '2h', why: 'run 7' });
    assert.equal(made.status, 201);
    const lease = leaseIn(made.json);
    assert.deepEqual(
      [lease.instance, lease.name, lease.who, lease.why, lease.forMs],
      [idOf(1), 'gpu-1', 'anyone', 'run 7', 2 * HOUR],
    );
    const longer = await ask(operator, 'PATCH', '/gpu-1', { for: '1h' });
    assert.deepEqual([longer.status, leaseIn(longer.json).forMs], [200, 3 * HOUR]);
    const until = new Date(Date.now() + HOUR).toISOString();
    const sooner = await ask(operator, 'PATCH', `/${idOf(1)}`, { until });
    assert.equal(leaseIn(sooner.json).until, until);
    const { json } = await ask(operator, 'GET');
    assert.deepEqual(
      leasesAnswerSchema.parse(json).leases.map(({ instance }) => instance),
      [idOf(1)],
    );
    const ended = await ask(operator, 'DELETE', `/${idOf(1)}`);
    assert.deepEqual([ended.status, leaseIn(ended.json).instance], [200, idOf(1)]);
    assert.equal((await ask(operator, 'DELETE', `/${idOf(1)}`)).status, 404);
    const again = await ask(operator, 'PATCH', '/gpu-1', { for: '1h' });
    assert.equal(again.status, 409);
    assert.match(again.detail, /^gpu-1 \(i-0+1\) has no lease: /);
    const { text } = await operator.request('/metrics');
    assert.match(text, /ec2_operator_lease_changes_total\{event="changed"\} 2/);
    assert.match(text, /ec2_operator_leases 0/);
  });

  test('is refused with the reason, and changes nothing', async () => {
    const rules = [{ only: { stage: 'batch' }, longest: '0s' }];
    await using operator = await startOperator({ machines: FLEET, config: JSON.stringify({ holds: { rules } }) });
    for (const [body, status, detail] of [
      [{ target: 'gpu-1' }, 400, /either for or until/],
      [{ target: 'gpu-1', for: '0s' }, 400, /duration/],
      [{ target: 'gpu-1', for: '3650d' }, 400, /366d/],
      [{ target: 'gpu-1', until: '2020-01-01T00:00:00Z' }, 400, /in the future/],
      [{ target: 'gpu-9', for: '1h' }, 404, /gpu-9/],
      [{ target: addressOf(2), for: '1h' }, 409, /is stopped, and only a machine that runs has a lease/],
    ] as const) {
      const answer = await ask(operator, 'POST', '', body);
      assert.equal(answer.status, status, JSON.stringify(body));
      assert.match(answer.detail, detail);
    }
    assert.deepEqual(leasesAnswerSchema.parse((await ask(operator, 'GET')).json).leases, []);
  });

  test('comes too late for a stop that was sent: the answer says when', async () => {
    await using operator = await startOperator({ machines: FLEET, timings: { stopMs: 600_000 } });
    await ask(operator, 'POST', '', { target: idOf(1), for: '1h' });
    assert.equal((await ask(operator, 'DELETE', `/${idOf(1)}`)).status, 200);
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    for (let state = ''; state !== 'verifying';) ({ state } = await operator.read(receipt?.operation));
    const late = await ask(operator, 'POST', '', { target: 'gpu-1', for: '1h' });
    assert.equal(late.status, 409);
    assert.match(late.detail, /is stopping: the stop was sent to EC2 at .+Z; start it again\?$/);
  });

  test('a start that is to run for too long, or for no time, is refused before it begins', async () => {
    await using operator = await startOperator({ machines: FLEET });
    for (const [more, detail] of [
      ['action=start&for=ages', /expected the parameter for to be a duration of at most 366d, such as 2h, got ../],
      ['action=start&for=3650d', /at most 366d/],
      ['action=start&for=0s', /at most 366d/],
      ['action=stop&for=2h', /with action=start only/],
    ] as const) {
      const { status, text } = await operator.request(`/operateInstance?instance=${idOf(2)}&dryrun=false&${more}`);
      assert.equal(status, 400);
      assert.match(text, detail);
    }
    assert.deepEqual(operator.changes(), []);
  });
});

test('who may start machines, but not stop them, gives no end to what others run', async () => {
  const tokens = { ada: { scopes: ['start', 'stop'] }, eve: { scopes: ['start'] }, bob: { scopes: ['start', 'stop'] } };
  await using operator = await startOperator({
    machines: FLEET,
    environment: { AUTH: '' },
    config: configWith(tokens),
  });
  const [ada, eve, bob] = ['ada', 'eve', 'bob'].map((name) => requestsTo(operator.url, as(name)));
  assert.ok(ada && eve && bob);
  const lease = { target: idOf(1), for: '1s' };
  assert.match((await ask(eve, 'POST', '', lease)).detail, /^expected a token with the scope stop; eve has start$/);
  const start = (number: number): string =>
    `/operateInstance?instance=${idOf(number)}&action=start&dryrun=false&for=1h`;
  const { operation } = await eve.ask(start(1));
  await eve.end(operation.id);
  assert.deepEqual(leasesAnswerSchema.parse((await ask(eve, 'GET')).json).leases, []);
  assert.equal((await ask(ada, 'POST', '', { ...lease, for: '2h' })).status, 201);
  const until = new Date(Date.now() + HOUR).toISOString();
  const sooner = await ask(eve, 'PATCH', `/${idOf(1)}`, { until });
  assert.equal(sooner.status, 403);
  assert.equal(sooner.detail, 'expected a token with the scope stop, or a later end: eve may only extend leases');
  assert.equal((await ask(eve, 'PATCH', `/${idOf(1)}`, { for: '1h' })).status, 200);
  assert.equal(leaseIn((await ask(bob, 'PATCH', `/${idOf(1)}`, { until })).json).until, until);
  const own = await eve.ask(start(2));
  await eve.end(own.operation.id);
  const { leases } = leasesAnswerSchema.parse((await ask(eve, 'GET', `?instance=${idOf(2)}`)).json);
  assert.deepEqual(
    leases.map(({ who }) => who),
    ['eve'],
  );
});
