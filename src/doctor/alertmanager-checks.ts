/** Whether Alertmanager delivers the alerts that are meant for ec2-operator. Pure. */
import type { Route } from '../domain/intent.ts';
import type { AlertmanagerConfig, Webhook } from './alertmanager-config.ts';
import type { Labels } from '../domain/label-set.ts';
import { allRoutes, routesFor, type AlertRoute } from './alertmanager-route.ts';
import { findingsOf, listSome, report, type Finding } from './finding.ts';
import { checkGrouping, checkNearMiss, checkTimes, checkWebhook } from './webhook-checks.ts';

/** A rule with the labels of its alerts, as far as they are known. */
export interface RoutedRule {
  readonly name: string;
  readonly alerts: readonly Labels[];
}

export interface AlertmanagerContext {
  /** Whether the server refuses requests without a token. */
  readonly needsToken: boolean;
  /** Absent when Prometheus was not asked. */
  readonly rules?: readonly RoutedRule[];
}

export function checkAlertmanager(config: AlertmanagerConfig, context: AlertmanagerContext): readonly Finding[] {
  const ours = ourWebhooks(config, context);
  const receivers = new Set(ours.map(({ receiver }) => receiver));
  const all = allRoutes(config.route);
  const leading = all.filter(({ receiver }) => receivers.has(receiver));
  return findingsOf([
    ...checkReceivers(config, ours),
    ...ours.flatMap((webhook) => checkWebhook(webhook, context.needsToken)),
    ...ours.map((webhook) => checkUsed(webhook, leading)),
    ...leading.map((route) => checkGrouping(route, alertsOn(route, config, context))),
    ...leading.flatMap(checkTimes),
    ...all.map(checkUnreadable),
    ...checkRules(config, context, ours),
  ]);
}

function alertsOn(
  route: AlertRoute,
  config: AlertmanagerConfig,
  { rules = [] }: AlertmanagerContext,
): readonly Labels[] {
  return rules.flatMap(({ alerts }) => alerts.filter((labels) => routesFor(config.route, labels).includes(route)));
}

/** The webhook route that alerts with these labels are posted to; undefined where Alertmanager does not show it. */
export function routeOf(config: AlertmanagerConfig, labels: Labels): Route | undefined {
  const receivers = routesFor(config.route, labels).map(({ receiver }) => receiver);
  return config.webhooks
    .filter(({ receiver }) => receivers.includes(receiver))
    .map(({ leadsTo }) => leadsTo)
    .find((leadsTo) => leadsTo === 'hostname' || leadsTo === 'instance');
}

/**
 * The webhooks that post to ec2-operator. Of the webhooks with a hidden URL: those named after it, or else those that get
 * the rules' alerts.
 */
export function ourWebhooks(
  config: AlertmanagerConfig,
  { rules = [] }: Pick<AlertmanagerContext, 'rules'>,
): readonly Webhook[] {
  const known = config.webhooks.filter(({ leadsTo }) => leadsTo === 'hostname' || leadsTo === 'instance');
  const hidden = config.webhooks.filter(({ leadsTo }) => leadsTo === 'hidden');
  const named = hidden.filter(({ receiver }) => /ec2.?op/i.test(receiver));
  if (known.length > 0 || named.length > 0) return [...known, ...named];
  const routes = rules.flatMap(({ alerts }) => alerts.flatMap((labels) => routesFor(config.route, labels)));
  const reached = new Set(routes.map(({ receiver }) => receiver));
  return hidden.filter(({ receiver }) => reached.has(receiver));
}

function checkReceivers(config: AlertmanagerConfig, ours: readonly Webhook[]): readonly Finding[] {
  const { ok, info, error } = report('alertmanager.receiver');
  const missed = findingsOf(config.webhooks.map(checkNearMiss));
  const known = ours.filter(({ leadsTo }) => leadsTo !== 'hidden');
  if (known.length > 0) return [...missed, ok(`${listSome(namesOf(known))} posts to ec2-operator`)];
  // Each of these has a finding of its own.
  if (ours.length > 0 || missed.length > 0) return missed;
  const hidden = config.webhooks.filter(({ leadsTo }) => leadsTo === 'hidden');
  if (hidden.length === 0) {
    const change =
      'add a receiver with a webhook to http://…/operateHostname, as in deploy/prometheus/alertmanager.yaml';
    return [error('no receiver posts to /operateHostname or /operateInstance', change)];
  }
  return [
    info(
      `Alertmanager hides webhook URLs (since 0.26), and no alert known to be for ec2-operator goes to ${listSome(namesOf(hidden))}`,
      'check that one of them posts to /operateHostname or /operateInstance',
    ),
  ];
}

function namesOf(webhooks: readonly Webhook[]): readonly string[] {
  return [...new Set(webhooks.map(({ receiver }) => receiver))];
}

function checkUsed({ receiver }: Webhook, leading: readonly AlertRoute[]): Finding | undefined {
  if (leading.some((route) => route.receiver === receiver)) return undefined;
  return report('alertmanager.route', receiver).error(
    'no route leads to this receiver: it never gets an alert',
    'add a route: { receiver, matchers: [\'action =~ "start|stop"\'] }',
  );
}

function checkUnreadable({ path, unreadable }: AlertRoute): Finding | undefined {
  if (unreadable.length === 0) return undefined;
  return report('alertmanager.route', path).info(
    `the matcher ${listSome(unreadable)} could not be read: it is not known what it matches`,
    'try it with: amtool config routes test',
  );
}

function checkRules(
  config: AlertmanagerConfig,
  { rules }: AlertmanagerContext,
  ours: readonly Webhook[],
): readonly Finding[] {
  if (rules !== undefined) return rules.map((rule) => checkRule(config, rule, ours));
  return [
    report('alertmanager.route').info(
      'the routes of the rules were not checked',
      'set prometheus.url: the doctor then follows each rule with a label action through the routes',
    ),
  ];
}

function checkRule(config: AlertmanagerConfig, rule: RoutedRule, ours: readonly Webhook[]): Finding {
  const { ok, info, warning, error } = report('alertmanager.route', rule.name);
  const receivers = new Set(ours.map(({ receiver }) => receiver));
  const taken = rule.alerts.map((labels) => {
    const routes = routesFor(config.route, labels);
    return { routes, toUs: routes.filter(({ receiver }) => receivers.has(receiver)) };
  });
  const lost = taken.find(({ toUs }) => toUs.length === 0);
  if (lost !== undefined) {
    const to = listSome(lost.routes.map(({ path, receiver }) => `${receiver} by ${path}`));
    return error(
      `no route leads this alert to ec2-operator: it goes to ${to === '' ? 'no receiver' : to}`,
      'add a route with matchers: [\'action =~ "start|stop"\'] above the others, or `continue: true` to the routes before it',
    );
  }
  const twice = taken.find(({ toUs }) => toUs.length > 1);
  if (twice !== undefined) {
    const paths = twice.toUs.map(({ path }) => path).join(' and ');
    return warning(`is sent to ec2-operator more than once, by ${paths}`, 'keep one route to ec2-operator');
  }
  const all = taken.flatMap(({ toUs }) => toUs);
  const paths = listSome([...new Set(all.map(({ path }) => path))]);
  const hidden = ours.find(
    ({ leadsTo, receiver }) => leadsTo === 'hidden' && all.some((each) => each.receiver === receiver),
  );
  if (hidden === undefined) return ok(`reaches ec2-operator by ${paths}`);
  const change = 'check that its URL ends in /operateHostname or /operateInstance';
  return info(`goes to ${hidden.receiver} by ${paths}; whether that is ec2-operator cannot be seen`, change);
}
