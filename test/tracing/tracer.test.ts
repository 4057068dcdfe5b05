/** The tracer against a collector: what the standard variables say is what happens. */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { readVariable } from '../../src/config/environment.ts';
import { createLog } from '../../src/observe/log.ts';
import { createTracer } from '../../src/observe/create-tracer.ts';
import { NO_TRACER, type Tracer } from '../../src/observe/trace.ts';
import { startCollector, type Collector } from './collector.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

const logged: string[] = [];
const destination = { write: (line: string) => void logged.push(line) };
const log = await createLog({ level: 'info', format: 'json', destination });

/** The exporter reads the process's own environment. */
async function tracerFor(t: TestContext, variables: Readonly<Record<string, string>>): Promise<Tracer> {
  for (const [name, value] of Object.entries(variables)) process.env[name] = value;
  t.after(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });
  return createTracer((name) => readVariable(process.env, name), '1.2.3', log);
}

const named = ({ spans }: Collector, name: string) => spans.find((span) => span.name === name);
const nothing = async (): Promise<void> => Promise.resolve();

test('spans are sent with their names, parents, attributes and errors, and the headers of the variables', async (t) => {
  await using collector = await startCollector();
  const tracer = await tracerFor(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=abc',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  });
  const failing = tracer.span('outer', { 'some.count': 3 }, async (annotate) => {
    await tracer.step('inner', nothing);
    annotate({ late: true });
    throw new TypeError('password=hunter2');
  });
  await assert.rejects(failing, TypeError);
  await tracer.close();
  const [outer, inner] = [named(collector, 'outer'), named(collector, 'inner')];
  assert.ok(outer && inner);
  assert.deepEqual([inner.traceId, inner.parentSpanId, inner.failed], [outer.traceId, outer.spanId, false]);
  assert.deepEqual([outer.parentSpanId, outer.failed], ['', true]);
  assert.deepEqual(outer.attributes, { 'some.count': '3', late: '1', 'error.type': 'TypeError' });
  assert.equal(collector.resource['service.name'], 'ec2-operator');
  assert.equal(collector.resource['service.version'], '1.2.3');
  assert.equal(collector.resource['deployment.environment.name'], 'test');
  const [request] = collector.requests;
  assert.equal(request?.path, '/v1/traces');
  assert.equal(request.headers['x-api-key'], 'abc');
  assert.ok(!collector.bytes().includes('hunter2'), 'what an error says may be a secret');
});

test('a span goes under the parent that it is given, whose trace id is the one that is sent', async (t) => {
  await using collector = await startCollector();
  const tracer = await tracerFor(t, {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
    OTEL_SERVICE_NAME: 'night-shift',
  });
  let here: string | undefined;
  const run = async (): Promise<void> => {
    here = tracer.traceparent();
    return Promise.resolve();
  };
  await tracer.span('remote', {}, run, { parent: `00-${TRACE}-${PARENT}-01`, kind: 'server' });
  await tracer.span('unsampled', {}, nothing, { parent: `00-${TRACE}-${PARENT}-00` });
  for (const parent of ['', 'nonsense', `00-${'0'.repeat(32)}-${PARENT}-01`, `ff-${TRACE}-${PARENT}-01`])
    await tracer.span('own', {}, nothing, { parent });
  assert.equal(tracer.traceparent(), undefined);
  await tracer.close();
  const remote = named(collector, 'remote');
  assert.deepEqual([remote?.traceId, remote?.parentSpanId], [TRACE, PARENT]);
  assert.equal(here, `00-${TRACE}-${remote?.spanId}-01`);
  assert.equal(named(collector, 'unsampled'), undefined, 'whoever began the trace has decided that');
  const own = collector.spans.filter(({ name }) => name === 'own');
  assert.equal(own.length, 4);
  assert.ok(own.every(({ traceId, parentSpanId }) => traceId !== TRACE && parentSpanId === ''));
  assert.equal(collector.resource['service.name'], 'night-shift');
});

test('a step outside of any span leaves no trace', async (t) => {
  await using collector = await startCollector();
  const tracer = await tracerFor(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  await tracer.step('lonely', nothing);
  await tracer.close();
  assert.deepEqual(collector.spans, []);
});

test('the sampler is the one that the variable names', async (t) => {
  await using collector = await startCollector();
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  for (const [name, argument] of [
    ['always_off', ''],
    ['parentbased_always_off', ''],
    ['traceidratio', '0'],
    ['always_on', ''],
  ] as const) {
    const variables = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
    const tracer = await tracerFor(t, { ...endpoint, ...variables });
    await tracer.span(name, {}, nothing);
    await tracer.close();
  }
  assert.deepEqual(
    collector.spans.map(({ name }) => name),
    ['always_on'],
  );
  await assert.rejects(
    tracerFor(t, { ...endpoint, OTEL_TRACES_SAMPLER: 'sometimes' }),
    /OTEL_TRACES_SAMPLER.*always_on/,
  );
  const wrong = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' };
  await assert.rejects(tracerFor(t, { ...endpoint, ...wrong }), /OTEL_TRACES_SAMPLER_ARG.*0 to 1/);
});

test('a protocol that is not spoken is refused, and one that is, is not', async (t) => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  await assert.rejects(tracerFor(t, { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }), /PROTOCOL.*http\/protobuf/);
  const tracer = await tracerFor(t, { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' });
  await tracer.close();
});

test('a collector that accepts no traces is logged', async (t) => {
  const server = createServer((_request, response) => response.writeHead(400).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const tracer = await tracerFor(t, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  logged.length = 0;
  await tracer.span('one', {}, nothing);
  await tracer.close();
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? '', /"level":"warn".*the collector does not accept traces/);
});

test('there is no tracer without an endpoint, or where the variables say so', async () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  for (const environment of [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { ...endpoint, OTEL_SDK_DISABLED: 'true' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  ])
    assert.equal(await createTracer((name) => readVariable(environment, name), '1', log), NO_TRACER);
});

test('a collector that takes and never answers does not hold the end up', async (t) => {
  const unanswered: ServerResponse[] = [];
  const server = createServer((_request, response) => void unanswered.push(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    // An answer that is not tried again, so that nothing is left over when the test has ended.
    for (const response of unanswered) response.writeHead(400).end();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const tracer = await tracerFor(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
  });
  const asked = once(server, 'request');
  await tracer.span('unheard', {}, nothing);
  const closed = tracer.close();
  await asked;
  await closed;
});
