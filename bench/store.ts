/** What a store with a month of work costs: lists and scrapes beside it, and webhooks while a backlog is pruned. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { restartSandbox } from './ask-sandbox.ts';
import { monotonicMs } from './clock.ts';
import { fillStatements } from './fill.ts';
import { deliveryFor, idOf, numbers } from './machines.ts';
import { startOperator } from './operator.ts';
import type { Parts } from './parts.ts';
import { median, percentile } from './statistics.ts';

export interface StoreResult {
  readonly operations: number;
  readonly fillSeconds: number;
  readonly asked: readonly { readonly what: string; readonly p50Ms: number; readonly worstMs: number }[];
  /** While what is older than the retention is pruned. */
  readonly webhookP50Ms: number;
  readonly webhookP99Ms: number;
  /** A hold, with the look at its machine. */
  readonly holdP50Ms: number;
  readonly holdP99Ms: number;
}

const DAY_MS = 86_400_000;
const TIMES = 20;
const WEBHOOKS = 500;
/** A hold includes a look at its machine, which takes fifty milliseconds. */
const HOLDS = 150;

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

/** On SQLite, whose queries keep the whole process waiting. */
export async function measureStore(
  parts: Parts,
  operations: number,
  tell: (line: string) => void,
): Promise<StoreResult> {
  const directory = path.join(parts.directory, 'store');
  const data = path.join(directory, 'data');
  await (await openSqliteStore(data)).close();
  const fillSeconds = fill(path.join(data, 'ec2-operator.sqlite'), operations);
  tell(`filled with ${operations} operations in ${fillSeconds.toFixed(0)} s`);
  const endpoint = await restartSandbox(parts.sandbox, { machines: WEBHOOKS, stopped: 0, throttling: false });
  await using operator = await startOperator({
    directory,
    endpoint,
    aws: {},
    settings: { retention: '20d' },
    path: parts.path,
  });
  // A third is older than the retention: it is being pruned from the start on.
  const webhooks: number[] = [];
  for (const machine of numbers(1, WEBHOOKS)) {
    const body = deliveryFor([machine], { verb: 'stop', client: 'native' });
    webhooks.push(await timed(`${operator.url}/operateHostname`, body));
  }
  const asked: { what: string; p50Ms: number; worstMs: number }[] = [];
  for (const what of ASKED) {
    const times: number[] = [];
    for (let time = 0; time < TIMES; time += 1) times.push(await timed(`${operator.url}/${what}`));
    asked.push({ what, p50Ms: median(times), worstMs: Math.max(...times) });
  }
  const holds: number[] = [];
  for (const machine of numbers(1, HOLDS)) {
    const body = Buffer.from(JSON.stringify({ target: idOf(machine), for: '1h' }));
    holds.push(await timed(`${operator.url}/api/v1/holds`, body));
  }
  const [holdP50Ms, holdP99Ms] = [median(holds), percentile(holds, 0.99)];
  const [webhookP50Ms, webhookP99Ms] = [median(webhooks), percentile(webhooks, 0.99)];
  return { operations, fillSeconds, asked, webhookP50Ms, webhookP99Ms, holdP50Ms, holdP99Ms };
}

/** @returns seconds */
function fill(file: string, operations: number): number {
  const begin = monotonicMs();
  const database = new DatabaseSync(file);
  const to = Date.now();
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -400000; begin');
    const filling = {
      operations,
      entries: 4,
      machines: 2_000,
      open: Math.min(500, operations),
      from: to - 30 * DAY_MS,
      to,
    };
    for (const statement of fillStatements(filling)) database.exec(statement);
    database.exec('commit');
  } finally {
    database.close();
  }
  return (monotonicMs() - begin) / 1_000;
}

async function timed(url: string, body?: Buffer): Promise<number> {
  const begin = monotonicMs();
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const response = await fetch(url, body === undefined ? {} : { ...post, body: body.toString() });
  await response.text();
  if (!response.ok) throw new Error(`expected a success of ${url}, got ${response.status}`);
  return monotonicMs() - begin;
}
