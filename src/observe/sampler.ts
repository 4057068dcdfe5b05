/** `OTEL_TRACES_SAMPLER` with the values of the OpenTelemetry specification. */
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';

const SAMPLERS: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (ratio) => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
};

/**
 * @param argument `OTEL_TRACES_SAMPLER_ARG`: the share of traces that the ratio samplers record, 0 to 1
 * @throws Error for an unknown value: a silent default would trace nothing or everything
 */
export function createSampler(name = 'parentbased_always_on', argument = '1'): Sampler {
  const create = Object.hasOwn(SAMPLERS, name) ? SAMPLERS[name] : undefined;
  if (create === undefined) {
    const known = Object.keys(SAMPLERS).join(', ');
    throw new Error(`OTEL_TRACES_SAMPLER: expected one of ${known}, got ${JSON.stringify(name)}`);
  }
  const ratio = Number(argument);
  if (ratio >= 0 && ratio <= 1) return create(ratio);
  throw new Error(`OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, got ${JSON.stringify(argument)}`);
}
