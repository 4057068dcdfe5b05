/** Checks a receiver of Alertmanager that posts to ec2-operator, and the routes that lead to it. Pure. */
import type { Webhook } from './alertmanager-config.ts';
import type { Labels } from '../domain/label-set.ts';
import type { AlertRoute } from './alertmanager-route.ts';
import { findingsOf, report, type Finding } from './finding.ts';

/** @param needsToken whether the server refuses requests without a token */
export function checkWebhook(webhook: Webhook, needsToken: boolean): readonly Finding[] {
  const { warning, error, info } = report('alertmanager.receiver', webhook.receiver);
  const { url = '' } = webhook;
  return findingsOf([
    webhook.maxAlerts > 0 &&
      error(
        `max_alerts: ${webhook.maxAlerts}: Alertmanager drops further alerts and counts them as sent`,
        'set max_alerts: 0',
      ),
    !webhook.sendsResolved &&
      warning(
        'send_resolved: false: an alert that resolves cannot cancel a stop that still waits',
        'set send_resolved: true',
      ),
    needsToken &&
      !webhook.authorizes &&
      error(
        'sends no authorization, but the server requires a token: every delivery is answered with 401, and Alertmanager does not retry it',
        'set http_config.authorization.credentials_file to a file with the token',
      ),
    url.startsWith('http://') &&
      webhook.followsRedirects &&
      mayRedirect(url) &&
      warning(
        `posts to ${url}: if that redirects to https, the POST becomes a GET without alerts`,
        'use the https URL, and set http_config.follow_redirects: false',
      ),
    webhook.leadsTo === 'hidden' &&
      info(
        'Alertmanager hides webhook URLs (since 0.26): whether this one is right cannot be seen',
        'check that it ends in /operateHostname or /operateInstance',
      ),
  ]);
}

/** A proxy that redirects to https listens on port 80; the server itself never redirects. */
function mayRedirect(url: string): boolean {
  const port = URL.parse(url)?.port;
  return port === '' || port === '80';
}

/** A misspelt path, such as `operatehostname`. Undefined for webhooks of others. */
export function checkNearMiss(webhook: Webhook): Finding | undefined {
  if (webhook.leadsTo !== 'elsewhere' || webhook.url === undefined) return undefined;
  const path = URL.parse(webhook.url)?.pathname ?? '';
  if (!/operate_?-?(?:hostname|instance)/i.test(path)) return undefined;
  return report('alertmanager.receiver', webhook.receiver).error(
    `posts to ${webhook.url}, which is not a route of ec2-operator: it answers 404`,
    'let the URL end in exactly /operateHostname or /operateInstance',
  );
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const LONGEST_REPEAT_MS = 4 * HOUR;
const LONGEST_INTERVAL_MS = 15 * MINUTE;

/** @param alerts the labels of the alerts on this route, as far as they are known */
export function checkGrouping(route: AlertRoute, alerts: readonly Labels[]): Finding | undefined {
  const { warning, info } = report('alertmanager.route', route.path);
  const change = 'set group_by: [alertname, action]';
  const consequence = 'all alerts of this route are one group, and a change of one alert sends all of them again';
  if (route.groupBy.length === 0) return warning(`group_by is not set: ${consequence}`, change);
  if (route.groupBy.includes('...')) {
    return info("group_by: ['...'] makes a delivery of every alert: many machines at once are many deliveries", change);
  }
  const divides = alerts.some((labels) => route.groupBy.some((name) => labels[name] !== undefined));
  if (alerts.length === 0 || divides) return undefined;
  return warning(`no alert has a label of group_by (${route.groupBy.join(', ')}): ${consequence}`, change);
}

/** How often alerts are sent and repeated on a route that leads to ec2-operator. */
export function checkTimes(route: AlertRoute): readonly Finding[] {
  const { warning, info } = report('alertmanager.route', route.path);
  const { repeatIntervalMs, groupIntervalMs } = route;
  const [repeat, group] = [show(repeatIntervalMs), show(groupIntervalMs)];
  return findingsOf([
    repeatIntervalMs > LONGEST_REPEAT_MS &&
      warning(
        `repeat_interval is ${repeat}: a refused or failed stop is tried again only then`,
        'set repeat_interval: 1h on this route',
      ),
    repeatIntervalMs < groupIntervalMs &&
      warning(
        `repeat_interval (${repeat}) is shorter than group_interval (${group}) and is rounded up to a multiple of it`,
        'set repeat_interval to a multiple of group_interval',
      ),
    groupIntervalMs > LONGEST_INTERVAL_MS &&
      warning(
        `group_interval is ${group}: a machine that joins a group, and a failed delivery, wait that long`,
        'set group_interval: 1m on this route',
      ),
    route.timeIntervals.length > 0 &&
      info(
        `is muted at times (${route.timeIntervals.join(', ')})`,
        'check that machines should neither start nor stop at these times',
      ),
  ]);
}

function show(ms: number): string {
  if (ms < MINUTE) return `${ms / 1_000}s`;
  return ms < HOUR ? `${Math.round(ms / MINUTE)}m` : `${Math.round((ms / HOUR) * 10) / 10}h`;
}
