/** The log lines of a delivery that was recorded. */
import type { AnsweredDelivery, Origin } from '../domain/receipt.ts';
import type { Log } from './log.ts';

/** The most warnings about invalid alerts of one delivery; the level `debug` shows every receipt. */
const MAX_SHOWN = 5;

export function logDelivery(log: Log, { id: delivery, origin, asked, receipts }: AnsweredDelivery): void {
  const { who, ...rest } = origin;
  const { receiver, truncatedAlerts } = origin;
  if (truncatedAlerts !== undefined) {
    log.warn(
      { receiver, truncatedAlerts },
      'the sender left alerts out of this delivery, and they are lost: set max_alerts to 0 in its webhook configuration',
    );
  }
  const counts: Record<string, number> = {};
  for (const { outcome } of receipts) counts[outcome] = (counts[outcome] ?? 0) + 1;
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
}

function receiptText({ method }: Origin): string {
  return method === 'GET' ? 'a person was answered' : 'an alert was answered';
}
