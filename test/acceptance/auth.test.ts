/** Nothing is open by accident, and no answer ever carries a token. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert, delivery } from '../support/alerts.ts';
import { idOf } from '../support/fleet.ts';
import { json, problemIn, startOperator, type Operator } from '../support/operator.ts';

const TOKEN = 'correct-horse-battery-staple';
const WITH_TOKEN = { environment: { AUTH: '', AUTH_TOKEN: TOKEN } };
const STOP = `/operateInstance?instance=${idOf(1)}&action=stop&client=native&dryrun=false`;
const OPERATION = '/api/v1/operations/019aa2c0-0000-7000-8000-000000000000';

const CLOSED: readonly (readonly [path: string, init?: RequestInit])[] = [
  [STOP],
  ['/operateHostname?hostname=10.0.0.1&action=stop'],
  ['/operateInstance', json(delivery([alert({ instance: idOf(1) })]))],
  ['/operateHostname', json(delivery([alert({ hostname: '10.0.0.1' })]))],
  ['/operateHostname', { ...json(delivery([alert({ hostname: '10.0.0.1' })])), method: 'PUT' }],
  ['/api/v1/operations'],
  [OPERATION],
  [`${OPERATION}/cancel`, { method: 'POST' }],
  ['/metrics'],
  ['/openapi.json'],
];

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

async function assertClosed(operator: Operator, headers: Record<string, string>): Promise<void> {
  for (const [path, init] of CLOSED) {
    const given = Object.fromEntries(new Headers(init?.headers));
    const answer = await operator.request(path, { ...init, headers: { ...given, ...headers } });
    problemIn(answer, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /Bearer.*Basic/);
    assert.ok(!answer.text.includes(TOKEN));
  }
  assert.equal(operator.sandbox.calls.length, 0);
}

describe('with a token', { concurrency: true }, () => {
  const wrong: readonly (readonly [name: string, headers: Record<string, string>])[] = [
    ['no credentials', {}],
    ['another token', { authorization: 'Bearer wrong-token' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a part of the token', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['another password', { authorization: basic('alertmanager', 'wrong') }],
    ['the token as the user', { authorization: basic(TOKEN, '') }],
    ['no scheme', { authorization: TOKEN }],
    ['another scheme', { authorization: `Digest ${TOKEN}` }],
  ];
  for (const [name, headers] of wrong) {
    test(`${name} opens nothing`, async () => {
      await using operator = await startOperator(WITH_TOKEN);
      await assertClosed(operator, headers);
    });
  }

  for (const path of ['/ping', '/healthz', '/readyz']) {
    test(`${path} is open for probes`, async () => {
      await using operator = await startOperator(WITH_TOKEN);
      assert.equal((await operator.request(path)).status, 200);
    });
  }

  const right = [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, basic('alertmanager', TOKEN), basic('', TOKEN)];
  for (const authorization of right) {
    test(`${authorization.slice(0, 12)}... opens every route`, async () => {
      await using operator = await startOperator(WITH_TOKEN);
      const headers = { authorization };
      for (const path of [
        '/api/v1/operations',
        '/metrics',
        '/openapi.json',
        '/operateHostname?hostname=10.0.0.9&action=stop',
      ]) {
        const answer = await operator.request(path, { headers });
        assert.notEqual(answer.status, 401);
        assert.ok(!answer.text.includes(TOKEN));
      }
      const body = json(delivery([alert({ hostname: '10.0.0.1' })]));
      const init = { ...body, headers: { ...headers, 'content-type': 'application/json' } };
      assert.equal((await operator.request('/operateHostname', init)).status, 200);
    });
  }

  test('the user of Basic and the address are on record', async () => {
    await using operator = await startOperator(WITH_TOKEN);
    const { text } = await operator.request(STOP, { headers: { authorization: basic('anna <b>', TOKEN) } });
    assert.match(text, /"cause":\{"by":"person","name":"annab at 127\.0\.0\.1"/);
  });
});

describe("without a token of one's own", { concurrency: true }, () => {
  test('one is made, and it is the same after a restart', async () => {
    await using first = await startOperator({ environment: { AUTH: '' } });
    assert.ok((first.generatedToken?.length ?? 0) >= 32);
    await assertClosed(first, {});
    const headers = { authorization: `Bearer ${first.generatedToken}` };
    assert.equal((await first.request('/metrics', { headers })).status, 200);
    await using second = await restart(first, { AUTH: '' });
    assert.equal(second.generatedToken, first.generatedToken);
    assert.equal((await second.request('/metrics', { headers })).status, 200);
  });

  test('AUTH=none opens every route, and makes none', async () => {
    await using operator = await startOperator();
    assert.equal(operator.generatedToken, undefined);
    for (const path of ['/api/v1/operations', '/metrics', '/openapi.json'])
      assert.equal((await operator.request(path)).status, 200);
  });
});

/** The first one's database, with a process of its own after it; the sandbox is not asked for here. */
async function restart(operator: Operator, environment: Record<string, string>): Promise<Operator> {
  await operator.stop();
  return startOperator({ after: operator, environment });
}
