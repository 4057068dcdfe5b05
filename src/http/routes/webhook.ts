/** `POST|PUT /operateInstance` and `/operateHostname`: a delivery comes in, receipts go out. */
import type { Delivery } from '../../domain/alert.ts';
import { intend } from '../../domain/intend.ts';
import type { Receipt as Recorded } from '../../domain/receipt.ts';
import { deliveryBody } from '../delivery.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { originOf } from '../receive.ts';
import type { WebhookInput } from '../route.ts';
import type { Receipt, ReceiptsAnswer } from '../schemas.ts';

/** The receipts in an error: Alertmanager copies the whole answer into its log. */
const MAX_SHOWN = 5;

export const webhookBody = deliveryBody(10_000);

export async function receiveWebhook(
  parts: HttpParts,
  { request, route, sender, remote, signature, body }: WebhookInput<unknown, unknown, Delivery>,
): Promise<ReceiptsAnswer> {
  const origin = originOf(request, route, sender, remote);
  const { alerts, truncatedAlerts, receiver } = body;
  const { defaultClient, labels, tagNames, resolvedStops } = parts;
  const { grants } = sender;
  const context = { route, defaultClient, labels, tagNames, resolvedStops, now: parts.clock(), grants };
  const recorded = await parts.intake({
    origin: { ...origin, receiver, ...(truncatedAlerts > 0 ? { truncatedAlerts } : {}) },
    asked: alerts.map((alert) => intend(alert, context)),
    ...(signature === undefined ? {} : { signature }),
  });
  const receipts = recorded.map(show);
  if (receipts.length > 0 && receipts.every(({ outcome }) => outcome === 'invalid')) throw allInvalid(receipts);
  return { receipts };
}

/** Senders know their alerts by fingerprint. */
function show(recorded: Recorded): Receipt {
  const { alertname: _, ...receipt } = recorded;
  return receipt;
}

function allInvalid(receipts: readonly Receipt[]): ProblemError {
  const [first] = receipts;
  const detail = `none of the ${receipts.length} alerts can be acted on; the first: ${first?.message ?? 'unknown'}`;
  return new ProblemError(400, detail, { extra: { receipts: receipts.slice(0, MAX_SHOWN) } });
}
