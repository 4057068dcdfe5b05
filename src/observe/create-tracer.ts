/** The tracer that the environment asks for. OpenTelemetry is loaded only when there is a collector. */
import type { Log } from './log.ts';
import { NO_TRACER, type Tracer } from './trace.ts';

/** An environment variable's value; undefined when it is unset or empty. */
export type ReadVariable = (name: string) => string | undefined;

/**
 * As OpenTelemetry's standard variables say: without an endpoint there is nothing to send to. The SDK's own default, a
 * collector on localhost, would have every operator without one try in vain.
 *
 * @throws when a variable has a value that is not understood
 */
export async function createTracer(read: ReadVariable, version: string, log: Log): Promise<Tracer> {
  const endpoint = read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? read('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === undefined) return NO_TRACER;
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return NO_TRACER;
  if (read('OTEL_TRACES_EXPORTER') === 'none') return NO_TRACER;
  const { createOtelTracer } = await import('./otel.ts');
  return createOtelTracer(read, version, log);
}
