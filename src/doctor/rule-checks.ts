/** Checks a rule that starts or stops machines. Pure. */
import { intend, type IntendContext } from '../domain/intend.ts';
import { parseDryRun, type Intent, type Route } from '../domain/intent.ts';
import type { Labels } from '../domain/label-set.ts';
import { readLabels } from '../domain/labels.ts';
import { targetKey } from '../domain/target.ts';
import { GPU_LABELS, isTemplate, nameOfRule, type AlertingRule } from '../prometheus/rule.ts';
import { findingsOf, listSome, report, type Finding, type Reporter } from './finding.ts';
import type { SeenRule } from './prometheus.ts';

/** The settings by which the server reads an alert. */
export interface RuleContext extends Pick<IntendContext, 'defaultClient' | 'labels' | 'now'> {
  /** The webhook route that alerts are posted to, if Alertmanager shows it. */
  readonly routeOf: (labels: Labels) => Route | undefined;
}

export interface CheckedRule {
  readonly findings: readonly Finding[];
  /** The intents of its alerts. */
  readonly intents: readonly Intent[];
}

export function checkRule(seen: SeenRule, context: RuleContext): CheckedRule {
  const { rule } = seen;
  const reporter = report('prometheus.rule', nameOfRule(rule));
  const intended = intendAlerts(seen, context, reporter);
  const findings = findingsOf([
    checkHealth(rule, reporter, context.now),
    checkFor(rule, reporter),
    checkDryRun(rule, reporter),
    checkCoverage(rule, reporter),
    ...checkIgnored(rule, context, reporter),
    checkGpus(seen, intended.byTarget, reporter),
    ...intended.findings,
  ]);
  const intents = [...intended.byTarget.values()].flatMap(([first]) => (first === undefined ? [] : [first.intent]));
  return { findings: findings.length > 0 ? findings : [reporter.ok('nothing is wrong with it')], intents };
}

function checkHealth(rule: AlertingRule, { warning, error }: Reporter, now: number): Finding | undefined {
  if (rule.lastError !== undefined || rule.health === 'err') {
    return error(`cannot be evaluated: ${rule.lastError ?? 'no reason given'}`, 'correct its expression or templates');
  }
  if (rule.evaluatedAt === undefined) {
    return warning('has never been evaluated', 'wait for its interval, then look at the log of Prometheus');
  }
  const ageMs = now - rule.evaluatedAt;
  if (ageMs <= 3 * rule.intervalMs + 60_000) return undefined;
  return warning(
    `was last evaluated ${Math.round(ageMs / 1_000)} s ago, and should be every ${rule.intervalMs / 1_000} s`,
    'check whether Prometheus is overloaded: prometheus_rule_group_last_duration_seconds',
  );
}

function checkFor(rule: AlertingRule, { warning }: Reporter): Finding | undefined {
  // A start that comes too early costs little, and people who wait for a machine should not wait for `for` as well.
  if (rule.forMs > 0 || rule.labels['action'] === 'start') return undefined;
  return warning(
    'has no `for`: it fires at the first evaluation that finds a machine idle, also right after a restart of Prometheus',
    'add `for: 5m` or more; deploy/prometheus/rules.yaml shows a whole rule',
  );
}

