/** The port for traces. Without a collector OpenTelemetry is not loaded. */

/** Never a secret, and never an error's message, which may hold one. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** The W3C `traceparent` of the parent, instead of the current span. */
  readonly parent?: string | undefined;
  readonly kind?: 'server' | 'client';
}

/** Adds attributes to a running span. */
export type Annotate = (attributes: Attributes) => void;

export interface Tracer {
  /** Runs within a span; a rejection marks the span as failed, and is passed on. */
  span<T>(
    name: string,
    attributes: Attributes,
    run: (annotate: Annotate) => Promise<T>,
    options?: SpanOptions,
  ): Promise<T>;
  /** As `span`, but only within another span: routine work begins no trace. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** The W3C `traceparent` of the current span, for later work; undefined outside of a span. */
  traceparent(): string | undefined;
  /** Sends recorded spans. Never rejects, and ends soon. */
  close(): Promise<void>;
}

export const NO_TRACER: Tracer = {
  span: async (_name, _attributes, run) => run(() => undefined),
  step: async (_name, run) => run(),
  traceparent: () => undefined,
  close: async () => Promise.resolve(),
};
