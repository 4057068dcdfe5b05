/** Whether Alertmanager brings us the alerts that are meant for us. Pure. */
import type { Route } from '../domain/intent.ts';
import type { AlertmanagerConfig, Webhook } from './alertmanager-config.ts';
import type { Labels } from '../domain/label-set.ts';
import { allRoutes, routesFor, type AlertRoute } from './alertmanager-route.ts';
import { listSome, report, type Finding } from './finding.ts';
import { checkGrouping, checkNearMiss, checkTimes, checkWebhook } from './webhook-checks.ts';

/** A rule with the labels of its alerts, as far as they are known. */
export interface RoutedRule {
  readonly name: string;
  readonly alerts: readonly Labels[];
}

export interface AlertmanagerContext {
  /** Whether our server refuses requests without a token. */
  readonly needsToken: boolean;
  /** Absent: no Prometheus was asked. */
  readonly rules?: readonly RoutedRule[];
}

/** Looks at the whole configuration. */
export function checkAlertmanager(config: AlertmanagerConfig, context: AlertmanagerContext): readonly Finding[] {
  const ours = ourWebhooks(config, context);
  const receivers = new Set(ours.map(({ receiver }) => receiver));
  const leading = allRoutes(config.route).filter(({ receiver }) => receivers.has(receiver));
  return [
    ...checkReceivers(config, ours),
    ...ours.flatMap((webhook) => checkWebhook(webhook, context.needsToken)),
    ...ours.flatMap((webhook) => checkUsed(webhook, leading)),
    ...leading.flatMap((route) => checkGrouping(route, alertsOn(route, config, context))),
    ...leading.flatMap(checkTimes),
    ...checkUnreadable(config.route),
    ...checkRules(config, context, ours),
  ];
}

function alertsOn(
  route: AlertRoute,
  config: AlertmanagerConfig,
  { rules = [] }: AlertmanagerContext,
): readonly Labels[] {
  return rules.flatMap(({ alerts }) => alerts.filter((labels) => routesFor(config.route, labels).includes(route)));
}

/** Whether alerts with these labels are posted to one of our routes, as far as Alertmanager shows. */
export function reaches(config: AlertmanagerConfig, labels: Labels): boolean {
  return routeOf(config, labels) !== undefined;
}

/** Where one of our alerts would be posted to; undefined where that is not known. */
export function routeOf(config: AlertmanagerConfig, labels: Labels): Route | undefined {
  const receivers = routesFor(config.route, labels).map(({ receiver }) => receiver);
  const webhook = config.webhooks.find(
    ({ receiver, leadsTo }) => receivers.includes(receiver) && (leadsTo === 'hostname' || leadsTo === 'instance'),
  );
  return webhook?.leadsTo === 'hostname' || webhook?.leadsTo === 'instance' ? webhook.leadsTo : undefined;
}

/** Those that post to us. Of those with a hidden URL the ones that are named after us, or else those that get our alerts. */
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
  const missed = config.webhooks.flatMap((webhook) => checkNearMiss(webhook) ?? []);
  const known = ours.filter(({ leadsTo }) => leadsTo !== 'hidden');
  if (known.length > 0) return [...missed, ok(`${listSome(namesOf(known))} posts to ec2-operator`)];
  // Each of these gets a finding of its own.
  if (ours.length > 0) return missed;
  if (missed.length > 0) return missed;
  const hidden = config.webhooks.filter(({ leadsTo }) => leadsTo === 'hidden');
  if (hidden.length > 0) {
    return [
      info(
        `Alertmanager shows no webhook URLs (since 0.26), and none of ${listSome(namesOf(hidden))} gets an alert that is known to be ours`,
        'see that one of them posts to /operateHostname or /operateInstance',
      ),
    ];
  }
  const change =
    'add a receiver with a webhook that posts to http://…/operateHostname: deploy/prometheus/alertmanager.yaml';
  return [error('no receiver posts to /operateHostname or /operateInstance', change)];
}

function namesOf(webhooks: readonly Webhook[]): readonly string[] {
  return [...new Set(webhooks.map(({ receiver }) => receiver))];
}

function checkUsed({ receiver }: Webhook, leading: readonly AlertRoute[]): readonly Finding[] {
  if (leading.some((route) => route.receiver === receiver)) return [];
  return [
    report('alertmanager.route', receiver).error(
      'no route leads to this receiver: it never gets an alert',
      'add a route: { receiver, matchers: [\'action =~ "start|stop"\'] }',
    ),
  ];
}

function checkUnreadable(route: AlertRoute): readonly Finding[] {
  return allRoutes(route)
    .filter(({ unreadable }) => unreadable.length > 0)
    .map(({ path, unreadable }) =>
      report('alertmanager.route', path).info(
        `its matcher ${listSome(unreadable)} could not be read: what it matches is not known`,
        'try it with: amtool config routes test',
      ),
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
      'whether your rules take a route to ec2-operator was not looked at',
      'set prometheus.url, and each rule with a label action is followed through the routes',
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
      `no route leads this alert to us: it goes to ${to === '' ? 'no receiver' : to}`,
      'add a route with matchers: [\'action =~ "start|stop"\'] above the others, or `continue: true` to the ones before it',
    );
  }
  const twice = taken.find(({ toUs }) => toUs.length > 1);
  if (twice !== undefined) {
    const paths = twice.toUs.map(({ path }) => path).join(' and ');
    return warning(`is sent to us more than once, by ${paths}`, 'leave one route to ec2-operator');
  }
  const all = taken.flatMap(({ toUs }) => toUs);
  const paths = listSome([...new Set(all.map(({ path }) => path))]);
  const hidden = ours.find(
    ({ leadsTo, receiver }) => leadsTo === 'hidden' && all.some((each) => each.receiver === receiver),
  );
  if (hidden === undefined) return ok(`reaches us by ${paths}`);
  const change = 'see that its URL ends in /operateHostname or /operateInstance';
  return info(`goes to ${hidden.receiver} by ${paths}; whether that is ec2-operator cannot be seen`, change);
}
