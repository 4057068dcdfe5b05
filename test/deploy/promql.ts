/** Finds in PromQL what can be compared with the metrics that there are. Knows as much of it as our own queries use. */
import * as z from 'zod';
import { CATALOG, seriesOf } from '../../src/observe/catalog.ts';
import type { Description } from '../../src/observe/description.ts';

interface Matcher {
  readonly label: string;
  /** The values that are asked for, one by one: `a|b` is two. */
  readonly values: readonly string[];
}

interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

const catalog: Readonly<Record<string, Description>> = CATALOG;

/** Labels that Prometheus adds. */
const ADDED = ['job', 'instance'];

/** Metrics of other programs, with the labels that our queries may use. */
export const OTHERS: Readonly<Record<string, readonly string[]>> = {
  alertmanager_notifications_failed_total: ['integration', 'reason'],
};

/** The metrics that a query selects, whether with braces or without. */
export function selectorsIn(expr: string): readonly Selector[] {
  const withBraces = [...expr.matchAll(/\b([a-z_][a-z\d_]*)\{([^{}]*)\}/g)];
  const bare = [...expr.matchAll(/\b((?:ec2_operator|process|nodejs)_[a-z\d_]*)\b(?!\{)/g)];
  return [...withBraces, ...bare].map(([, metric = '', inner = '']) => ({
    metric,
    matchers: [...inner.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', value = '']) => ({
      label,
      values: value.split('|'),
    })),
  }));
}

/** The labels that a query groups by, and so the only ones that its result has; undefined if it does not group. */
export function groupedBy(expr: string): readonly string[] | undefined {
  const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].map(([, labels = '']) => labels.split(', '));
  return groups.length === 0 ? undefined : [...new Set(groups.flat())];
}

/** Everything in a query that will never find anything: metrics, labels and values that do not exist. */
export function mistakesIn(expr: string): readonly string[] {
  const selectors = selectorsIn(expr).filter(({ metric }) => metric.startsWith('ec2_operator_'));
  return [
    ...selectors.flatMap((selector) => mistakesOf(selector)),
    ...(groupedBy(expr) ?? []).flatMap((label) =>
      selectors
        .filter(({ metric }) => !(labelsOf(metric) ?? []).includes(label))
        .map(({ metric }) => `${metric} has no label ${label} to group by`),
    ),
  ];
}

function mistakesOf({ metric, matchers }: Selector): readonly string[] {
  const labels = labelsOf(metric);
  if (labels === undefined) return [`there is no metric ${metric}`];
  const series = seriesOf(describe(metric) ?? z.never().parse(metric));
  const own = matchers.filter(({ label }) => !ADDED.includes(label));
  return own.flatMap(({ label, values }) => {
    if (!labels.includes(label)) return [`${metric} has no label ${label}`];
    if (series.length === 0) return [];
    return values
      .filter((value) => !series.some((one) => one[label] === value && agrees(one, own, label)))
      .map((value) => `${metric} never has ${label}="${value}" there`);
  });
}

/** Whether a series has what the other matchers ask for. */
function agrees(series: Readonly<Record<string, string>>, matchers: readonly Matcher[], except: string): boolean {
  return matchers.every(({ label, values }) => label === except || values.includes(series[label] ?? ''));
}

/** Undefined for a metric that does not exist. */
function labelsOf(metric: string): readonly string[] | undefined {
  const description = describe(metric);
  if (description === undefined) return undefined;
  const ofBuckets = metric.endsWith('_bucket') ? ['le'] : [];
  return [...Object.keys(description.labels ?? {}), ...ofBuckets, ...ADDED];
}

function describe(metric: string): Description | undefined {
  const histogram = /^(.*)_(?:bucket|sum|count)$/.exec(metric)?.[1];
  const found = catalog[histogram ?? metric];
  const suits = found !== undefined && (found.type === 'histogram') === (histogram !== undefined);
  return suits ? found : undefined;
}
