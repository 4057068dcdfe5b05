/** W3C Trace Context: which trace a request belongs to (w3.org/TR/trace-context). */

const TRACEPARENT = /^(?<version>[\da-f]{2})-(?<traceId>[\da-f]{32})-(?<parentId>[\da-f]{16})-[\da-f]{2}(?<more>-.*)?$/;

/** The trace id of a valid `traceparent` header. */
export function parseTraceId(header: string | null): string | undefined {
  const { version, traceId, parentId, more } = TRACEPARENT.exec(header ?? '')?.groups ?? {};
  if (version === undefined || traceId === undefined || parentId === undefined) return undefined;
  // Later versions may have more after the flags; ff is not a version.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(parentId) ? traceId : undefined;
}
