/** The tracer with OpenTelemetry's SDK, which sends OTLP over HTTP. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from './log.ts';
import { createSampler } from './sampler.ts';
import type { Annotate, Attributes, SpanOptions, Tracer } from './trace.ts';

/** The longest wait for the collector when the process ends. */
const CLOSE_MS = 2_000;

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** The SDK reads `OTEL_EXPORTER_OTLP_*`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` from the process's environment. */
export function createOtelTracer(read: (name: string) => string | undefined, version: string, log: Log): Tracer {
  checkProtocol(read);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'ec2-operator', 'service.version': version }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    sampler: createSampler(read('OTEL_TRACES_SAMPLER'), read('OTEL_TRACES_SAMPLER_ARG')),
    spanProcessors: [new BatchSpanProcessor({ exporter: logLosses(new OTLPTraceExporter(), log) })],
  });
  const tracer = provider.getTracer('ec2-operator', version);
  // OpenTelemetry's global context would mix the traces of several operators in one process.
  const current = new AsyncLocalStorage<Context>();

  const record = async <T>(span: Span, parent: Context, run: () => Promise<T>): Promise<T> => {
    try {
      return await current.run(trace.setSpan(parent, span), run);
    } catch (error) {
      span.setAttribute('error.type', nameOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  };
  const span = async <T>(
    name: string,
    attributes: Attributes,
    run: (annotate: Annotate) => Promise<T>,
    { parent, kind }: SpanOptions = {},
  ): Promise<T> => {
    const above = contextOf(parent) ?? current.getStore() ?? ROOT_CONTEXT;
    const started = tracer.startSpan(name, { attributes, ...(kind && { kind: KINDS[kind] }) }, above);
    return record(started, above, async () => run((more) => void started.setAttributes(more)));
  };
  return {
    span,
    step: async (name, run) => (current.getStore() === undefined ? run() : span(name, {}, run)),
    traceparent: () => {
      const context = current.getStore();
      const here = context === undefined ? undefined : trace.getSpanContext(context);
      if (here === undefined) return undefined;
      return `00-${here.traceId}-${here.spanId}-${here.traceFlags.toString(16).padStart(2, '0')}`;
    },
    close: async () => {
      // An unreachable collector is already logged, and must not delay the end.
      const flushed = provider.shutdown().catch(() => undefined);
      await Promise.race([flushed, delay(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

/** The only supported protocol: a collector cannot read another one's data, and the reason would stay hidden. */
const PROTOCOL = 'http/protobuf';

function checkProtocol(read: (name: string) => string | undefined): void {
  const protocol = read('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? read('OTEL_EXPORTER_OTLP_PROTOCOL') ?? PROTOCOL;
  if (protocol === PROTOCOL) return;
  throw new Error(`OTEL_EXPORTER_OTLP_PROTOCOL: expected ${PROTOCOL}, got ${JSON.stringify(protocol)}`);
}

/** The SDK does not log lost spans. A loss is logged once until the collector takes spans again. */
function logLosses(exporter: SpanExporter, log: Log): SpanExporter {
  let isLosing = false;
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        const isLost = result.error !== undefined;
        if (isLost && !isLosing) log.warn({ reason: result.error?.message }, 'the collector does not accept traces');
        if (!isLost && isLosing) log.info('the collector accepts traces again');
        isLosing = isLost;
        done(result);
      });
    },
    shutdown: async () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

/** W3C Trace Context: version, trace id, parent id, flags; later versions may add fields. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?:-|$)/;

/** Undefined for text that is no traceparent: the span then begins a new trace, as the specification requires. */
function contextOf(traceparent: string | undefined): Context | undefined {
  const { traceId = '', spanId = '', flags = '00' } = TRACEPARENT.exec(traceparent?.trim() ?? '')?.groups ?? {};
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : undefined;
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
