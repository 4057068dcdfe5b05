/** The origin of a delivery, for the audit and the log. */
import type { Origin } from '../domain/receipt.ts';
import type { Route } from '../domain/intent.ts';
import { parseTraceId } from '../domain/trace.ts';
import type { Sender } from './auth/sender.ts';
import type { HttpParts } from './parts.ts';

/** Long enough to recognize a sender. */
const MAX_AGENT = 100;

/** @param remote the sender's address */
export function originOf(request: Request, route: Route, sender: Sender, remote: string): Origin {
  const userAgent = request.headers.get('user-agent')?.slice(0, MAX_AGENT);
  const traceId = parseTraceId(request.headers.get('traceparent'));
  const { method } = request;
  return {
    who: { name: sender.name, remote },
    method: method === 'POST' || method === 'PUT' ? method : 'GET',
    route,
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/**
 * Logs a delivery that could not be read: only the log shows it, since no alerts are recorded.
 *
 * @param from `sender` is undefined where it was not authenticated yet
 */
export function logRefused(
  { log, warnSparingly }: Pick<HttpParts, 'log' | 'warnSparingly'>,
  from: {
    readonly request: Request;
    readonly route: Route;
    readonly remote: string;
    readonly sender: Sender | undefined;
  },
  detail: string,
): void {
  const { request, route, remote, sender } = from;
  const message = `a delivery was refused: ${detail}`;
  if (sender === undefined) {
    warnSparingly({ remote, route }, message);
    return;
  }
  const { who, ...origin } = originOf(request, route, sender, remote);
  log.warn({ who: who.name, remote, ...origin }, message);
}
