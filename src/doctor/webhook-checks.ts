/** What is wrong with a receiver of Alertmanager that posts to us, and with the routes that lead to it. Pure. */
import type { Webhook } from './alertmanager-config.ts';
import type { Labels } from '../domain/label-set.ts';
import type { AlertRoute } from './alertmanager-route.ts';
import { report, type Finding } from './finding.ts';

/** @param needsToken whether our server refuses requests without a token */
export function checkWebhook(webhook: Webhook, needsToken: boolean): readonly Finding[] {
  const { warning, error, info } = report('alertmanager.receiver', webhook.receiver);
  const findings: Finding[] = [];
  if (webhook.maxAlerts > 0) {
    findings.push(
      error(
        `max_alerts: ${webhook.maxAlerts}: what it cuts off is never sent, and still counts as sent`,
        'set max_alerts: 0',
      ),
    );
  }
  if (!webhook.sendsResolved) {
    findings.push(
      warning(
        'send_resolved: false: an alert that resolves cannot call off a stop that still waits',
        'set send_resolved: true',
      ),
    );
  }
  if (needsToken && !webhook.authorizes) {
    findings.push(
      error(
        'sends no authorization, and the server wants a token: every delivery is answered with 401, which Alertmanager does not try again',
        'set http_config.authorization.credentials_file to a file with the token',
      ),
    );
  }
  if (webhook.url?.startsWith('http://') === true && webhook.followsRedirects && mayRedirect(webhook.url)) {
    findings.push(
      warning(
        `posts to ${webhook.url}: where that redirects to https, the POST becomes a GET without alerts`,
        'write the https URL, and set http_config.follow_redirects: false',
      ),
    );
  }
  if (webhook.leadsTo === 'hidden') {
    findings.push(
      info(
        'Alertmanager shows no webhook URLs (since 0.26): whether this one is right cannot be seen',
        'see that it ends in /operateHostname or /operateInstance',
      ),
    );
  }
  return findings;
}

/** A proxy that redirects to https listens on port 80; the server itself never redirects. */
function mayRedirect(url: string): boolean {
  const port = URL.parse(url)?.port;
  return port === '' || port === '80';
}

/** What ends in `operatehostname`, say, gets 404. Undefined: it is not meant for us at all. */
export function checkNearMiss(webhook: Webhook): Finding | undefined {
  if (webhook.leadsTo !== 'elsewhere' || webhook.url === undefined) return undefined;
  const path = URL.parse(webhook.url)?.pathname ?? '';
  if (!/operate_?-?(?:hostname|instance)/i.test(path)) return undefined;
  return report('alertmanager.receiver', webhook.receiver).error(
    `posts to ${webhook.url}, which is not a route of ec2-operator: it answers 404`,
    'let the URL end in /operateHostname or /operateInstance, exactly',
  );
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** After so long a machine that should be stopped has cost more than anybody wants. */
const LONGEST_REPEAT_MS = 4 * HOUR;
const LONGEST_INTERVAL_MS = 15 * MINUTE;

/**
 * How alerts are grouped on a route that leads to us.
 *
 * @param alerts the labels of those that take it, as far as they are known
 */
export function checkGrouping(route: AlertRoute, alerts: readonly Labels[]): readonly Finding[] {
  const { warning, info } = report('alertmanager.route', route.path);
  const change = 'set group_by: [alertname, action]';
  const consequence = 'all alerts of this route are one group, and whenever one changes, all are sent again';
  if (route.groupBy.length === 0) return [warning(`group_by is not set: ${consequence}`, change)];
  if (route.groupBy.includes('...')) {
    const evidence = "group_by: ['...'] makes a delivery of every alert: many machines at once are many deliveries";
    return [info(evidence, change)];
  }
  const divides = alerts.some((labels) => route.groupBy.some((name) => labels[name] !== undefined));
  if (alerts.length === 0 || divides) return [];
  return [warning(`no alert has a label that group_by names (${route.groupBy.join(', ')}): ${consequence}`, change)];
}

/** How often alerts are sent and repeated on a route that leads to us. */
export function checkTimes(route: AlertRoute): readonly Finding[] {
  const { warning, info } = report('alertmanager.route', route.path);
  const findings: Finding[] = [];
  if (route.repeatIntervalMs > LONGEST_REPEAT_MS) {
    findings.push(
      warning(
        `repeat_interval is ${hours(route.repeatIntervalMs)}: a stop that was refused or failed is looked at again only then`,
        'set repeat_interval: 1h on this route',
      ),
    );
  }
  if (route.repeatIntervalMs < route.groupIntervalMs) {
    findings.push(
      warning(
        `repeat_interval (${hours(route.repeatIntervalMs)}) is shorter than group_interval (${hours(route.groupIntervalMs)}), by which it is rounded up`,
        'set repeat_interval to a multiple of group_interval',
      ),
    );
  }
  if (route.groupIntervalMs > LONGEST_INTERVAL_MS) {
    findings.push(
      warning(
        `group_interval is ${hours(route.groupIntervalMs)}: so long waits a machine that joins a group, and a delivery that failed`,
        'set group_interval: 1m on this route',
      ),
    );
  }
  if (route.timeIntervals.length > 0) {
    findings.push(
      info(
        `says nothing at times (${route.timeIntervals.join(', ')})`,
        'see that these are the times at which nothing should be stopped or started',
      ),
    );
  }
  return findings;
}

function hours(ms: number): string {
  if (ms < MINUTE) return `${ms / 1_000}s`;
  return ms < HOUR ? `${Math.round(ms / MINUTE)}m` : `${Math.round((ms / HOUR) * 10) / 10}h`;
}
