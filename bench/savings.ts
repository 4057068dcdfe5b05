/** How long savings of a year of stops take, and how long other requests wait meanwhile. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { openStore } from '../src/store/open.ts';
import { restartSandbox } from './ask-sandbox.ts';
import { monotonicMs } from './clock.ts';
import { fillHistory, HISTORY_TABLES, type History } from './fill-history.ts';
import { startOperator } from './operator.ts';
import type { Parts } from './parts.ts';
import { median } from './statistics.ts';

export interface SavingsResult {
  readonly store: 'sqlite' | 'postgres';
  readonly stops: number;
  /** The first answer of a server that has just started. */
  readonly coldMs: number;
  /** The slowest of the pings meanwhile. */
  readonly pingMs: number;
  /** With the processor time of an answer: a machine that is busy with other things does not change it. */
  readonly asked: readonly {
    readonly what: string;
    readonly p50Ms: number;
    readonly worstMs: number;
    readonly cpuMs: number;
  }[];
  /** More than before the first answer. */
  readonly rssMiB: number;
  /** Of the tables of the history with their indexes, in MiB. */
  readonly sizes: Readonly<Record<string, number>>;
}

const TIMES = 20;

const ASKED: readonly string[] = [
  'api/v1/savings?days=366&by=day',
  'api/v1/savings?days=366&by=machine',
  'api/v1/savings.csv?days=366&by=machine',
  'savings?days=365',
  'savings?days=365&by=machine',
];

export async function measureSavings(
  parts: Parts,
  { machines, profileDirectory }: { readonly machines: number; readonly profileDirectory?: string | undefined },
  tell: (line: string) => void,
): Promise<readonly SavingsResult[]> {
  const results: SavingsResult[] = [];
  const history = { machines, days: 365, until: Date.now() };
  for (const store of ['sqlite', 'postgres'] as const) {
    if (store === 'postgres' && parts.postgres === undefined) continue;
    results.push(await measureOne(parts, { store, history, profileDirectory }));
    tell(`measured the savings of ${history.machines * history.days} stops on ${store}`);
  }
  return results;
}

interface Form {
  readonly store: SavingsResult['store'];
  readonly history: History;
  readonly profileDirectory: string | undefined;
}

async function measureOne(parts: Parts, { store, history, profileDirectory }: Form): Promise<SavingsResult> {
  const directory = path.join(parts.directory, `savings-${store}`);
  const databaseUrl = store === 'postgres' ? await parts.postgres?.createDatabase() : undefined;
  const sizes = await fill(path.join(directory, 'data'), databaseUrl, fillHistory(history));
  const endpoint = await restartSandbox(parts.sandbox, { machines: 1, stopped: 0, throttling: false });
  await using operator = await startOperator({
    directory,
    endpoint,
    aws: {},
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    path: parts.path,
    ...(profileDirectory === undefined ? {} : { profileDirectory }),
  });
  const { coldMs, pingMs } = await askCold(operator.url);
  const asked: { what: string; p50Ms: number; worstMs: number; cpuMs: number }[] = [];
  for (const what of ASKED) {
    const times: number[] = [];
    const before = await operator.cpuMs();
    for (let time = 0; time < TIMES; time += 1) times.push(await timed(`${operator.url}/${what}`));
    const cpuMs = ((await operator.cpuMs()) - before) / TIMES;
    asked.push({ what, p50Ms: median(times), worstMs: Math.max(...times), cpuMs });
  }
  const rssMiB = (await operator.rssMiB()) - operator.idleRssMiB;
  return { store, stops: history.machines * history.days, coldMs, pingMs, asked, rssMiB, sizes };
}

/** @returns the sizes of the tables with their indexes, in MiB */
async function fill(
  directory: string,
  databaseUrl: string | undefined,
  statements: string,
): Promise<Readonly<Record<string, number>>> {
  await (await openStore(databaseUrl, directory)).close();
  if (databaseUrl === undefined) {
    using database = new DatabaseSync(path.join(directory, 'ec2-operator.sqlite'));
    database.exec(`begin; ${statements}; commit`);
    const size = database.prepare(`select sum(pgsize) / 1048576.0 as mib from dbstat
      where name = $name or name in (select name from sqlite_schema where type = 'index' and tbl_name = $name)`);
    return Object.fromEntries(HISTORY_TABLES.map((name) => [name, Number(size.get({ name })?.['mib'])]));
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statements);
  const sizes: Record<string, number> = {};
  for (const name of HISTORY_TABLES) {
    const { rows } = await client.query<{ mib: number }>(
      'select (pg_total_relation_size($1::regclass) / 1048576.0)::float8 as mib',
      [name],
    );
    sizes[name] = rows[0]?.mib ?? Number.NaN;
  }
  await client.end();
  return sizes;
}

async function askCold(url: string): Promise<{ coldMs: number; pingMs: number }> {
  const answer = { hasCome: false };
  const cold = timed(`${url}/${ASKED[0] ?? ''}`).finally(() => {
    answer.hasCome = true;
  });
  let pingMs = 0;
  while (!answer.hasCome) pingMs = Math.max(pingMs, await timed(`${url}/ping`));
  return { coldMs: await cold, pingMs };
}

async function timed(url: string): Promise<number> {
  const begin = monotonicMs();
  const response = await fetch(url);
  await response.text();
  if (!response.ok) throw new Error(`expected a success of ${url}, got ${response.status}`);
  return monotonicMs() - begin;
}
