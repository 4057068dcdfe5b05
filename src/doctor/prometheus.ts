/** Checks of Prometheus: its rules, their series, and whether it sends alerts to an Alertmanager. */
import { parse } from 'yaml';
import * as z from 'zod';
import type { ClockReading } from '../domain/clock-reading.ts';
import { FAILED_DELIVERIES } from './deliveries.ts';
import { readGpus, type GpusSeen } from './gpus.ts';
import type { Labels } from '../domain/label-set.ts';
import { getJson, type Api } from '../outgoing/get-json.ts';
import { alertLabels, parseRules, withoutThreshold, type AlertingRule } from '../prometheus/rule.ts';

/** A rule with its alerts, or with the alerts that it could make. */
export interface SeenRule {
  readonly rule: AlertingRule;
  /** The labels of the alerts, with templates filled in. */
  readonly alerts: readonly Labels[];
  /** Where the alerts are from: `firing` or pending alerts, the expression's series, or its series without the threshold. */
  readonly from: 'firing' | 'expression' | 'looks_at' | 'nothing';
}

export interface PrometheusSeen {
  readonly rules: readonly SeenRule[];
  readonly externalLabels: Labels;
  /** Whether it sends its alerts to one. */
  readonly hasAlertmanager: boolean;
  readonly clocks: readonly ClockReading[];
  readonly gpus: GpusSeen;
  /** The labels of the series of `FAILED_DELIVERIES`. */
  readonly failedDeliveries: readonly Labels[];
}

/** How many rules are checked. Further rules are mostly copies. */
const MAX_RULES = 40;

/** How many series of one rule are checked. */
const MAX_SERIES = 500;

/**
 * @param isOurs whether a rule is about machines, by its labels as written
 * @throws Error with a sentence when the answers are not those of Prometheus
 */
export async function readPrometheus(api: Api, isOurs: (labels: Labels) => boolean): Promise<PrometheusSeen> {
  const answered = await getJson(api, 'api/v1/rules', { type: 'alert' });
  const externalLabels = await readExternalLabels(api);
  const rules = parseRules(answered.value)
    .filter((rule) => isOurs(alertLabels(rule, {}, externalLabels)))
    .slice(0, MAX_RULES);
  const seen: SeenRule[] = [];
  for (const rule of rules) seen.push(await seeRule(api, rule, externalLabels));
  return {
    rules: seen,
    externalLabels,
    hasAlertmanager: await sendsAlerts(api),
    clocks: answered.clock === undefined ? [] : [answered.clock],
    gpus: await readGpus(async (expression) => query(api, expression)),
    failedDeliveries: await query(api, FAILED_DELIVERIES),
  };
}

async function seeRule(api: Api, rule: AlertingRule, external: Labels): Promise<SeenRule> {
  if (rule.active.length > 0) {
    const alerts = rule.active.slice(0, MAX_SERIES).map((labels) => ({ ...external, ...labels }));
    return { rule, alerts, from: 'firing' };
  }
  const series = await query(api, rule.query);
  const alertsOf = (some: readonly Labels[]): readonly Labels[] =>
    some.slice(0, MAX_SERIES).map((labels) => alertLabels(rule, labels, external));
  if (series.length > 0) return { rule, alerts: alertsOf(series), from: 'expression' };
  const inner = withoutThreshold(rule.query);
  const wider = inner === undefined ? [] : await query(api, inner);
  if (wider.length > 0) return { rule, alerts: alertsOf(wider), from: 'looks_at' };
  return { rule, alerts: [], from: 'nothing' };
}

const queried = z.object({ data: z.object({ resultType: z.string(), result: z.array(z.unknown()) }) });
const vector = z.array(z.object({ metric: z.record(z.string(), z.string()) }));

/** The labels of an expression's series now; none if it cannot be evaluated, which the health of its rule tells. */
async function query(api: Api, expression: string): Promise<readonly Labels[]> {
  try {
    const { value } = await getJson(api, 'api/v1/query', { query: expression });
    const { data } = queried.parse(value);
    return data.resultType === 'vector' ? vector.parse(data.result).map(({ metric }) => metric) : [];
  } catch {
    return [];
  }
}

const configured = z.object({ data: z.object({ yaml: z.string() }) });
const withExternal = z.object({
  global: z.object({ external_labels: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)) }),
});

/** Other programs with Prometheus' API may lack this route. */
async function readExternalLabels(api: Api): Promise<Labels> {
  try {
    const { value } = await getJson(api, 'api/v1/status/config');
    const content: unknown = parse(configured.parse(value).data.yaml);
    const parsed = withExternal.safeParse(content);
    return parsed.success ? parsed.data.global.external_labels : {};
  } catch {
    return {};
  }
}

const alertmanagers = z.object({ data: z.object({ activeAlertmanagers: z.array(z.unknown()) }) });

async function sendsAlerts(api: Api): Promise<boolean> {
  const { value } = await getJson(api, 'api/v1/alertmanagers');
  return alertmanagers.parse(value).data.activeAlertmanagers.length > 0;
}
