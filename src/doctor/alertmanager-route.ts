/** Alertmanager's route tree: what each node inherits, and which nodes an alert ends at. */
import * as z from 'zod';
import type { Labels } from '../domain/label-set.ts';
import { parseMatchers, type Matcher } from './alertmanager-matcher.ts';

/** A node of the route tree with its inherited settings. Durations are milliseconds. */
export interface AlertRoute {
  /** Its place in the file: `route`, `route.routes[1]`... */
  readonly path: string;
  readonly receiver: string;
  readonly matchers: readonly Matcher[];
  /** Matchers that could not be read, as written. It is then unknown what the route matches. */
  readonly unreadable: readonly string[];
  readonly continues: boolean;
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** The names of the time intervals in which it is muted or active. */
  readonly timeIntervals: readonly string[];
  readonly routes: readonly AlertRoute[];
}

const interval = z.union([z.string(), z.number()]).transform(String).optional();

const node = z.object({
  receiver: z.string().optional(),
  group_by: z.array(z.string()).optional(),
  continue: z.boolean().default(false),
  match: z.record(z.string(), z.string()).default({}),
  match_re: z.record(z.string(), z.string()).default({}),
  matchers: z.array(z.string()).default([]),
  group_wait: interval,
  group_interval: interval,
  repeat_interval: interval,
  mute_time_intervals: z.array(z.string()).default([]),
  active_time_intervals: z.array(z.string()).default([]),
  routes: z.array(z.unknown()).default([]),
});

/** Alertmanager's own defaults (docs/configuration.md of Alertmanager). */
const DEFAULTS: Inherited = {
  receiver: '',
  groupBy: [],
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
};

type Inherited = Pick<AlertRoute, 'receiver' | 'groupBy' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'>;

/** Reads a node and all nodes below it. @throws ZodError */
export function readRoute(value: unknown, path = 'route', parent: Inherited = DEFAULTS): AlertRoute {
  const raw = node.parse(value);
  const own: Inherited = {
    receiver: raw.receiver === undefined || raw.receiver === '' ? parent.receiver : raw.receiver,
    groupBy: raw.group_by ?? parent.groupBy,
    groupWaitMs: milliseconds(raw.group_wait) ?? parent.groupWaitMs,
    groupIntervalMs: milliseconds(raw.group_interval) ?? parent.groupIntervalMs,
    repeatIntervalMs: milliseconds(raw.repeat_interval) ?? parent.repeatIntervalMs,
  };
  const { matchers, unreadable } = parseMatchers(raw);
  return {
    path,
    ...own,
    matchers,
    unreadable,
    continues: raw.continue,
    timeIntervals: [...raw.mute_time_intervals, ...raw.active_time_intervals],
    routes: raw.routes.map((child, index) => readRoute(child, `${path}.routes[${index}]`, own)),
  };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** `1h30m`, as Prometheus and Alertmanager write durations. */
function milliseconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

/**
 * The routes that an alert ends at: the first route that matches at each level, and with `continue` also later ones.
 * (Alertmanager, dispatch/route.go, Route.Match)
 */
export function routesFor(route: AlertRoute, labels: Labels): readonly AlertRoute[] {
  if (route.unreadable.length > 0 || !route.matchers.every(({ matches }) => matches(labels))) return [];
  const found: AlertRoute[] = [];
  for (const child of route.routes) {
    const below = routesFor(child, labels);
    found.push(...below);
    if (below.length > 0 && !child.continues) break;
  }
  return found.length === 0 ? [route] : found;
}

/** Every route of the tree, itself included. */
export function allRoutes(route: AlertRoute): readonly AlertRoute[] {
  return [route, ...route.routes.flatMap(allRoutes)];
}