/** A window with few samples or none is as quiet as an idle machine. */
function checkCoverage(rule: AlertingRule, { warning }: Reporter): Finding | undefined {
  if (rule.labels['action'] !== 'stop') return undefined;
  const looksBack = /\[\s*\d+\w*\s*(?::[^\]]*)?\]/.test(rule.query);
  const countsSamples = /\b(?:count|present|absent)_over_time\s*\(|\btimestamp\s*\(/.test(rule.query);
  if (!looksBack || countsSamples) return undefined;
  return warning(
    'does not check that its window is full of samples: a machine that just booted, or whose exporter was down, looks idle',
    'require a sample in each minute with count_over_time, as deploy/prometheus/rules.yaml does',
  );
}

function checkDryRun(rule: AlertingRule, { warning }: Reporter): Finding | undefined {
  const written = rule.labels['dryrun'];
  if (written !== undefined && (isTemplate(written) || !parseDryRun(written))) return undefined;
  const says =
    written === undefined ? 'has no label dryrun, which means true' : `has dryrun: ${JSON.stringify(written)}`;
  return warning(
    `${says}: EC2 only checks the permission, and no machine starts or stops`,
    'set `dryrun: "false"` once you have seen what it would do',
  );
}

/** A label that the rule sets itself was probably meant for ec2-operator. */
function checkIgnored(rule: AlertingRule, context: RuleContext, { warning }: Reporter): readonly Finding[] {
  return readLabels(rule.labels, 'hostname', context.labels)
    .ignored.filter((name) => !isTemplate(rule.labels[name] ?? ''))
    .map((name) =>
      warning(
        `has ${name}: ${JSON.stringify(rule.labels[name] ?? '')}, which is not read`,
        `rename the label to ec2_${name} if it is meant for ec2-operator, or name it in \`labels.${name}\``,
      ),
    );
}

interface AlertOfRule {
  readonly labels: Labels;
  readonly intent: Intent;
}

type AlertsByTarget = ReadonlyMap<string, readonly AlertOfRule[]>;

/** Reads the rule's alerts with the server's own code. */
function intendAlerts(
  seen: SeenRule,
  context: RuleContext,
  { error, info }: Reporter,
): { readonly findings: readonly Finding[]; readonly byTarget: AlertsByTarget } {
  const byTarget = new Map<string, readonly AlertOfRule[]>();
  const problems = new Map<string, Labels>();
  const isUnseen = seen.from === 'nothing';
  for (const labels of isUnseen ? [standIn(seen.rule)] : seen.alerts) {
    const startsAt = new Date(context.now).toISOString();
    const alert = { status: 'firing', labels, annotations: {}, startsAt, fingerprint: 'doctor' };
    const intended = intend(alert, { ...context, route: context.routeOf(labels) ?? likelyRoute(labels) });
    if (intended.outcome !== 'intent') {
      problems.set(intended.message, problems.get(intended.message) ?? labels);
    } else if (!isUnseen) {
      const key = targetKey(intended.intent.target);
      byTarget.set(key, [...(byTarget.get(key) ?? []), { labels, intent: intended.intent }]);
    }
  }
  const findings = [...problems].map(([message, labels]) =>
    error(
      `its alerts are invalid: ${message}`,
      `correct the labels of the rule; one of its alerts has ${describeLabels(labels)}`,
    ),
  );
  const unseen = isUnseen ? [info('has no series at this moment: the machines it names could not be checked')] : [];
  return { findings: [...findings, ...unseen], byTarget };
}

/** The labels that the rule sets itself. Labels that only a series can set are assumed to be right. */
function standIn(rule: AlertingRule): Labels {
  const known = Object.entries(rule.labels).filter(([, text]) => !isTemplate(text));
  return {
    hostname: '192.0.2.1',
    instance_id: 'i-00000000000000000',
    ...Object.fromEntries(known),
    ...(isTemplate(rule.labels['action'] ?? '') ? { action: 'stop' } : {}),
    alertname: rule.name,
  };
}

/** A guess by the labels, for when Alertmanager does not show the route. */
function likelyRoute(labels: Labels): Route {
  return labels['hostname'] === undefined && labels['instance_id'] !== undefined ? 'instance' : 'hostname';
}

/** A machine with seven idle GPUs and a busy one must not look idle seven times. */
function checkGpus(seen: SeenRule, byTarget: AlertsByTarget, { error, warning }: Reporter): Finding | undefined {
  const change =
    'aggregate over the GPUs of a machine, such as with max by (instance) (...): deploy/prometheus/rules.yaml';
  for (const [target, alerts] of [...byTarget].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const label = GPU_LABELS.find((name) => new Set(alerts.map(({ labels }) => labels[name])).size > 1);
    if (label !== undefined) {
      const values = listSome(alerts.map(({ labels }) => labels[label] ?? '(none)').sort(), 3);
      const evidence = `looks at each GPU alone: ${target} has ${alerts.length} series, ${label}=${values}; one idle GPU`;
      return error(`${evidence} is enough to ${alerts[0]?.intent.verb ?? 'stop'} the machine`, change);
    }
  }
  if ([...byTarget.values()].some((alerts) => alerts.some(({ labels }) => isPerGpu(labels)))) {
    return warning('its series carry the label of a GPU: each GPU of a machine is judged alone', change);
  }
  if (seen.from !== 'nothing' || !looksPerGpu(seen.rule.query)) return undefined;
  return warning('its expression reads a GPU metric without aggregating: it may look at each GPU alone', change);
}

function isPerGpu(labels: Labels): boolean {
  return ['uuid', 'UUID', 'gpu_uuid'].some((name) => labels[name] !== undefined);
}

function looksPerGpu(expression: string): boolean {
  return (
    /DCGM_|nvidia|gpu/i.test(expression) && !/\b(?:max|min|sum|avg|count|group)\s*(?:by|without)?\s*\(/.test(expression)
  );
}

function describeLabels(labels: Labels): string {
  const shown = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value.slice(0, 80))}`);
  return listSome(shown, 8);
}
