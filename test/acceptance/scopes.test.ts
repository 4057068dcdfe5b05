/** A token opens what its scopes say, on the machines that its selector names, and nothing else. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { operationsAnswerSchema, receiptsSchema, type Receipt } from '../../src/http/schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { json, problemIn, requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith, secretOf } from '../support/tokens.ts';

const NOBODY = '019aa2c0-0000-7000-8000-000000000000';
const TOKENS = {
  reader: { scopes: ['read'] },
  starter: { scopes: ['start'] },
  stopper: { scopes: ['stop'] },
  chief: { scopes: ['admin'] },
  ml: { scopes: ['read', 'stop'], only: { team: 'ml' } },
  web: { scopes: ['read', 'stop'], only: { team: 'web' } },
  expired: { scopes: ['admin'], expires: '2026-01-01' },
};
const CONFIG = { environment: { AUTH: '' }, config: configWith(TOKENS) };

async function request(
  operator: Operator,
  name: string,
  path: string,
  init: RequestInit = {},
): ReturnType<Operator['request']> {
  const given = Object.fromEntries(new Headers(init.headers));
  return operator.request(path, { ...init, headers: { ...given, ...as(name) } });
}

async function post(operator: Operator, name: string, alerts: readonly unknown[]): Promise<readonly Receipt[]> {
  const answer = await request(operator, name, '/operateHostname', json(delivery(alerts)));
  assert.equal(answer.status, 200, answer.text);
  return receiptsSchema.parse(JSON.parse(answer.text)).receipts;
}

describe('routes', () => {
  let operator: Operator;
  before(async () => {
    operator = await startOperator(CONFIG);
  });
  after(async () => {
    assert.equal(operator.sandbox.calls.length, 0, 'nothing got as far as EC2');
    await operator[Symbol.asyncDispose]();
  });

  const ask = (verb: string): string => `/operateHostname?hostname=${addressOf(1)}&action=${verb}&dryrun=false`;
  const routes: readonly (readonly [path: string, open: string[], init?: RequestInit])[] = [
    ['/api/v1/operations', ['reader', 'starter', 'stopper', 'ml', 'chief']],
    [`/api/v1/operations/${NOBODY}`, ['reader', 'starter', 'stopper', 'ml', 'chief']],
    ['/metrics', ['reader', 'ml', 'chief']],
    ['/openapi.json', ['reader', 'ml', 'chief']],
    ['/api/v1/tokens', ['chief']],
    ['/api/v1/tokens', ['chief'], { ...json({}) }],
    ['/api/v1/tokens/nobody/revoke', ['chief'], { method: 'POST' }],
    [`/api/v1/operations/${NOBODY}/cancel`, ['starter', 'stopper', 'ml', 'chief'], { method: 'POST' }],
    [`${ask('stop')}&wait=nonsense`, ['stopper', 'ml', 'chief', 'starter']],
    ['/operateHostname', ['starter', 'stopper', 'ml', 'chief'], json({})],
    ['/operateInstance', ['starter', 'stopper', 'ml', 'chief'], json({})],
  ];
  for (const [path, open, init] of routes) {
    test(`${init?.method ?? 'GET'} ${path} is for ${open.join(', ')}`, async () => {
      for (const name of ['reader', 'starter', 'stopper', 'ml', 'chief']) {
        const answer = await request(operator, name, path, init);
        if (open.includes(name)) assert.ok(![401, 403].includes(answer.status), `${name}: ${answer.text}`);
        else assert.match(problemIn(answer, 403), new RegExp(`expected a token with the scope .*; ${name} has`));
      }
    });
  }

  for (const [verb, name] of [
    ['stop', 'starter'],
    ['start', 'stopper'],
    ['start', 'ml'],
    ['stop', 'reader'],
  ] as const) {
    test(`GET with ${verb} is not for ${name}`, async () => {
      assert.match(problemIn(await request(operator, name, ask(verb)), 403), /expected a token with the scope/);
    });
  }

  test('an expired token opens nothing, and says since when', async () => {
    for (const [path, , init] of routes) {
      const detail = problemIn(await request(operator, 'expired', path, init), 401);
      assert.match(detail, /expired expired at 2026-01-01T00:00:00.000Z/);
    }
  });

  test('the right secret with another user name is who its token says', async () => {
    const basic = Buffer.from(`chief:${secretOf('reader')}`).toString('base64');
    const answer = await operator.request('/api/v1/tokens', { headers: { authorization: `Basic ${basic}` } });
    assert.match(problemIn(answer, 403), /reader has read/);
  });
});

describe('what is done', { concurrency: true }, () => {
  test('a webhook is acted on as far as its token goes', async () => {
    await using operator = await startOperator(CONFIG);
    const receipts = await post(operator, 'stopper', [
      alert({ hostname: addressOf(1), action: 'stop' }),
      alert({ hostname: addressOf(2), action: 'start' }),
      alert({ hostname: addressOf(2), action: 'explode' }),
    ]);
    assert.deepEqual(
      receipts.map(({ outcome, reason }) => [outcome, reason]),
      [
        ['accepted', undefined],
        ['invalid', 'out_of_scope'],
        ['invalid', 'invalid_action'],
      ],
    );
    assert.match(receipts[1]?.message ?? '', /expected a token with the scope start, got one with stop/);
    const { end } = requestsTo(operator.url, as('reader'));
    assert.equal((await end(receipts[0]?.operation)).reason, 'state_reached');
    assert.deepEqual(
      operator.changes().map(({ instanceIds }) => instanceIds),
      [[idOf(1)]],
    );
  });

  test('a resolved alert is acted on within the scope too', async () => {
    await using operator = await startOperator(CONFIG);
    const resolved = { status: 'resolved', endsAt: new Date().toISOString() };
    const [first, second] = await post(operator, 'stopper', [
      alert({ hostname: addressOf(1), action: 'stop', on_resolved: 'start' }, resolved),
      alert({ hostname: addressOf(2), action: 'stop' }),
    ]);
    assert.deepEqual([first?.outcome, first?.reason, second?.outcome], ['invalid', 'out_of_scope', 'accepted']);
  });

  test('a token of one team acts on the machines of that team only', async () => {
    await using operator = await startOperator({
      ...CONFIG,
      machines: [machine(1, { tags: { team: 'ml' } }), machine(2, { tags: { team: 'web' } }), machine(3)],
    });
    const receipts = await post(
      operator,
      'ml',
      [1, 2, 3].map((number) => alert({ hostname: addressOf(number) })),
    );
    const { end } = requestsTo(operator.url, as('ml'));
    const ends = await Promise.all(receipts.map(async ({ operation }) => end(operation)));
    assert.deepEqual(
      ends.map(({ state, reason }) => [state, reason]),
      [
        ['succeeded', 'state_reached'],
        ['refused', 'token_selector'],
        ['refused', 'token_selector'],
      ],
    );
    const answer = await request(operator, 'ml', `/operateInstance?instance=${idOf(2)}&action=stop&dryrun=false`);
    assert.equal(answer.status, 409, answer.text);
    assert.deepEqual(
      operator.changes().map(({ instanceIds }) => instanceIds),
      [[idOf(1)]],
    );
  });

  test('without the scope read, a sender sees what it has asked for, and not even that there is more', async () => {
    await using operator = await startOperator({ ...CONFIG, machines: [machine(1), machine(2)] });
    const [own] = await post(operator, 'stopper', [alert({ hostname: addressOf(1) })]);
    const [shared] = await post(operator, 'chief', [
      alert({ hostname: addressOf(2), action: 'stop' }, { fingerprint: 'a' }),
    ]);
    const path = (id = NOBODY): string => `/api/v1/operations/${id}?wait=60s`;
    assert.equal((await request(operator, 'stopper', path(own?.operation))).status, 200);
    const foreign = problemIn(await request(operator, 'starter', path(own?.operation)), 404);
    const none = problemIn(await request(operator, 'starter', path(NOBODY)), 404);
    assert.equal(foreign.replace(own?.operation ?? '', NOBODY), none, 'the answers are alike');
    const listed = async (name: string): Promise<readonly string[]> => {
      const { text } = await request(operator, name, '/api/v1/operations');
      return operationsAnswerSchema.parse(JSON.parse(text)).operations.map(({ id }) => id);
    };
    assert.deepEqual(await listed('stopper'), [own?.operation]);
    assert.deepEqual(await listed('starter'), []);
    assert.deepEqual(await listed('reader'), [shared?.operation, own?.operation]);
  });

  test('an operation that others have opened is seen by who joins it', async () => {
    const pending = machine(1, { state: 'pending' });
    await using operator = await startOperator({ ...CONFIG, machines: [pending], timings: { startMs: 3_600_000 } });
    const [receipt] = await post(operator, 'chief', [alert({ hostname: addressOf(1), action: 'stop' })]);
    const path = `/api/v1/operations/${receipt?.operation ?? ''}`;
    problemIn(await request(operator, 'stopper', path), 404);
    const [joined] = await post(operator, 'stopper', [
      alert({ hostname: addressOf(1), action: 'stop' }, { fingerprint: 'another' }),
    ]);
    assert.deepEqual([joined?.outcome, joined?.operation], ['joined', receipt?.operation]);
    assert.equal((await request(operator, 'stopper', path)).status, 200);
  });

  test('an operation is cancelled only by who could have asked for it', async () => {
    const pending = machine(1, { state: 'pending', tags: { team: 'ml' } });
    await using operator = await startOperator({ ...CONFIG, machines: [pending], timings: { startMs: 3_600_000 } });
    const [receipt] = await post(operator, 'ml', [alert({ hostname: addressOf(1) })]);
    const { waiting, read } = requestsTo(operator.url, as('reader'));
    await waiting(receipt?.operation, 'transition');
    const cancel = `/api/v1/operations/${receipt?.operation ?? ''}/cancel`;
    const init = { method: 'POST' };
    assert.match(problemIn(await request(operator, 'reader', cancel, init), 403), /scope start or stop/);
    assert.match(problemIn(await request(operator, 'starter', cancel, init), 403), /scope stop/);
    assert.match(
      problemIn(await request(operator, 'web', cancel, init), 403),
      /may act only on machines with "team"="web"/,
    );
    assert.equal((await read(receipt?.operation)).state, 'waiting');
    assert.equal((await request(operator, 'ml', cancel, init)).status, 200);
    assert.equal((await read(receipt?.operation)).state, 'cancelled');
  });
});

test("an alert's stop is cancelled by who may stop its machine, once the machine is known", async () => {
  const pending = machine(1, { state: 'pending', tags: { team: 'ml' } });
  await using operator = await startOperator({ ...CONFIG, machines: [pending], timings: { startMs: 3_600_000 } });
  const [receipt] = await post(operator, 'chief', [alert({ hostname: addressOf(1), action: 'stop' })]);
  await requestsTo(operator.url, as('reader')).waiting(receipt?.operation, 'transition');
  const cancel = `/api/v1/operations/${receipt?.operation ?? ''}/cancel`;
  const refused = await request(operator, 'web', cancel, { method: 'POST' });
  assert.match(problemIn(refused, 403), /web may act only on machines with "team"="web"/);
  assert.equal((await request(operator, 'ml', cancel, { method: 'POST' })).status, 200);
});

describe('a browser is no lever', { concurrency: true }, () => {
  const secret = secretOf('chief');
  const stop = `/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false`;

  test('a cookie is never a credential', async () => {
    await using operator = await startOperator(CONFIG);
    for (const cookie of [`token=${secret}`, `authorization=Bearer ${secret}`, secret]) {
      problemIn(await operator.request(stop, { headers: { cookie } }), 401);
      problemIn(await operator.request('/api/v1/tokens', { ...json({}), headers: { cookie } }), 401);
    }
    assert.deepEqual(operator.changes(), []);
  });

  test('nor is anything in the URL', async () => {
    await using operator = await startOperator(CONFIG);
    for (const name of ['token', 'access_token', 'auth'])
      problemIn(await operator.request(`${stop}&${name}=${secret}`), 401);
    assert.deepEqual(operator.changes(), []);
  });

  test('a page of another site achieves nothing, with the credentials that the browser remembers', async () => {
    await using operator = await startOperator(CONFIG);
    const origin = { origin: 'https://evil.example' };
    const rights = { name: 'evil', scopes: ['admin'] };
    for (const [path, init] of [
      [stop, {}],
      ['/operateHostname', json(delivery([alert({ hostname: addressOf(1) })]))],
      ['/api/v1/tokens', json(rights)],
      ['/api/v1/tokens/chief/revoke', { method: 'POST' }],
      [`/api/v1/operations/${NOBODY}/cancel`, { method: 'POST' }],
    ] as const) {
      const headers = { ...Object.fromEntries(new Headers(init.headers)), ...origin };
      const answer = await request(operator, 'chief', path, { ...init, headers });
      assert.match(problemIn(answer, 403), /no other web site/);
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
    }
    assert.deepEqual(operator.changes(), []);
  });
});
