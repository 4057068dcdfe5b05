/** `POST|PUT /operateInstance` and `/operateHostname`: a delivery comes in, receipts go out. receive -> intend -> store. */
import { parseDelivery } from '../../domain/alert.ts';
import { intend } from '../../domain/intend.ts';
import type { Route } from '../../domain/intent.ts';
import type { Origin, Receipt as Taken } from '../../domain/receipt.ts';
import { refuseCrossSite, requireScope, rightsOf } from '../auth/sender.ts';
import type { AdmitWebhook } from '../auth/admit-webhook.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { originOf, receive } from '../receive.ts';
import type { Receipt } from '../schemas.ts';

export const MAX_ALERTS = 10_000;

/** How many receipts an error carries: Alertmanager writes the whole answer into its own log. */
const MAX_SHOWN = 5;

/** @param remote the address of the other side, for the record */
export async function receiveWebhook(
  parts: HttpParts,
  request: Request,
  route: Route,
  remote: string,
): Promise<Response> {
  refuseCrossSite(request.headers);
  const { sender, body, signature } = await admit(parts, request, route, remote);
  requireScope(sender, 'start', 'stop');
  const delivery = parseDelivery(body);
  const origin = originOf(request, route, sender, remote);
  if (!delivery.ok) throw refuse(parts, origin, 400, delivery.message);
  const { alerts, truncatedAlerts, receiver } = delivery.value;
  if (alerts.length > MAX_ALERTS) {
    const detail = `expected at most ${MAX_ALERTS} alerts in a delivery, got ${alerts.length}: group by more labels`;
    throw refuse(parts, origin, 413, detail);
  }
  if (truncatedAlerts > 0) {
    parts.metrics.alertsTruncated(truncatedAlerts);
    parts.log.warn(
      { receiver, truncatedAlerts },
      'the sender cut alerts off this delivery, and they are lost: set max_alerts to 0 in its webhook configuration',
    );
  }

  const { defaultClient, labels, tagNames, resolvedStops } = parts;
  const context = { route, defaultClient, labels, tagNames, resolvedStops, now: parts.clock(), ...rightsOf(sender) };
  const intended = alerts.map((alert) => intend(alert, context));
  const taken = await receive(
    parts,
    { ...origin, receiver, ...(truncatedAlerts > 0 ? { truncatedAlerts } : {}) },
    intended,
    signature,
  );
  for (const one of intended) {
    if (one.outcome === 'intent') for (const label of one.ignoredLabels ?? []) parts.observer.labelIgnored(label);
  }
  for (const receipt of taken) parts.observer.received(receipt.outcome, 'reason' in receipt ? receipt.reason : '');
  const receipts = taken.map(show);
  if (receipts.length > 0 && receipts.every(({ outcome }) => outcome === 'invalid')) throw allInvalid(receipts);
  return Response.json({ receipts });
}

/** What cannot be read has no alerts that could be recorded; the log is all that tells of it. */
function refuse(parts: HttpParts, { who, ...origin }: Origin, status: 400 | 413, detail: string): ProblemError {
  parts.log.warn({ who: who.name, remote: who.remote, ...origin }, `a delivery was refused: ${detail}`);
  return new ProblemError({ status, detail });
}

/** Whoever is not let in is the doors' to tell of. */
async function admit(parts: HttpParts, request: Request, route: Route, remote: string): ReturnType<AdmitWebhook> {
  try {
    return await parts.admitWebhook(request, remote);
  } catch (error) {
    if (error instanceof ProblemError && [400, 413, 415].includes(error.problem.status)) {
      const message = `a delivery was refused: ${error.problem.detail}`;
      if (parts.admissions.wasAdmitted(request.headers)) parts.log.warn({ remote, route }, message);
      else parts.warnSparingly({ remote, route }, message);
    }
    throw error;
  }
}

/** The sender knows its alerts by their fingerprints. */
function show(taken: Taken): Receipt {
  const { alertname: _, ...receipt } = taken;
  return receipt;
}

function allInvalid(receipts: readonly Receipt[]): ProblemError {
  const [first] = receipts;
  const detail = `none of the ${receipts.length} alerts can be acted on; the first: ${first?.message ?? 'unknown'}`;
  return new ProblemError({ status: 400, detail, extra: { receipts: receipts.slice(0, MAX_SHOWN) } });
}
