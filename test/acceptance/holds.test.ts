/** People keep machines running, take that back, and see who keeps what. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { auditAnswerSchema } from '../../src/http/audit-schemas.ts';
import { holdsAnswerSchema, newHoldAnswerSchema, releasedAnswerSchema } from '../../src/http/hold-schemas.ts';
import { alert } from '../support/alerts.ts';
import { idOf, machine, REGION } from '../support/fleet.ts';
import { json, problemIn, requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith } from '../support/tokens.ts';

const HOUR_MS = 3_600_000;
const TOKENS = {
  pia: { scopes: ['hold'] },
  bob: { scopes: ['stop'] },
  eve: { scopes: ['read', 'hold'], only: { team: 'other' } },
  root: { scopes: ['admin'] },
};
const AUTH = { environment: { AUTH: '' }, config: configWith(TOKENS) };

function withToken(name: string, init: RequestInit = {}): RequestInit {
  return { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...as(name) } };
}

async function ask(operator: Operator, who: string, body: object) {
  return operator.request('/api/v1/holds', withToken(who, json(body)));
}

async function hold(operator: Operator, who: string, body: object) {
  const answer = await ask(operator, who, body);
  assert.equal(answer.status, 201, answer.text);
  return newHoldAnswerSchema.parse(JSON.parse(answer.text));
}

async function release(operator: Operator, who: string, query = '', instance = idOf(1)) {
  const answer = await operator.request(`/api/v1/holds/${instance}${query}`, withToken(who, { method: 'DELETE' }));
  assert.equal(answer.status, 200, answer.text);
  return releasedAnswerSchema.parse(JSON.parse(answer.text));
}

async function list(operator: Operator, query = '', who = 'pia') {
  const answer = await operator.request(`/api/v1/holds${query}`, withToken(who));
  assert.equal(answer.status, 200, answer.text);
  return holdsAnswerSchema.parse(JSON.parse(answer.text));
}

describe('a hold', { concurrency: true }, () => {
  test('is made by name, shown, moved by its holder, and released', async () => {
    await using operator = await startOperator({ ...AUTH, machines: [machine(1, { name: 'gpu-1' })] });
    const before = Date.now();
    const { hold: made } = await hold(operator, 'pia', { target: 'gpu-1', for: '2h', why: ' training\n run ' });
    const { until, createdAt, ...rest } = made;
    assert.deepEqual(rest, {
      instance: idOf(1),
      name: 'gpu-1',
      region: REGION,
      holder: 'pia',
      who: 'pia',
      why: 'training run',
    });
    assert.ok(Math.abs(Date.parse(until) - before - 2 * HOUR_MS) < 60_000, until);
    const sooner = new Date(before + HOUR_MS).toISOString();
    const { hold: moved } = await hold(operator, 'pia', { target: idOf(1), until: sooner });
    assert.deepEqual(moved, { ...made, until: sooner, createdAt });
    assert.deepEqual(await list(operator), { holds: [moved] });
    assert.deepEqual(await release(operator, 'pia', '', 'gpu-1'), { released: [moved], others: [] });
    assert.deepEqual(await release(operator, 'pia'), { released: [], others: [] });
    assert.deepEqual(await list(operator), { holds: [] });
    const { text } = await operator.request('/api/v1/audit?event=hold', withToken('root'));
    const told = auditAnswerSchema.parse(JSON.parse(text)).entries.map((entry) => {
      assert.ok(entry.event === 'hold');
      return [entry.who, entry.remote, entry.instance, entry.message];
    });
    const { text: metrics } = await operator.request('/metrics', withToken('root'));
    for (const line of ['{outcome="made"} 1', '{outcome="moved"} 1', '{outcome="released"} 1', '{outcome="refused"} 0'])
      assert.ok(metrics.includes(`\nec2_operator_holds_total${line}\n`), line);
    assert.ok(metrics.includes('\nec2_operator_holds 0\n'));
    const record = (what: string, end: string) => [
      'pia',
      '127.0.0.1',
      idOf(1),
      `${what} gpu-1 (${idOf(1)}) for pia until ${end} ("training run")`,
    ];
    assert.deepEqual(told, [
      record('released', sooner),
      record('moved the end of the hold on', sooner),
      record('held', until),
    ]);
  });

  test('of one holder leaves those of others', async () => {
    await using operator = await startOperator(AUTH);
    const target = idOf(1);
    await hold(operator, 'pia', { target, for: '1h' });
    await hold(operator, 'pia', { target, for: '2h', holder: 'run-1' });
    await hold(operator, 'bob', { target, for: '3h' });
    const holders = async () => (await list(operator)).holds.map(({ holder, who }) => [holder, who]);
    const all = [
      ['bob', 'bob'],
      ['pia', 'pia'],
      ['pia (run-1)', 'pia'],
    ];
    assert.deepEqual(await holders(), all);
    const gone = await release(operator, 'pia');
    assert.deepEqual(
      [gone.released.map(({ holder }) => holder), gone.others.map(({ holder }) => holder)],
      [['pia'], ['bob', 'pia (run-1)']],
    );
    await release(operator, 'bob', '?holder=run-1');
    assert.deepEqual(await holders(), [
      ['bob', 'bob'],
      ['pia (run-1)', 'pia'],
    ]);
    await release(operator, 'pia', '?holder=run-1');
    assert.deepEqual(await holders(), [['bob', 'bob']]);
    await hold(operator, 'pia', { target, for: '1h' });
    await release(operator, 'pia', '?all=true');
    assert.deepEqual(await holders(), []);
  });

  test('lists page by page, and by machine', async () => {
    await using operator = await startOperator({ ...AUTH, machines: [machine(1, { name: 'one' }), machine(2)] });
    for (const holder of ['a', 'b', 'c']) await hold(operator, 'pia', { target: 'one', for: '1h', holder });
    await hold(operator, 'pia', { target: idOf(2), for: '1h' });
    const seen: string[] = [];
    for (let cursor: string | undefined, page = 0; page < 9 && (cursor !== undefined || page === 0); page += 1) {
      const query: string = cursor === undefined ? '' : `&cursor=${cursor}`;
      const answer = await list(operator, `?limit=2${query}`);
      seen.push(...answer.holds.map(({ instance, holder }) => `${instance} ${holder}`));
      cursor = answer.cursor;
    }
    assert.deepEqual(seen, [...['a', 'b', 'c'].map((which) => `${idOf(1)} pia (${which})`), `${idOf(2)} pia`]);
    assert.equal((await list(operator, `?instance=${idOf(2)}`)).holds.length, 1);
    assert.equal((await list(operator, '?instance=one')).holds.length, 3);
    const wrong = await operator.request('/api/v1/holds?cursor=x', withToken('pia'));
    assert.match(problemIn(wrong, 400), /`cursor` of an earlier answer/);
  });

  test('says that it starts nothing', async () => {
    await using operator = await startOperator({ ...AUTH, machines: [machine(1, { state: 'stopped' })] });
    const { message } = await hold(operator, 'pia', { target: idOf(1), for: '1h' });
    assert.match(message ?? '', /is stopped, and a hold does not start it/);
    assert.deepEqual((await list(operator)).holds.length, 1);
  });
});

describe('what cannot be held is answered, and nothing is recorded:', { concurrency: true }, () => {
  const past = new Date(Date.now() - HOUR_MS).toISOString();
  const twoYears = new Date(Date.now() + 800 * 24 * HOUR_MS).toISOString();
  const target = idOf(1);
  const cases: readonly (readonly [string, string, object, number, RegExp])[] = [
    ['no end', 'pia', { target }, 400, /expected either for or until/],
    ['two ends', 'pia', { target, for: '1h', until: twoYears }, 400, /expected either for or until/],
    ['zero', 'pia', { target, for: '0s' }, 400, /for: expected a duration from 1s to 366d, got "0s"/],
    ['no duration', 'pia', { target, for: 'long' }, 400, /for: expected a duration with a unit/],
    ['a bare number', 'pia', { target, for: 3600 }, 400, /for: expected a duration with a unit/],
    ['ten years', 'root', { target, for: '3650d' }, 400, /expected a duration from 1s to 366d/],
    ['until two years from now', 'root', { target, until: twoYears }, 400, /expected a hold of at most 366d/],
    ['the past', 'root', { target, until: past }, 400, /expected a hold to end in the future/],
    ['no time', 'pia', { target, until: 'tomorrow' }, 400, /expected a time such as/],
    ['a time without a zone', 'pia', { target, until: '2099-12-24T18:00:00' }, 400, /expected a time such as/],
    ['too long', 'pia', { target, for: '25h' }, 400, /may be held for 1d from now, got 1d 1h/],
    ['a long reason', 'pia', { target, for: '1h', why: 'x'.repeat(201) }, 400, /why: expected at most 200 characters/],
    ['a hostile holder', 'pia', { target, for: '1h', holder: 'x) (bob' }, 400, /holder: expected letters/],
    ['something else', 'pia', { target, for: '1h', who: 'bob' }, 400, /expected nothing named "who"/],
    ['no machine', 'pia', { for: '1h' }, 400, /target/],
    ['an unknown id', 'pia', { target: idOf(99), for: '1h' }, 404, /no instance/],
    ['an unknown name', 'pia', { target: 'nobody', for: '1h' }, 404, /no instance|knows no address/],
    [
      'a hostile name',
      'pia',
      { target: '\u202e\0<script>', for: '1h' },
      400,
      /target: expected a host name or an IP address, got "\\u202e/,
    ],
    ['a terminated machine', 'pia', { target: idOf(4), for: '1h' }, 404, /is terminated/],
    ['two machines of a name', 'pia', { target: 'twin', for: '1h' }, 409, /"twin" could be twin/],
    ['another region', 'pia', { target, for: '1h', region: 'us-east-1' }, 404, /no instance/],
    ['an unknown account', 'pia', { target, for: '1h', account: 'lab' }, 400, /not among the configured/],
    ['a machine that the token is not for', 'eve', { target, for: '1h' }, 403, /only on machines with "team"="other"/],
  ];
  test(cases.map(([what]) => what).join(', '), async () => {
    const fleet = [
      machine(1),
      machine(2, { name: 'twin' }),
      machine(3, { name: 'twin' }),
      machine(4, { state: 'terminated' }),
    ];
    await using operator = await startOperator({ ...AUTH, machines: fleet });
    for (const [what, who, body, status, detail] of cases)
      assert.match(problemIn(await ask(operator, who, body), status), detail, what);
    assert.deepEqual(await list(operator), { holds: [] });
    const both = await operator.request(
      `/api/v1/holds/${target}?all=true&holder=a`,
      withToken('pia', { method: 'DELETE' }),
    );
    assert.match(problemIn(both, 400), /either all or holder/);
    const named = await operator.request('/api/v1/holds/nobody', withToken('pia', { method: 'DELETE' }));
    assert.match(problemIn(named, 404), /no instance|knows no address/);
    const others = await operator.request(`/api/v1/holds/${target}?all=true`, withToken('eve', { method: 'DELETE' }));
    assert.match(problemIn(others, 403), /only on machines/);
  });
});

test('where EC2 cannot be asked, a machine can be held by its id alone', async () => {
  await using operator = await startOperator({
    ...AUTH,
    environment: { ...AUTH.environment, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
  });
  const { hold: made } = await hold(operator, 'pia', { target: idOf(1), for: '1h' });
  assert.deepEqual([made.instance, made.name, made.region], [idOf(1), undefined, undefined]);
  assert.match(
    problemIn(await ask(operator, 'pia', { target: '10.0.0.1', for: '1h' }), 503),
    /name the machine by its instance id/,
  );
  assert.match(problemIn(await ask(operator, 'eve', { target: idOf(1), for: '1h' }), 503), /whether eve may act on/);
  assert.equal((await list(operator)).holds.length, 1);
  const others = await operator.request(`/api/v1/holds/${idOf(1)}?all=true`, withToken('eve', { method: 'DELETE' }));
  problemIn(others, 503);
  assert.equal((await release(operator, 'pia')).released.length, 1);
});

describe('an automatic stop', { concurrency: true }, () => {
  test('waits for the last hold, and goes on at once when that is released', async () => {
    await using operator = await startOperator(AUTH);
    await hold(operator, 'pia', { target: idOf(1), for: '1h' });
    await hold(operator, 'bob', { target: idOf(1), for: '2h' });
    const root = requestsTo(operator.url, as('root'));
    const [receipt] = await root.post('/operateInstance', [
      alert({ instance_id: idOf(1), action: 'stop', dryrun: 'false' }),
    ]);
    await root.waiting(receipt?.operation, 'held');
    await release(operator, 'bob');
    await release(operator, 'pia');
    const { state, reason } = await root.end(receipt?.operation);
    assert.deepEqual([state, reason], ['succeeded', 'state_reached']);
  });
});

describe('a person who stops a held machine', { concurrency: true }, () => {
  const stop = `/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false`;

  test('is refused, her own hold included, and the stop of an alert goes on waiting', async () => {
    await using operator = await startOperator(AUTH);
    const root = requestsTo(operator.url, as('root'));
    const { hold: made } = await hold(operator, 'root', { target: idOf(1), for: '1h', why: 'training' });
    const [receipt] = await root.post('/operateInstance', [alert({ instance_id: idOf(1) })]);
    await root.waiting(receipt?.operation, 'held');
    const before = await root.read(receipt?.operation);
    for (let again = 0; again < 2; again += 1) {
      const { status, operation } = await root.ask(stop);
      assert.deepEqual([status, operation.state, operation.reason], [409, 'refused', 'held']);
      assert.ok(operation.message?.includes(`root holds it until ${made.until} ("training")`));
      assert.notEqual(operation.id, receipt?.operation);
    }
    assert.deepEqual(await root.read(receipt?.operation), before);
    await release(operator, 'root');
    assert.equal((await root.end(receipt?.operation)).reason, 'state_reached');
  });

  test('passes when she says that she knows of it, with an operation of her own', async () => {
    await using operator = await startOperator(AUTH);
    const root = requestsTo(operator.url, as('root'));
    await hold(operator, 'pia', { target: idOf(1), for: '1h' });
    const [receipt] = await root.post('/operateInstance', [alert({ instance_id: idOf(1) })]);
    await root.waiting(receipt?.operation, 'held');
    const { status, operation } = await root.ask(`${stop}&override_hold=true`);
    assert.equal(status, 200);
    assert.notEqual(operation.id, receipt?.operation);
    const { reason, trail = [] } = await root.end(operation.id);
    assert.equal(reason, 'state_reached');
    assert.match(JSON.stringify(trail), /pia holds it until .*; the request overrides it/);
    assert.deepEqual(operator.changes(idOf(1)).length, 1);
  });

  test('reads who holds it longest, and how many others there are', async () => {
    await using operator = await startOperator(AUTH);
    for (let hours = 1; hours <= 7; hours += 1)
      await hold(operator, 'root', { target: idOf(1), for: `${hours}h`, holder: `run-${hours}` });
    const { operation } = await requestsTo(operator.url, as('root')).ask(stop);
    const told = operation.message?.match(/root \(run-\d\)|and \d more$/g);
    assert.deepEqual(told, [...[7, 6, 5, 4, 3].map((run) => `root (run-${run})`), 'and 2 more']);
  });

  test('says so for a stop only', async () => {
    await using operator = await startOperator();
    const answer = await operator.request(
      `/operateInstance?instance=${idOf(1)}&action=start&dryrun=false&override_hold=true`,
    );
    assert.match(problemIn(answer, 400), /override_hold with action=stop only/);
    const odd = await operator.request(`${stop}&override_hold=yes`);
    assert.match(problemIn(odd, 400), /override_hold/);
  });
});
