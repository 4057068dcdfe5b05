/** What is wrong with a rule that starts or stops machines. Pure. */
import type { Intent, Route } from '../domain/intent.ts';
import { parseDryRun } from '../domain/intent.ts';
import { readLabels } from '../domain/labels.ts';
import { targetKey } from '../domain/target.ts';
import { intentOf, type AlertContext } from './alert-intent.ts';
import type { Labels } from '../domain/label-set.ts';
import { listSome, report, type Finding } from './finding.ts';
import type { SeenRule } from './prometheus.ts';
import { GPU_LABELS, isTemplate, nameOfRule, type AlertingRule } from '../prometheus/rule.ts';

export interface RuleContext extends AlertContext {
  /** Which of our routes its alerts are posted to, as far as Alertmanager says. */
  readonly route: (labels: Labels) => Route | undefined;
}

export interface CheckedRule {
  readonly findings: readonly Finding[];
  /** What its alerts would ask for. */
  readonly intents: readonly Intent[];
}

/** Looks at one rule and the alerts that it makes. */
export function checkRule(seen: SeenRule, context: RuleContext): CheckedRule {
  const { rule } = seen;
  const about = nameOfRule(rule);
  const asked = askedBy(seen, context);
  const findings = [
    ...checkHealth(rule, about, context.now),
    ...checkFor(rule, about),
    ...checkDryRun(rule, about),
    ...checkCoverage(rule, about),
    ...checkIgnored(rule, context, about),
    ...checkGpus(seen, asked.byTarget, about),
    ...asked.findings,
  ];
  const intents = [...asked.byTarget.values()].flatMap(([first]) => (first === undefined ? [] : [first.intent]));
  if (findings.length > 0) return { findings, intents };
  return { findings: [report('prometheus.rule', about).ok('nothing is wrong with it')], intents };
}

function checkHealth(rule: AlertingRule, about: string, now: number): readonly Finding[] {
  const { warning, error } = report('prometheus.rule', about);
  if (rule.lastError !== undefined || rule.health === 'err') {
    return [
      error(`cannot be evaluated: ${rule.lastError ?? 'no reason given'}`, 'correct its expression or templates'),
    ];
  }
  if (rule.evaluatedAt === undefined) {
    return [warning('has never been evaluated', 'wait for its interval; then look at the log of Prometheus')];
  }
  const ageMs = now - rule.evaluatedAt;
  if (ageMs <= 3 * rule.intervalMs + 60_000) return [];
  return [
    warning(
      `was last evaluated ${Math.round(ageMs / 1_000)} s ago, and should be every ${rule.intervalMs / 1_000} s`,
      'see whether Prometheus is overloaded: prometheus_rule_group_last_duration_seconds',
    ),
  ];
}

function checkFor(rule: AlertingRule, about: string): readonly Finding[] {
  // A start that comes too early costs little, and people who wait for a machine should not wait for `for` as well.
  if (rule.forMs > 0 || rule.labels['action'] === 'start') return [];
  return [
    report('prometheus.rule', about).warning(
      'has no `for`: it fires at the first evaluation that finds a machine idle, also right after a restart of Prometheus',
      'add `for: 5m` or more; deploy/prometheus/rules.yaml shows a whole rule',
    ),
  ];
}

