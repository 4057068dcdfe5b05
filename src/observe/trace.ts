/**
 * Traces: what happened within what, for how long. This is the port; without a collector nothing stands behind it, and
 * nothing of OpenTelemetry is loaded.
 */
/** What a span tells besides its name. Never a secret, and never an error's message: it may hold one. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** The W3C `traceparent` that the span belongs under, instead of the span that this is called in. */
  readonly parent?: string | undefined;
  readonly kind?: 'server' | 'client';
}

/** Adds to a span what is known only later. */
export type Annotate = (attributes: Attributes) => void;

export interface Tracer {
  /** Runs within a span; a rejection marks the span as failed, and goes on up. */
  span<T>(
    name: string,
    attributes: Attributes,
    run: (annotate: Annotate) => Promise<T>,
    options?: SpanOptions,
  ): Promise<T>;
  /** As `span`, but only within another: what nobody has asked for leaves no trace of its own. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** The W3C `traceparent` of the span that this is called in, for what goes on later; undefined outside of any. */
  traceparent(): string | undefined;
  /** Hands over what has been recorded. Never rejects, and does not take long. */
  close(): Promise<void>;
}

export const NO_TRACER: Tracer = {
  span: async (_name, _attributes, run) => run(ignore),
  step: async (_name, run) => run(),
  traceparent: () => undefined,
  close: async () => Promise.resolve(),
};

function ignore(): void {
  // Nobody reads it.
}
