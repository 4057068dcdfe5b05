/** Notifications that Alertmanager itself counts as failed. */
import type { Labels } from '../domain/label-set.ts';
import { report, type Finding } from './finding.ts';

/** By reason, which Alertmanager reports since 0.26. */
export const FAILED_DELIVERIES =
  'sum by (reason) (increase(alertmanager_notifications_failed_total{integration="webhook"}[1h])) > 0';

/** @param failed the labels of the series of `FAILED_DELIVERIES` */
export function checkDeliveries(failed: readonly Labels[]): readonly Finding[] {
  const { warning } = report('alertmanager.deliveries');
  return failed.map(({ reason }) => {
    const evidence = `in the last hour Alertmanager could not deliver to a webhook${reason === undefined ? '' : ` (${reason})`}`;
    if (reason !== 'authError') {
      return warning(
        evidence,
        'find the receiver and the answer in the log of Alertmanager (`unexpected status code`)',
      );
    }
    return warning(
      `${evidence}: the answer was 401 or 403`,
      "compare the token in the receiver's http_config.authorization with the server's token",
    );
  });
}
