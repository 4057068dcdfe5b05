/** `POST|PUT /operateInstance` and `/operateHostname`: a delivery comes in, receipts go out. receive -> intend -> enqueue. */
import { parseDelivery } from '../../domain/alert.ts';
import { intend, type Intended, type Route } from '../../domain/intent.ts';
import type { Enqueued } from '../../store/port.ts';
import { refuseCrossSite } from '../auth.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { Receipt } from '../schemas.ts';

export const MAX_ALERTS = 10_000;

/** How many receipts an error carries and the log shows: Alertmanager writes the whole answer into its own log. */
const MAX_SHOWN = 5;

export async function receiveWebhook(parts: HttpParts, request: Request, route: Route): Promise<Response> {
  refuseCrossSite(request.headers);
  parts.authenticate(request.headers);
  const delivery = parseDelivery(await parts.readJson(request));
  if (!delivery.ok) throw new ProblemError({ status: 400, detail: delivery.message });
  const { alerts, truncatedAlerts, receiver } = delivery.value;
  if (alerts.length > MAX_ALERTS) {
    const detail = `expected at most ${MAX_ALERTS} alerts in a delivery, got ${alerts.length}: group by more labels`;
    throw new ProblemError({ status: 413, detail });
  }
  if (truncatedAlerts > 0) {
    parts.metrics.alertsTruncated(truncatedAlerts);
    parts.log.warn(
      { receiver, truncatedAlerts },
      'the sender cut alerts off this delivery, and they are lost: set max_alerts to 0 in its webhook configuration',
    );
  }

  const now = parts.clock();
  const intended = alerts.map((alert) => intend(alert, { route, defaultClient: parts.defaultClient, now }));
  const intents = intended.filter((one) => one.outcome === 'intent').map(({ intent }) => intent);
  const enqueued = intents.length === 0 ? [] : await parts.enqueue(intents);
  const receipts = writeReceipts(intended, enqueued);
  for (const { outcome, reason } of receipts) parts.observer.received(outcome, reason ?? '');
  logReceipts(parts, receiver, receipts);
  if (receipts.length > 0 && receipts.every(({ outcome }) => outcome === 'invalid')) throw allInvalid(receipts);
  return Response.json({ receipts });
}

/** One receipt per alert, in order: those without an operation say why, the others name it. */
function writeReceipts(intended: readonly Intended[], enqueued: readonly Enqueued[]): readonly Receipt[] {
  const answers = enqueued.values();
  return intended.map((one) => {
    if (one.outcome !== 'intent') return one;
    const { value: answer } = answers.next();
    if (answer === undefined) throw new RangeError('expected an answer of the store for every intent');
    return { fingerprint: one.fingerprint, outcome: answer.outcome, operation: answer.operation };
  });
}

function logReceipts(parts: HttpParts, receiver: string, receipts: readonly Receipt[]): void {
  const counts: Record<string, number> = {};
  for (const { outcome } of receipts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  parts.log.info({ receiver, alerts: receipts.length, ...counts }, 'a delivery was received');
  for (const { fingerprint, message, reason } of receipts
    .filter(({ outcome }) => outcome === 'invalid')
    .slice(0, MAX_SHOWN)) {
    parts.log.warn({ receiver, fingerprint, reason }, message ?? 'an alert is invalid');
  }
}

function allInvalid(receipts: readonly Receipt[]): ProblemError {
  const [first] = receipts;
  const detail = `none of the ${receipts.length} alerts can be acted on; the first: ${first?.message ?? 'unknown'}`;
  return new ProblemError({ status: 400, detail, extra: { receipts: receipts.slice(0, MAX_SHOWN) } });
}
