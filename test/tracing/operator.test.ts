/** The operator's own traces: from the sender's span to the calls that EC2 gets, and nothing at all when nobody collects. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { delivery, stopAlert } from '../support/alerts.ts';
import { json, startOperator } from '../support/operator.ts';
import { eventually } from '../support/eventually.ts';
import { startVendor } from '../support/vendors/vendor.ts';
import { receiptsSchema } from '../../src/http/schemas.ts';
import { startCollector, type CollectedSpan } from './collector.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SENDER = '00f067aa0ba902b7';

test("a stop is one trace, under the sender's own span, with nothing secret in it", async () => {
  await using collector = await startCollector();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
  const token = 'a-token-that-nobody-may-see';
  const operator = await startOperator({
    environment: { AUTH: '', AUTH_TOKEN: token, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  let operation: string | undefined;
  try {
    const headers = { authorization: `Bearer ${token}`, traceparent: `00-${TRACE}-${SENDER}-01` };
    const post = json(delivery([stopAlert(1)]));
    const answer = await operator.request('/operateHostname', {
      ...post,
      headers: { ...headers, 'content-type': 'application/json' },
    });
    assert.equal(answer.status, 200, answer.text);
    operation = receiptsSchema.parse(JSON.parse(answer.text)).receipts[0]?.operation;
    const ended = await operator.request(`/api/v1/operations/${operation}?wait=60s`, { headers });
    assert.match(ended.text, /"state":"succeeded"/);
  } finally {
    await operator[Symbol.asyncDispose]();
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  }

  const trace = collector.spans.filter(({ traceId }) => traceId === TRACE);
  const byId = new Map(trace.map((span) => [span.spanId, span]));
  const parentOf = (span: CollectedSpan): string | undefined => byId.get(span.parentSpanId)?.name;
  const [receive] = trace.filter(({ name }) => name === 'receive /operateHostname');
  assert.equal(receive?.parentSpanId, SENDER);
  assert.equal(receive.attributes['http.response.status_code'], '200');
  const carries = trace.filter(({ name }) => name === 'carry stop');
  assert.ok(carries.length >= 2, 'once to stop it, and again to see it stopped');
  for (const carry of carries) {
    assert.equal(parentOf(carry), 'receive /operateHostname');
    assert.equal(carry.attributes['ec2_operator.operation'], operation);
  }
  const [stop] = trace.filter(({ name }) => name === 'EC2 StopInstances');
  assert.ok(stop);
  assert.equal(parentOf(stop), 'carry stop');
  assert.match(stop.attributes['ec2_operator.instance_ids'] ?? '', /^i-[0-9a-f]{17}$/);
  assert.match(stop.attributes['aws.request_id'] ?? '', /./);
  for (const name of ['store record_deliveries', 'store settle', 'EC2 DescribeInstances'])
    assert.ok(
      trace.some((span) => span.name === name),
      name,
    );
  assert.ok(!collector.bytes().includes(token));
  const strangers = collector.spans.filter(({ traceId }) => traceId !== TRACE).map(({ name }) => name);
  assert.deepEqual(strangers, [], 'what nobody has asked for leaves no trace');
});

test('a notice is sent within the trace of its operation', async () => {
  await using collector = await startCollector();
  await using vendor = await startVendor(() => ({ status: 200 }));
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
  const secret = 'a-secret-path';
  const operator = await startOperator({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    config: `channels: [{ name: bus, webhook: { url: '${vendor.url}/${secret}' }, tell: [stopped] }]`,
  });
  try {
    const headers = { 'content-type': 'application/json', traceparent: `00-${TRACE}-${SENDER}-01` };
    const answer = await operator.request('/operateHostname', { ...json(delivery([stopAlert(1)])), headers });
    await operator.end(receiptsSchema.parse(JSON.parse(answer.text)).receipts[0]?.operation);
    const isSent = async () => (await operator.request('/api/v1/notices')).text.includes('"state":"sent"');
    await eventually('the notice', async () => ((await isSent()) ? true : undefined));
  } finally {
    await operator[Symbol.asyncDispose]();
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  }
  const [deliver] = collector.spans.filter(({ name }) => name === 'deliver stopped');
  const [receive] = collector.spans.filter(({ name }) => name === 'receive /operateHostname');
  assert.ok(deliver);
  assert.deepEqual([deliver.traceId, deliver.parentSpanId], [TRACE, receive?.spanId]);
  const { attributes } = deliver;
  assert.deepEqual([attributes['ec2_operator.channel'], attributes['ec2_operator.outcome']], ['bus', 'sent']);
  assert.ok(!collector.bytes().includes(secret));
});

test('without a collector and without a terminal, neither OpenTelemetry nor the printer for people is loaded', () => {
  assert.deepEqual(foreignModulesOf({}), []);
  const traced = foreignModulesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  assert.ok(traced.includes('@opentelemetry/sdk-trace'), `the test sees what is loaded: ${traced.join(', ')}`);
  assert.deepEqual(foreignModulesOf({ LOG_FORMAT: 'pretty' }), ['pino-pretty']);
});

/** What an operator loads that starts, serves and stops in a process of its own. */
function foreignModulesOf(variables: Readonly<Record<string, string>>): readonly string[] {
  const script = path.join(import.meta.dirname, 'print-loaded-modules.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...variables },
  });
  assert.equal(status, 0, stderr);
  const loaded = stdout.trim().split('\n').at(-1)?.split(' ') ?? [];
  assert.ok(loaded.includes('hono'), `expected a list of modules, got ${stdout}`);
  return loaded.filter((name) => /^(?:@opentelemetry\/|pino-pretty$)/.test(name)).sort();
}
