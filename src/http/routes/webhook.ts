/** `POST|PUT /operateInstance` and `/operateHostname`: a delivery comes in, receipts go out. receive -> intend -> store. */
import type { Delivery } from '../../domain/alert.ts';
import { intend } from '../../domain/intend.ts';
import type { Receipt as Taken } from '../../domain/receipt.ts';
import { rightsOf } from '../auth/sender.ts';
import { deliveryBody } from '../delivery.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { originOf } from '../receive.ts';
import type { WebhookInput } from '../route.ts';
import type { Receipt, ReceiptsAnswer } from '../schemas.ts';

const MAX_ALERTS = 10_000;

/** How many receipts an error carries: Alertmanager writes the whole answer into its own log. */
const MAX_SHOWN = 5;

export const webhookBody = deliveryBody(
  MAX_ALERTS,
  (count) => `expected at most ${MAX_ALERTS} alerts in a delivery, got ${count}: group by more labels`,
);

export async function receiveWebhook(
  parts: HttpParts,
  { request, route, sender, remote, signature, body }: WebhookInput<unknown, unknown, Delivery>,
): Promise<ReceiptsAnswer> {
  const origin = originOf(request, route, sender, remote);
  const { alerts, truncatedAlerts, receiver } = body;
  const { defaultClient, labels, tagNames, resolvedStops } = parts;
  const context = { route, defaultClient, labels, tagNames, resolvedStops, now: parts.clock(), ...rightsOf(sender) };
  const taken = await parts.intake({
    origin: { ...origin, receiver, ...(truncatedAlerts > 0 ? { truncatedAlerts } : {}) },
    asked: alerts.map((alert) => intend(alert, context)),
    ...(signature === undefined ? {} : { signature }),
  });
  const receipts = taken.map(show);
  if (receipts.length > 0 && receipts.every(({ outcome }) => outcome === 'invalid')) throw allInvalid(receipts);
  return { receipts };
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
