/** The tracer that the environment configures. OpenTelemetry is loaded only if there is a collector. */
import type { Log } from './log.ts';
import { NO_TRACER, type Tracer } from './trace.ts';

/** An environment variable's value; undefined when it is unset or empty. */
export type ReadVariable = (name: string) => string | undefined;

/**
 * By OpenTelemetry's standard variables. Without an endpoint nothing is traced: the SDK's default, a collector on localhost, does
 * not exist on most machines.
 *
 * @throws Error if a variable has an unknown value
 */
export async function createTracer(read: ReadVariable, version: string, log: Log): Promise<Tracer> {
  const endpoint = read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? read('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === undefined) return NO_TRACER;
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return NO_TRACER;
  if (read('OTEL_TRACES_EXPORTER') === 'none') return NO_TRACER;
  const { createOtelTracer } = await import('./otel.ts');
  return createOtelTracer(read, version, log);
}
