/** Notifications that Alertmanager itself counts as failed. */
import type { Labels } from '../domain/label-set.ts';
import { report, type Finding } from './finding.ts';

/** By reason, which Alertmanager older than 0.26 does not say. */
export const FAILED_DELIVERIES =
  'sum by (reason) (increase(alertmanager_notifications_failed_total{integration="webhook"}[1h])) > 0';

/** @param failed the labels of what `FAILED_DELIVERIES` gives */
export function checkDeliveries(failed: readonly Labels[]): readonly Finding[] {
  return failed.map(({ reason }) => {
    const [because, change] = reason === 'authError' ? AUTH_ERROR : OTHER_ERROR;
    const named = reason === undefined ? '' : ` (${reason})`;
    return report('alertmanager.deliveries').warning(
      `in the last hour Alertmanager could not deliver to a webhook${named}${because}`,
      change,
    );
  });
}

const AUTH_ERROR = [
  ': it was answered with 401 or 403',
  'compare the token that it sends with the one of the server: http_config.authorization of the receiver',
] as const;

const OTHER_ERROR = [
  '',
  'see in the log of Alertmanager which receiver it was, and what it was answered (`unexpected status code`)',
] as const;
