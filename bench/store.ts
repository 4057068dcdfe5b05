/** What a store with a month of work costs: lists and scrapes beside it, and webhooks while a backlog is pruned. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { restartSandbox } from './ask-sandbox.ts';
import { monotonicMs } from './clock.ts';
import { fillStatements } from './fill.ts';
import { analyze, fillStore } from './fill-store.ts';
import { deliveryFor, idOf, numbers } from './machines.ts';
import { startOperator, type Operator } from './operator.ts';
import type { Parts } from './parts.ts';
import { median, percentile } from './statistics.ts';

export interface StoreResult {
  readonly store: 'sqlite' | 'postgres';
  readonly operations: number;
  readonly fillSeconds: number;
  /** With the processor time of the operator for an answer. On PostgreSQL the database has its own besides. */
  readonly asked: readonly Asked[];
  /** While what is older than the retention is pruned. */
  readonly webhookP50Ms: number;
  readonly webhookP99Ms: number;
  /** A hold, with the look at its machine. */
  readonly holdP50Ms: number;
  readonly holdP99Ms: number;
}

interface Asked {
  readonly what: string;
  readonly p50Ms: number;
  readonly worstMs: number;
  readonly cpuMs: number;
  /** For the rows of the answer's list, until the store has given them: the median, as of the answers, and the average, in which the first one counts. */
  readonly queryMs: number;
  readonly queryMeanMs: number;
}

const DAY_MS = 86_400_000;
const PATIENCE_MS = 120_000;
const TIMES = 20;
/** No more than operations. A hold includes a look at its machine, which takes fifty milliseconds. */
const MOST = { machines: 5_000, webhooks: 500, holds: 150 } as const;

const ASKED: readonly string[] = [
  'metrics',
  'api/v1/operations',
  'api/v1/operations?state=waiting',
  'api/v1/operations?state=failed,refused&verb=start',
  'api/v1/operations?dryrun=true',
  'api/v1/operations?machine=10.0.0.5',
  'api/v1/operations?machine=nobody',
  'api/v1/machines',
  'api/v1/machines?sort=stops&limit=1000',
  'api/v1/audit',
  'api/v1/audit?who=alertmanager',
  'api/v1/audit?who=alertmanager&event=state',
  'api/v1/audit?event=token',
];

/** On SQLite queries keep the whole process waiting; on PostgreSQL they take a round trip each. */
export async function measureStores(
  parts: Parts,
  operations: number,
  tell: (line: string) => void,
): Promise<readonly StoreResult[]> {
  const results: StoreResult[] = [];
  for (const store of ['sqlite', 'postgres'] as const)
    if (store === 'sqlite' || parts.postgres !== undefined)
      results.push(await measureStore(parts, { store, operations }, tell));
  return results;
}

async function measureStore(
  parts: Parts,
  { store, operations }: Pick<StoreResult, 'store' | 'operations'>,
  tell: (line: string) => void,
): Promise<StoreResult> {
  const machines = Math.min(MOST.machines, operations);
  const directory = path.join(parts.directory, `store-${store}`);
  const databaseUrl = store === 'postgres' ? await parts.postgres?.createDatabase() : undefined;
  const fillSeconds = await fillStore(
    path.join(directory, 'data'),
    databaseUrl,
    monthOf({ operations, machines }, store),
  );
  tell(`filled ${store} with ${operations} operations in ${fillSeconds.toFixed(0)} s`);
  const endpoint = await restartSandbox(parts.sandbox, { machines, stopped: 0, throttling: false });
  await using operator = await startOperator({
    directory,
    endpoint,
    aws: {},
    settings: { retention: '20d' },
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    path: parts.path,
  });
  // A third is older than the retention: it is being pruned from the start on.
  const webhooks: number[] = [];
  for (const machine of numbers(1, Math.min(MOST.webhooks, machines))) {
    const body = deliveryFor([machine], { verb: 'stop', client: 'native' });
    webhooks.push(await timed(`${operator.url}/operateHostname`, body));
  }
  await watched(operator, machines);
  if (databaseUrl !== undefined) await analyze(databaseUrl);
  const asked: Asked[] = [];
  for (const what of ASKED) asked.push(await ask(operator, what));
  const holds: number[] = [];
  for (const machine of numbers(1, Math.min(MOST.holds, machines))) {
    const body = Buffer.from(JSON.stringify({ target: idOf(machine), for: '1h' }));
    holds.push(await timed(`${operator.url}/api/v1/holds`, body));
  }
  const [holdP50Ms, holdP99Ms] = [median(holds), percentile(holds, 0.99)];
  const [webhookP50Ms, webhookP99Ms] = [median(webhooks), percentile(webhooks, 0.99)];
  return { store, operations, fillSeconds, asked, webhookP50Ms, webhookP99Ms, holdP50Ms, holdP99Ms };
}

async function ask(operator: Operator, what: string): Promise<Asked> {
  const [times, queries]: [number[], number[]] = [[], []];
  let cpuMs = 0;
  for (let time = 0; time < TIMES; time += 1) {
    const [queriesBefore, cpuBefore] = [await queriesMs(operator), await operator.cpuMs()];
    times.push(await timed(`${operator.url}/${what}`));
    cpuMs += ((await operator.cpuMs()) - cpuBefore) / TIMES;
    queries.push((await queriesMs(operator)) - queriesBefore);
  }
  const queryMeanMs = queries.reduce((sum, ms) => sum + ms, 0) / TIMES;
  return {
    what,
    p50Ms: median(times),
    worstMs: Math.max(...times),
    cpuMs,
    queryMs: median(queries),
    queryMeanMs,
  };
}

/** How long all queries of lists have taken so far, by the operator's own metric. */
async function queriesMs({ url }: Operator): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sums = text.matchAll(
    /^ec2_operator_store_duration_seconds_sum\{operation="(?:list|machines|audit)"\} (\S+)$/gm,
  );
  return 1_000 * [...sums].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}

function monthOf(
  { operations, machines }: { readonly operations: number; readonly machines: number },
  store: StoreResult['store'],
): readonly string[] {
  const to = Date.now();
  const open = Math.min(500, operations);
  const from = to - 30 * DAY_MS;
  return fillStatements({ operations, entries: 4, machines, open, from, to }, store);
}

const totalSchema = z.object({ total: z.number() });

/** @throws Error when the watch has not seen all machines for a while */
async function watched({ url, tail }: Operator, machines: number): Promise<void> {
  const end = monotonicMs() + PATIENCE_MS;
  for (;;) {
    const { total } = totalSchema.parse(await (await fetch(`${url}/api/v1/machines?limit=1`)).json());
    if (total === machines) return;
    if (monotonicMs() > end) throw new Error(`expected ${machines} machines to be watched, got ${total}\n${tail()}`);
    await delay(500);
  }
}

async function timed(url: string, body?: Buffer): Promise<number> {
  const begin = monotonicMs();
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const response = await fetch(url, body === undefined ? {} : { ...post, body: body.toString() });
  await response.text();
  if (!response.ok) throw new Error(`expected a success of ${url}, got ${response.status}`);
  return monotonicMs() - begin;
}
