/** Grafana's signed webhooks come in without a token. Every other webhook with a signature stays outside. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { receiptsSchema, type Receipt } from '../../src/http/schemas.ts';
import { alert, delivery, stopAlert } from '../support/alerts.ts';
import { addressOf } from '../support/fleet.ts';
import {
  json,
  problemIn,
  requestsTo,
  startOperator,
  temporaryDirectory,
  type Answer,
  type Operator,
} from '../support/operator.ts';
import { eventually } from '../support/eventually.ts';
import { bearer } from '../support/tokens.ts';

const SECRET = 'the secret that Grafana has';
const TOKEN = 'a-token-that-opens-everything';
const BODY = JSON.stringify(delivery([stopAlert(1)]));

interface Signed {
  readonly body?: string;
  readonly secret?: string;
  readonly seconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

async function start(hmac: object = {}, after?: Operator): Promise<Operator> {
  const config = JSON.stringify({
    grafana_hmac: { secret: SECRET, timestamp_header: 'X-Grafana-Alerting-Timestamp', ...hmac },
  });
  const environment = { AUTH: '', AUTH_TOKEN: TOKEN };
  return startOperator({ environment, config, ...(after === undefined ? {} : { after }) });
}

async function send(operator: Operator, signed: Signed = {}): Promise<Answer> {
  const { body = BODY, secret = SECRET, seconds = Math.floor(Date.now() / 1_000), headers = {} } = signed;
  return operator.request('/operateHostname', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-grafana-alerting-signature': createHmac('sha256', secret).update(`${seconds}:${body}`).digest('hex'),
      'x-grafana-alerting-timestamp': String(seconds),
      ...headers,
    },
    body,
  });
}

function receiptsIn(answer: Answer): readonly Receipt[] {
  assert.equal(answer.status, 200, answer.text);
  return receiptsSchema.parse(JSON.parse(answer.text)).receipts;
}

describe('a signed webhook', { concurrency: true }, () => {
  test('is acted on, without a token and within its scopes', async () => {
    await using operator = await start();
    const start2 = alert({ hostname: addressOf(2), action: 'start' });
    const [first, second] = receiptsIn(
      await send(operator, { body: JSON.stringify(delivery([stopAlert(1), start2])) }),
    );
    assert.deepEqual([first?.outcome, second?.outcome, second?.reason], ['accepted', 'invalid', 'out_of_scope']);
    const { end } = requestsTo(operator.url, bearer(TOKEN));
    assert.equal((await end(first?.operation)).reason, 'state_reached');
  });

  test('that is sent again within the tolerance does nothing again', async () => {
    await using operator = await start();
    const seconds = Math.floor(Date.now() / 1_000) - 60;
    const [first] = receiptsIn(await send(operator, { seconds }));
    await requestsTo(operator.url, bearer(TOKEN)).end(first?.operation);
    const [again] = receiptsIn(await send(operator, { seconds }));
    assert.deepEqual([again?.outcome, again?.operation], ['done', first?.operation]);
    assert.match(again?.message ?? '', /this very signature has come before/);
    assert.equal(operator.changes().length, 1);
  });

  test('that is sent again does nothing after a restart either, whatever it says', async () => {
    await using first = await start();
    const seconds = Math.floor(Date.now() / 1_000);
    const undated = JSON.stringify(delivery([stopAlert(2, { startsAt: undefined })]));
    const [stop] = receiptsIn(await send(first, { body: undated, seconds }));
    assert.equal(stop?.outcome, 'accepted');
    await requestsTo(first.url, bearer(TOKEN)).end(stop.operation);
    await first.stop();
    await using second = await start({}, first);
    const [copy] = receiptsIn(await send(second, { body: undated, seconds }));
    assert.deepEqual([copy?.outcome, copy?.reason], ['ignored', 'replayed']);
    const [anew] = receiptsIn(await send(second, { body: undated, seconds: seconds + 1 }));
    assert.equal(anew?.outcome, 'accepted');
  });

  test('opens the webhook routes alone', async () => {
    await using operator = await start();
    const signature = createHmac('sha256', SECRET).update('').digest('hex');
    const headers = { 'x-grafana-alerting-signature': signature };
    for (const url of ['/api/v1/operations', '/metrics', `/operateHostname?hostname=${addressOf(1)}&action=stop`])
      problemIn(await operator.request(url, { headers }), 401);
    problemIn(await operator.request('/api/v1/tokens', { ...json({ name: 'x', scopes: ['read'] }), headers }), 401);
  });

  test('is checked with the secret that its file holds now', async () => {
    await using stack = new AsyncDisposableStack();
    const file = path.join(await temporaryDirectory(stack), 'secret');
    await writeFile(file, `${SECRET}\n`);
    await using operator = await start({ secret: undefined, secret_file: file });
    receiptsIn(await send(operator));
    await writeFile(file, 'another secret of Grafana\n');
    // Asked with the one that goes: each try with one that is not known yet would be a failed login.
    await eventually('the old secret is gone', async () => ((await send(operator)).status === 401 ? true : undefined));
    receiptsIn(await send(operator, { secret: 'another secret of Grafana' }));
  });
});

describe('stays outside', { concurrency: true }, () => {
  const wrong: readonly (readonly [what: string, signed: Signed, detail: RegExp])[] = [
    ['a wrong signature', { secret: 'a guess' }, /expected a correct signature/],
    [
      'a wrong signature with a right token',
      { secret: 'a guess', headers: bearer(TOKEN) },
      /expected a correct signature/,
    ],
    [
      'a signature of another body',
      { headers: { 'x-grafana-alerting-signature': '0'.repeat(64) } },
      /expected a correct signature/,
    ],
    ['an old timestamp', { seconds: Math.floor(Date.now() / 1_000) - 400 }, /expected a current signature/],
    ['a timestamp of the future', { seconds: Math.floor(Date.now() / 1_000) + 400 }, /expected a current signature/],
    [
      'a timestamp that was made young',
      { seconds: 1_000, headers: { 'x-grafana-alerting-timestamp': String(Math.floor(Date.now() / 1_000)) } },
      /expected a correct signature/,
    ],
    ['no timestamp', { headers: { 'x-grafana-alerting-timestamp': '' } }, /to be seconds since 1970/],
    ['a signature that is none', { headers: { 'x-grafana-alerting-signature': 'sha256=1' } }, /64 hexadecimal/],
  ];
  for (const [what, signed, detail] of wrong) {
    test(what, async () => {
      await using operator = await start();
      const answer = await send(operator, signed);
      assert.match(problemIn(answer, 401), detail);
      assert.ok(!answer.text.includes(SECRET));
      assert.equal(operator.sandbox.calls.length, 0);
    });
  }

  test('a signed webhook from a browser on another site', async () => {
    await using operator = await start();
    problemIn(await send(operator, { headers: { origin: 'https://evil.example' } }), 403);
  });
});
