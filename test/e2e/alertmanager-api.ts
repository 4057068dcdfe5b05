/** Alertmanager's own view of what it has to tell, and of how telling it goes. */
import * as z from 'zod';

const alerts = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    receivers: z.array(z.object({ name: z.string() })),
    status: z.object({ state: z.string() }),
  }),
);

export type SeenAlert = z.output<typeof alerts>[number];

export async function readAlerts(alertmanagerUrl: string): Promise<readonly SeenAlert[]> {
  return alerts.parse(await (await fetch(`${alertmanagerUrl}/api/v2/alerts`)).json());
}

export interface WebhookCounts {
  /** Notifications, each with all of its retries. */
  readonly sent: number;
  /** Notifications that Alertmanager has given up. */
  readonly failed: number;
  /** HTTP requests that did not go well. */
  readonly failedRequests: number;
}

export async function countWebhooks(alertmanagerUrl: string): Promise<WebhookCounts> {
  const text = await (await fetch(`${alertmanagerUrl}/metrics`)).text();
  return {
    sent: sumOf(text, 'alertmanager_notifications_total'),
    failed: sumOf(text, 'alertmanager_notifications_failed_total'),
    failedRequests: sumOf(text, 'alertmanager_notification_requests_failed_total'),
  };
}

/** Sums over all labels but the integration: newer versions split the failures by reason. */
function sumOf(text: string, name: string): number {
  const samples = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes('integration="webhook"'));
  if (samples.length === 0) throw new Error(`expected Alertmanager to have a metric ${name}`);
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
