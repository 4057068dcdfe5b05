/** What both ways in have in common: a delivery is recorded, and told in the log. */
import { randomUUIDv7 } from 'node:crypto';
import type { Intended } from '../domain/intend.ts';
import type { Origin, Receipt } from '../domain/receipt.ts';
import type { Route } from '../domain/intent.ts';
import { parseTraceId } from '../domain/trace.ts';
import type { Signature } from '../store/port.ts';
import type { Sender } from './auth/sender.ts';
import type { HttpParts } from './parts.ts';

/** How many invalid alerts of a delivery the log warns of; with `debug` it shows every receipt. */
const MAX_SHOWN = 5;
/** Enough to recognise a sender by. */
const MAX_AGENT = 100;

/** Where a request comes from. @param remote the address of the other side */
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

/** @throws StoreUnavailableError when nothing of it was accepted */
export async function receive(
  { receive: take, log }: Pick<HttpParts, 'receive' | 'log'>,
  origin: Origin,
  asked: readonly Intended[],
  signature?: Signature,
): Promise<readonly Receipt[]> {
  const delivery = randomUUIDv7();
  const brought = asked.map((one) => broughtBy(delivery, one));
  const receipts = await take({
    id: delivery,
    origin,
    asked: brought,
    ...(signature === undefined ? {} : { signature }),
  });
  const counts: Record<string, number> = {};
  for (const { outcome } of receipts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const { who, ...rest } = origin;
  const by = { delivery, who: who.name, remote: who.remote };
  log.info({ ...by, ...rest, alerts: receipts.length, ...counts }, 'a delivery was received');
  for (const { message = receiptText(origin), ...receipt } of receipts) log.debug({ ...by, ...receipt }, message);
  for (const { message, ...receipt } of receipts.filter(({ outcome }) => outcome === 'invalid').slice(0, MAX_SHOWN)) {
    log.warn({ ...by, ...receipt }, message ?? 'an alert is invalid');
  }
  for (const one of asked) {
    if (one.outcome !== 'intent' || one.warning === undefined) continue;
    log.warn({ ...by, fingerprint: one.fingerprint, alertname: one.alertname }, one.warning);
  }
  return receipts;
}

/** An operation says by itself which delivery has asked for it. */
function broughtBy(delivery: string, one: Intended): Intended {
  if (one.outcome !== 'intent') return one;
  const { intent } = one;
  return { ...one, intent: { ...intent, cause: { ...intent.cause, delivery } } };
}

/**
 * Of what cannot be read, no alerts are recorded: the log alone shows it.
 *
 * @param from the sender, as far as it was known by then
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

function receiptText({ method }: Origin): string {
  return method === 'GET' ? 'a person was answered' : 'an alert was answered';
}
