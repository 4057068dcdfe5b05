/** What Prometheus says: its rules, the series behind them, and the Alertmanagers that it sends to. */
import { parse } from 'yaml';
import * as z from 'zod';
import type { ClockReading } from '../domain/clock-reading.ts';
import { FAILED_DELIVERIES } from './deliveries.ts';
import { readGpus, type GpusSeen } from './gpus.ts';
import type { Labels } from '../domain/label-set.ts';
import { getJson, type Api } from '../outgoing/get-json.ts';
import { alertLabels, parseRules, withoutThreshold, type AlertingRule } from '../prometheus/rule.ts';

/** A rule with the alerts that it makes, or would make of the series that it looks at. */
export interface SeenRule {
  readonly rule: AlertingRule;
  /** Labels of alerts, templates filled in. */
  readonly alerts: readonly Labels[];
  /** Where they are from: `firing` or pending ones, the expression as it is, or what it looks at without its threshold. */
  readonly from: 'firing' | 'expression' | 'looks_at' | 'nothing';
}

export interface PrometheusSeen {
  readonly rules: readonly SeenRule[];
  readonly externalLabels: Labels;
  /** The Alertmanagers that it sends to. */
  readonly alertmanagers: readonly string[];
  readonly clocks: readonly ClockReading[];
  readonly gpus: GpusSeen;
  /** As `FAILED_DELIVERIES` gives them. */
  readonly failedDeliveries: readonly Labels[];
}

/** How many rules are looked at closely; more are mostly copies. */
const MAX_RULES = 40;

/** How many series of one rule are looked at. */
const MAX_SERIES = 500;

/**
 * Asks Prometheus.
 *
 * @param isOurs whether a rule is about machines, by its name and labels as they are written
 * @throws Error with a sentence when it does not answer as Prometheus does
 */
export async function readPrometheus(api: Api, isOurs: (labels: Labels) => boolean): Promise<PrometheusSeen> {
  const answered = await getJson(api, 'api/v1/rules', { type: 'alert' });
  const externalLabels = await readExternalLabels(api);
  const rules = parseRules(answered.value)
    .filter((rule) => isOurs(alertLabels(rule, {}, externalLabels)))
    .slice(0, MAX_RULES);
  const seen: SeenRule[] = [];
  for (const rule of rules) seen.push(await look(api, rule, externalLabels));
  return {
    rules: seen,
    externalLabels,
    alertmanagers: await readAlertmanagers(api),
    clocks: answered.clock === undefined ? [] : [answered.clock],
    gpus: await readGpus(async (expression) => query(api, expression)),
    failedDeliveries: await query(api, FAILED_DELIVERIES),
  };
}

async function look(api: Api, rule: AlertingRule, external: Labels): Promise<SeenRule> {
  if (rule.active.length > 0) {
    const alerts = rule.active.slice(0, MAX_SERIES).map((labels) => ({ ...external, ...labels }));
    return { rule, alerts, from: 'firing' };
  }
  const asIs = await query(api, rule.query);
  const alertsOf = (series: readonly Labels[]): readonly Labels[] =>
    series.slice(0, MAX_SERIES).map((each) => alertLabels(rule, each, external));
  if (asIs.length > 0) return { rule, alerts: alertsOf(asIs), from: 'expression' };
  const inner = withoutThreshold(rule.query);
  const wider = inner === undefined ? [] : await query(api, inner);
  if (wider.length > 0) return { rule, alerts: alertsOf(wider), from: 'looks_at' };
  return { rule, alerts: [], from: 'nothing' };
}

const queried = z.object({
  data: z.object({
    resultType: z.string(),
    result: z.array(z.unknown()),
  }),
});
const vector = z.array(z.object({ metric: z.record(z.string(), z.string()) }));

/** The labels of what an expression gives now; none when it cannot be evaluated (its rule's health says so). */
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

/** Programs that only serve Prometheus' API may lack this route; then there are none. */
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

const senders = z.object({ data: z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })) }) });

async function readAlertmanagers(api: Api): Promise<readonly string[]> {
  const { value } = await getJson(api, 'api/v1/alertmanagers');
  return senders.parse(value).data.activeAlertmanagers.map(({ url }) => url);
}
