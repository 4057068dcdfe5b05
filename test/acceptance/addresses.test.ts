/** Where the operator listens, and how it names those who come: IPv4 and IPv6 alike. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { auditAnswerSchema } from '../../src/http/audit-schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { json, problemIn, requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { sendBytes } from '../support/raw-http.ts';
import { bearer } from '../support/tokens.ts';

const TOKEN = 'a-token-that-opens-everything';
const EVERYWHERE = { environment: { HOST: '', AUTH: '', AUTH_TOKEN: TOKEN } };

const by = (operator: Operator, host: string) => requestsTo(operator.url.replace('127.0.0.1', host), bearer(TOKEN));

describe('without HOST', { concurrency: true }, () => {
  test('IPv4 and IPv6 lead in, and IPv4 is named as such on record', async () => {
    await using operator = await startOperator(EVERYWHERE);
    const [v4, v6] = [by(operator, '127.0.0.1'), by(operator, '[::1]')];
    const [[first], [second]] = [
      await v4.post('/operateHostname', [alert({ hostname: addressOf(1) })]),
      await v6.post('/operateHostname', [alert({ hostname: addressOf(2) })]),
    ];
    assert.deepEqual([first?.outcome, second?.outcome], ['accepted', 'accepted']);
    const { text } = await v6.request('/api/v1/audit?event=delivery');
    const remotes = auditAnswerSchema
      .parse(JSON.parse(text))
      .entries.map((entry) => ('remote' in entry ? entry.remote : ''));
    assert.deepEqual(remotes, ['::1', '127.0.0.1']);
  });

  test('a trusted proxy may be named by its IPv4 address', async () => {
    await using operator = await startOperator({ ...EVERYWHERE, config: 'trusted_proxies: [127.0.0.1]' });
    const path = `/operateHostname?hostname=${addressOf(1)}&action=stop`;
    const forwarded = await by(operator, '127.0.0.1').request(path, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    assert.match(forwarded.text, /"name":"token at 203\.0\.113\.9"/);
  });
});

describe('a final slash', { concurrency: true }, () => {
  test('changes nothing: not for webhooks, people, probes, nor the API', async () => {
    await using operator = await startOperator();
    const post = await operator.request('/operateHostname/', json(delivery([alert({ hostname: addressOf(1) })])));
    assert.match(post.text, /"outcome":"accepted"/);
    const put = await operator.request('/operateInstance/', {
      ...json(delivery([alert({ instance: idOf(1) })])),
      method: 'PUT',
    });
    assert.equal(put.status, 200, put.text);
    assert.equal((await operator.ask(`/operateInstance/?instance=${idOf(2)}&action=stop`)).status, 200);
    for (const path of ['/ping/', '/healthz/', '/readyz/', '/metrics/', '/api/v1/operations/', '/api/v1/audit/'])
      assert.equal((await operator.request(path)).status, 200, path);
  });

  test('opens nothing either', async () => {
    await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: TOKEN } });
    for (const path of ['/metrics/', '/operateHostname/', '/api/v1/tokens/'])
      problemIn(await operator.request(path), 401);
    const head = { method: 'HEAD', headers: bearer(TOKEN) };
    const answer = await operator.request(`/operateInstance/?instance=${idOf(1)}&action=stop&dryrun=false`, head);
    assert.equal(answer.status, 405);
    assert.deepEqual(operator.changes(), []);
  });
});

test('a browser is asked for a login: each challenge has a header of its own', async () => {
  await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: TOKEN } });
  const answer = await sendBytes(operator.url, 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.deepEqual(answer.match(/^www-authenticate: .*$/gim), [
    'www-authenticate: Bearer realm="ec2-operator"',
    'www-authenticate: Basic realm="ec2-operator"',
  ]);
});
