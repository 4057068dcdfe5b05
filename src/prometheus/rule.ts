/** Alerting rules from `GET /api/v1/rules` of Prometheus, and the labels of their alerts. */
import * as z from 'zod';
import type { Labels } from '../domain/label-set.ts';

export interface AlertingRule {
  readonly group: string;
  readonly name: string;
  readonly query: string;
  readonly forMs: number;
  /** With templates as written. */
  readonly labels: Labels;
  readonly health: string;
  readonly lastError?: string;
  /** Milliseconds since the epoch; absent: never. */
  readonly evaluatedAt?: number;
  readonly intervalMs: number;
  /** How long its alerts keep firing after their condition ended. */
  readonly keepFiringMs: number;
  /** The labels of pending and firing alerts, with templates filled in. */
  readonly active: readonly Labels[];
}

const labels = z.record(z.string(), z.string());

const rule = z.object({
  type: z.string(),
  name: z.string(),
  query: z.string().default(''),
  duration: z.number().default(0),
  keepFiringFor: z.number().default(0),
  labels: labels.default({}),
  alerts: z
    .array(z.object({ labels: labels.default({}), state: z.string().default('') }))
    .nullish()
    .transform((alerts) => alerts ?? []),
  health: z.string().default('unknown'),
  lastError: z.string().optional(),
  lastEvaluation: z.string().default(''),
});

const answer = z.object({
  data: z.object({
    groups: z.array(z.object({ name: z.string(), interval: z.number().default(60), rules: z.array(rule).default([]) })),
  }),
});

/** @throws Error when it is not an answer of Prometheus */
export function parseRules(value: unknown): readonly AlertingRule[] {
  const parsed = answer.safeParse(value);
  if (!parsed.success) throw new Error(`expected rules of Prometheus: ${z.prettifyError(parsed.error)}`);
  return parsed.data.data.groups.flatMap((group) =>
    group.rules.filter(({ type }) => type === 'alerting').map((raw) => readRule(group.name, group.interval, raw)),
  );
}

function readRule(group: string, intervalS: number, raw: z.output<typeof rule>): AlertingRule {
  const evaluatedAt = Date.parse(raw.lastEvaluation);
  return {
    group,
    name: raw.name,
    query: raw.query,
    forMs: raw.duration * 1_000,
    labels: raw.labels,
    health: raw.health,
    ...(raw.lastError === undefined || raw.lastError === '' ? {} : { lastError: raw.lastError }),
    // Go's zero time is in the year 1.
    ...(evaluatedAt > 0 ? { evaluatedAt } : {}),
    intervalMs: intervalS * 1_000,
    keepFiringMs: raw.keepFiringFor * 1_000,
    // Grafana also lists alerts that do not fire.
    active: raw.alerts.filter(({ state }) => !/^(?:normal|inactive)/i.test(state)).map((alert) => alert.labels),
  };
}

/** `group/name` */
export function nameOfRule({ group, name }: AlertingRule): string {
  return `${group}/${name}`;
}

/** The labels of a rule's alert for one series. Labels of the rule replace those of the series, and external labels none. */
export function alertLabels(written: AlertingRule, series: Labels, external: Labels): Labels {
  const { __name__: _metric, ...own } = series;
  const filled = Object.entries(written.labels).map(([name, text]): [string, string] => [name, fill(text, own)]);
  return withoutEmpty({ ...external, ...own, ...Object.fromEntries(filled), alertname: written.name });
}

const LABEL = /\{\{-?\s*(?:\$labels|\.Labels)\.([A-Za-z_]\w*)\s*-?\}\}/g;

/** Fills in label templates and leaves others, which `isTemplate` finds. */
function fill(text: string, series: Labels): string {
  return text.replaceAll(LABEL, (_whole, name: string) => series[name] ?? '');
}

export function isTemplate(text: string): boolean {
  return text.includes('{{');
}

/** To Prometheus, an empty label is a missing one. */
function withoutEmpty(all: Labels): Labels {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** Labels with which exporters distinguish the GPUs of one machine. */
export const GPU_LABELS = [
  'uuid',
  'UUID',
  'gpu',
  'GPU',
  'gpu_uuid',
  'gpu_id',
  'device',
  'index',
  'minor_number',
] as const;

/** The expression without its final comparison with a number; undefined when there is none. */
export function withoutThreshold(expression: string): string | undefined {
  const text = expression.trim();
  const found = /^([\s\S]+?)\s*(?:<=|>=|==|!=|<|>)\s*(?:bool\s+)?-?[\d.]+(?:e-?\d+)?$/i.exec(text);
  return found?.[1];
}