/** A window with few samples in it, or none but one, is as quiet as an idle machine. */
function checkCoverage(rule: AlertingRule, about: string): readonly Finding[] {
  if (rule.labels['action'] !== 'stop') return [];
  const looksBack = /\[\s*\d+\w*\s*(?::[^\]]*)?\]/.test(rule.query);
  const asksForSamples = /\b(?:count|present|absent)_over_time\s*\(|\btimestamp\s*\(/.test(rule.query);
  if (!looksBack || asksForSamples) return [];
  return [
    report('prometheus.rule', about).warning(
      'does not ask whether its window is full of samples: a machine that booted a moment ago, or whose exporter was down, looks idle',
      'ask for a sample in each minute with count_over_time, as deploy/prometheus/rules.yaml does',
    ),
  ];
}

function checkDryRun(rule: AlertingRule, about: string): readonly Finding[] {
  const written = rule.labels['dryrun'];
  if (written !== undefined && (isTemplate(written) || !parseDryRun(written))) return [];
  const says =
    written === undefined ? 'has no label dryrun, and missing means true' : `has dryrun: ${JSON.stringify(written)}`;
  return [
    report('prometheus.rule', about).warning(
      `${says}: EC2 is asked whether it would, and nothing ever happens`,
      'set `dryrun: "false"` once you have seen what it would do',
    ),
  ];
}

/** A label that the rule sets by itself was meant to say something. */
function checkIgnored(rule: AlertingRule, context: RuleContext, about: string): readonly Finding[] {
  const { warning } = report('prometheus.rule', about);
  return readLabels(rule.labels, 'hostname', context.labels).ignored.flatMap((name) => {
    const written = rule.labels[name] ?? '';
    if (isTemplate(written)) return [];
    return [
      warning(
        `has ${name}: ${JSON.stringify(written)}, which is not read`,
        `call the label ec2_${name} if it is meant for ec2-operator, or name it in \`labels.${name}\``,
      ),
    ];
  });
}

interface AlertOfRule {
  readonly labels: Labels;
  readonly intent: Intent;
}

/** What the server would make of its alerts, by the machine that they name. */
function askedBy(
  seen: SeenRule,
  context: RuleContext,
): { readonly findings: readonly Finding[]; readonly byTarget: ReadonlyMap<string, readonly AlertOfRule[]> } {
  const { error, info } = report('prometheus.rule', nameOfRule(seen.rule));
  const byTarget = new Map<string, readonly AlertOfRule[]>();
  const problems = new Map<string, Labels>();
  for (const labels of seen.from === 'nothing' ? [standIn(seen.rule)] : seen.alerts) {
    const read = intentOf(labels, context.route(labels) ?? likelyRoute(labels), context);
    if ('message' in read) problems.set(read.message, problems.get(read.message) ?? labels);
    else if (seen.from !== 'nothing') {
      const key = targetKey(read.intent.target);
      byTarget.set(key, [...(byTarget.get(key) ?? []), { labels, intent: read.intent }]);
    }
  }
  const findings = [...problems].map(([message, labels]) =>
    error(
      `its alerts would be turned away: ${message}`,
      `correct the labels of the rule; an alert of it has ${describeLabels(labels)}`,
    ),
  );
  if (seen.from !== 'nothing') return { findings, byTarget };
  const nothing = info('has no series at this moment: which machines it names could not be looked at');
  return { findings: [...findings, nothing], byTarget };
}

/** Labels as far as the rule alone says them. What only a series can say is taken to be right. */
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

/** Without Alertmanager's word: the route whose label is there. */
function likelyRoute(labels: Labels): Route {
  return labels['hostname'] === undefined && labels['instance_id'] !== undefined ? 'instance' : 'hostname';
}

/** A machine with seven idle GPUs and a busy one must not look idle seven times. */
function checkGpus(
  seen: SeenRule,
  byTarget: ReadonlyMap<string, readonly AlertOfRule[]>,
  about: string,
): readonly Finding[] {
  const { error, warning } = report('prometheus.rule', about);
  const change =
    'aggregate over the GPUs of a machine, such as with max by (instance) (...): deploy/prometheus/rules.yaml';
  for (const [target, asked] of [...byTarget].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const label = GPU_LABELS.find((name) => new Set(asked.map(({ labels }) => labels[name])).size > 1);
    if (label !== undefined) {
      const values = asked.map(({ labels }) => labels[label] ?? '(none)').sort();
      const evidence = `looks at every GPU by itself: ${target} has ${asked.length} series, ${label}=${listSome(values, 3)}; one idle GPU is enough`;
      return [error(`${evidence} to ${asked[0]?.intent.verb ?? 'stop'} the machine`, change)];
    }
  }
  const single = [...byTarget].find(([, asked]) => asked.some(({ labels }) => isPerGpu(labels)));
  if (single !== undefined) {
    return [
      warning(`its series carry the label of a GPU: a machine with more than one would be judged by each`, change),
    ];
  }
  if (seen.from !== 'nothing' || !looksPerGpu(seen.rule.query)) return [];
  return [
    warning('its expression reads a GPU metric and aggregates nothing: it may look at every GPU by itself', change),
  ];
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
