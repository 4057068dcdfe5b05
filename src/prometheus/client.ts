/** Questions to Prometheus and compatible programs. Only the configured URL is called. */
import * as z from 'zod';
import type { Labels } from '../domain/label-set.ts';
import { ApiError, getJson, type Api, type JsonAnswer } from '../outgoing/get-json.ts';
import { parseRules, type AlertingRule } from './rule.ts';

export interface Prometheus {
  /** Every alerting rule of this name. */
  readonly rules: (alertname: string) => Promise<SeenRules>;
  /** The labels of an expression's series, at a time in milliseconds since the epoch; undefined without support for queries. */
  readonly query: (expression: string, at?: number) => Promise<readonly Labels[] | undefined>;
  /** The last start or reload, in milliseconds since the epoch; undefined when the program does not say. */
  readonly loadedAt: () => Promise<number | undefined>;
}

export interface SeenRules {
  readonly rules: readonly AlertingRule[];
  /** The time of the answer, by Prometheus' clock if it shows one. */
  readonly at: number;
}

/** Shorter than an operation's claim. */
const TIMEOUT_MS = 5_000;

/** An end for a server whose pages do not end. */
const MAX_PAGES = 100;

/** Each call rejects with an ApiError, or with an Error when the answer cannot be read. */
export function createPrometheus(api: Api, clock: () => number): Prometheus {
  const get = async (path: string, query?: Readonly<Record<string, string>>): Promise<JsonAnswer> =>
    getJson(api, path, query, TIMEOUT_MS);
  return {
    rules: async (alertname) => {
      const rules: AlertingRule[] = [];
      let at: number | undefined;
      let next: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const paged = next === undefined ? {} : { group_next_token: next };
        // Older versions ignore `rule_name[]` and answer with all rules.
        const { value, clock: seen } = await get('api/v1/rules', { type: 'alert', 'rule_name[]': alertname, ...paged });
        refuseWarnings(value);
        rules.push(...parseRules(value).filter(({ name }) => name === alertname));
        at ??= seen?.remote;
        next = nextPage.parse(value).data.groupNextToken;
        if (next === undefined || next === '') return { rules, at: at ?? clock() };
      }
      throw new Error(`expected at most ${MAX_PAGES} pages of rules`);
    },
    query: async (expression, at) => {
      const time = at === undefined ? {} : { time: new Date(at).toISOString() };
      const value = await orUndefined(async () => get('api/v1/query', { query: expression, ...time }));
      const answer = queried.safeParse(value);
      if (!answer.success) return undefined;
      refuseWarnings(value);
      return answer.data.data.result.map(({ metric }) => metric);
    },
    loadedAt: async () => {
      const answer = loaded.safeParse(await orUndefined(async () => get('api/v1/status/runtimeinfo')));
      if (!answer.success) return undefined;
      const { startTime, lastConfigTime } = answer.data.data;
      return Math.max(Date.parse(startTime), Date.parse(lastConfigTime));
    },
  };
}

const nextPage = z.object({ data: z.object({ groupNextToken: z.string().optional() }) });

const queried = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()) })),
  }),
});

const loaded = z.object({
  data: z.object({
    startTime: z.iso.datetime({ offset: true }),
    lastConfigTime: z.iso.datetime({ offset: true }),
  }),
});

/** Some programs answer only for rules, such as Thanos Ruler and Grafana. */
async function orUndefined(ask: () => Promise<JsonAnswer>): Promise<unknown> {
  try {
    return (await ask()).value;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 405)) return undefined;
    throw error;
  }
}

/** An answer with warnings may be incomplete, although its status is `success`. */
export function refuseWarnings(value: unknown): void {
  const { warnings } = z.object({ warnings: z.array(z.unknown()).nullish() }).parse(value);
  if (warnings !== undefined && warnings !== null && warnings.length > 0)
    throw new Error('expected a complete answer, got one with warnings');
}
