/** The way of an alert: from the rule in Prometheus through Alertmanager's routes to the server. */
import type { Assembled } from '../assemble.ts';
import type { Config } from '../config/schema.ts';
import type { Intent } from '../domain/intent.ts';
import { checkAlertmanager, ourWebhooks, routeOf, type RoutedRule } from './alertmanager-checks.ts';
import { parseStatus, type AlertmanagerConfig } from './alertmanager-config.ts';
import { checkOnResolved } from './on-resolved.ts';
import type { Labels } from '../domain/label-set.ts';
import { checkClock } from './clock.ts';
import { checkExternalLabels } from './external-labels.ts';
import { findingsOf, messageOf, report, type Finding } from './finding.ts';
import { checkDeliveries } from './deliveries.ts';
import { checkGpus } from './gpus.ts';
import { checkSenderTokens } from './sender-token.ts';
import { getJson, type Api } from '../outgoing/get-json.ts';
import { readPrometheus, type PrometheusSeen, type SeenRule } from './prometheus.ts';
import { alertLabels, nameOfRule } from '../prometheus/rule.ts';
import { checkRule } from './rule-checks.ts';

export interface MonitoringSeen {
  readonly findings: readonly Finding[];
  /** The intents of each rule's alerts, one for each machine. */
  readonly wanted: readonly { readonly rule: string; readonly intents: readonly Intent[] }[];
}

/** Checks Alertmanager and Prometheus, and says which of them is not configured. */
export async function checkMonitoring(
  config: Config,
  { clock, labels: labelSettings, settings }: Pick<Assembled, 'clock' | 'labels' | 'settings'>,
): Promise<MonitoringSeen> {
  const alertmanager = await askAlertmanager(config.alertmanager);
  const routes = alertmanager.config;
  const prometheus = await askPrometheus(config.prometheus, (labels) => isOurs(labels, routes));
  const { seen } = prometheus;
  const context = {
    routeOf: (labels: Labels) => (routes === undefined ? undefined : routeOf(routes, labels)),
    defaultClient: config.client,
    labels: labelSettings,
    now: clock(),
  };
  const checked = (seen?.rules ?? []).map((each) => ({ rule: each.rule, ...checkRule(each, context) }));
  const rules = checked.map(({ rule }) => rule);
  const routed = seen === undefined ? {} : { rules: seen.rules.map((rule) => toRouted(rule, seen.externalLabels)) };
  return {
    findings: [
      ...alertmanager.findings,
      ...(routes === undefined ? [] : checkAlertmanager(routes, { needsToken: config.auth === 'token', ...routed })),
      ...(routes === undefined ? [] : await checkSenderTokens(config, ourWebhooks(routes, routed))),
      ...prometheus.findings,
      ...(seen === undefined ? [] : checkDeliveries(seen.failedDeliveries)),
      ...(seen === undefined ? [] : checkExternalLabels(seen.externalLabels, labelSettings)),
      ...checked.flatMap(({ findings }) => findings),
      ...(seen === undefined ? [] : checkGpus(seen.gpus, rules)),
      ...checkOnResolved(rules, settings.guards.onResolved.stops),
    ],
    wanted: checked.map(({ rule, intents }) => ({ rule: nameOfRule(rule), intents })),
  };
}

/** Whether a rule is meant to start or stop machines. Other rules may use a label `action` for their own purposes. */
function isOurs(labels: Labels, routes: AlertmanagerConfig | undefined): boolean {
  if (routes !== undefined && routeOf(routes, labels) !== undefined) return true;
  const { action, on_resolved: onResolved, hostname, instance_id: instanceId } = labels;
  if (onResolved === 'start' || onResolved === 'stop') return true;
  if (action === undefined) return false;
  return /^\s*(?:start|stop)\s*$/i.test(action) || hostname !== undefined || instanceId !== undefined;
}

/** A rule without series still has a name and labels, by which its alerts are routed. */
function toRouted({ rule, alerts }: SeenRule, external: Labels): RoutedRule {
  return { name: nameOfRule(rule), alerts: alerts.length > 0 ? alerts : [alertLabels(rule, {}, external)] };
}

async function askAlertmanager(
  api: Api | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly config?: AlertmanagerConfig }> {
  const { ok, info, error } = report('alertmanager', api?.url);
  if (api === undefined) {
    return { findings: [info('is not configured: its routes were not checked', 'set alertmanager.url')] };
  }
  try {
    const { value, clock } = await getJson(api, 'api/v2/status');
    const { version, config } = parseStatus(value);
    const clocks = clock === undefined ? [] : checkClock([clock], 'Alertmanager');
    return { findings: [ok(`version ${version} answers`), ...clocks], config };
  } catch (cause) {
    const change = 'correct alertmanager.url and its token_file, and check that this machine reaches it';
    return { findings: [error(messageOf(cause), change)] };
  }
}

async function askPrometheus(
  api: Api | undefined,
  isOurRule: (labels: Labels) => boolean,
): Promise<{ readonly findings: readonly Finding[]; readonly seen?: PrometheusSeen }> {
  const { ok, info, warning, error } = report('prometheus', api?.url);
  if (api === undefined) {
    const evidence = 'is not configured: its rules were not checked, and on_resolved: stop needs it';
    return { findings: [info(evidence, 'set prometheus.url')] };
  }
  try {
    const seen = await readPrometheus(api, isOurRule);
    const add = 'add one with the labels hostname, action and dryrun, as in deploy/prometheus/rules.yaml';
    const findings = findingsOf([
      ...checkClock(seen.clocks, 'Prometheus'),
      !seen.hasAlertmanager &&
        error('sends its alerts to no Alertmanager', 'set alerting.alertmanagers in its configuration'),
      seen.rules.length === 0
        ? warning('no rule starts or stops a machine', add)
        : ok(`${seen.rules.length} rules start or stop machines`),
      report('prometheus.replay', api.url).info(
        'it can be asked what another rule would have saved in the last two weeks, and how often people would have wanted a machine back',
        'to know it, run ec2-operator replay --from-prometheus',
      ),
    ]);
    return { findings, seen };
  } catch (cause) {
    const change = 'correct prometheus.url and its token_file, and check that this machine reaches it';
    return { findings: [error(messageOf(cause), change)] };
  }
}
