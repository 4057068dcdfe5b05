/** `ops`: lists operations, or watches them. */
import { setTimeout } from 'node:timers/promises';
import type * as z from 'zod';
import { parseDuration } from '../domain/duration.ts';
import { ofSender, operationsAnswer, type OperationView } from './answers.ts';
import { readDuration, readNumber, wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, interruptedCode, usageError } from './command-error.ts';
import type { Line } from './screen.ts';
import { openServer } from './server.ts';
import { clockOf, countRefusals, operationsTable, summaryOf, type Counted } from './show-view.ts';

/** @returns the exit code */
export async function listOperations(call: Call): Promise<number> {
  const { line, screen } = call;
  const limit = readNumber(call, 'limit', [1, 1_000]) ?? 20;
  const json = wantsJson(call);
  const server = openServer(call.environment, call.signal);
  let none = 'no operations';
  const ask = async (most: number, cursor?: string): Promise<Page> => {
    const query = { ...readFilters(call), limit: String(most), cursor };
    const page = await server.ask(operationsAnswer, { path: 'api/v1/operations', query });
    none = `no operations${ofSender(page.askedBy)}`;
    return page;
  };
  const list = async (): Promise<readonly OperationView[]> => (await ask(limit)).operations;
  const rows = async (): Promise<readonly Counted[]> => readRows(ask, limit);
  if (line.flags.has('watch')) return watch(call, list, rows, json);
  if (line.values.has('every')) throw usageError('expected --every with --watch only');
  if (json) {
    for (const operation of await list()) screen.json(operation);
    return EXIT.ok;
  }
  const found = await rows();
  if (found.length === 0) screen.write([[none]]);
  else screen.write(operationsTable(found, Date.now(), screen.columns()));
  return EXIT.ok;
}

type Page = z.output<typeof operationsAnswer>;

function readFilters(call: Call): Readonly<Record<string, string | undefined>> {
  const { values, lists, flags } = call.line;
  return {
    state: lists.get('state')?.join(','),
    verb: values.get('verb'),
    target: values.get('target'),
    machine: values.get('machine'),
    dryrun: flags.has('dry-run') ? 'true' : undefined,
    since: readSince(values.get('since')),
  };
}

/** A time, or how long ago it was. */
function readSince(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  const time = ms === undefined && /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Date.now() - (ms ?? NaN);
  if (!Number.isNaN(new Date(time).getTime())) return new Date(time).toISOString();
  throw usageError(`expected a duration such as 7d, or a date such as 2026-11-22, for --since, got "${text}"`);
}

/** So much is read for a table at most: a refusal may be repeated for months. */
const MOST_READ = 1_000;

/** So many rows, when there are as many: what repeats is one. */
async function readRows(
  ask: (most: number, cursor?: string) => Promise<Page>,
  limit: number,
): Promise<readonly Counted[]> {
  const read: OperationView[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(Math.min(MOST_READ, Math.max(limit, 100)), cursor);
    read.push(...page.operations);
    ({ cursor } = page);
  } while (cursor !== undefined && read.length < MOST_READ && countRefusals(read).length < limit);
  return countRefusals(read).slice(0, limit);
}

/** Goes on over a server that is away for a while; the first answer has to come, so that a wrong URL is told. */
async function watch(
  call: Call,
  list: () => Promise<readonly OperationView[]>,
  rows: () => Promise<readonly Counted[]>,
  json: boolean,
): Promise<number> {
  const { screen, signal, line } = call;
  const everyMs = readDuration(call, 'every', '2s');
  if (everyMs < 100) throw usageError('expected at least 100ms for --every');
  const redraws = screen.isTerminal && !json;
  const told = new Map<string, string>();
  let trouble = '';
  for (let isFirst = true; ; isFirst = false) {
    try {
      if (redraws) screen.redraw(frame(await rows(), screen.columns(), line.values));
      else for (const operation of changed(await list(), told)) append(call, operation, json);
      trouble = '';
    } catch (error) {
      if (signal.aborted) return interruptedCode(signal);
      if (isFirst || !(error instanceof CommandError) || error.status === 401 || error.status === 403) throw error;
      if (trouble !== error.message) screen.note([`${error.message}. Trying again`]);
      trouble = error.message;
    }
    try {
      await setTimeout(everyMs, undefined, { signal });
    } catch {
      return interruptedCode(signal);
    }
  }
}

function frame(
  operations: readonly Counted[],
  columns: number | undefined,
  filters: ReadonlyMap<string, string>,
): readonly Line[] {
  const only = ['state', 'verb', 'machine', 'target', 'since'].flatMap((name) => filters.get(name) ?? []).join(' ');
  const now = new Date();
  return [
    [{ text: `operations ${only}`.trim(), style: 'strong' }, `  ${clockOf(now.toISOString())}  Ctrl-C ends`],
    ...operationsTable(operations, now.getTime(), columns),
  ];
}

/** Those that are not as they were told before, the oldest first. */
function changed(operations: readonly OperationView[], told: Map<string, string>): readonly OperationView[] {
  const news = operations.toReversed().filter((one) => told.get(one.id) !== keyOf(one));
  for (const one of news) told.set(one.id, keyOf(one));
  // What has left the list is not looked at any more, and a watch can go on for weeks.
  const listed = new Set(operations.map(({ id }) => id));
  for (const id of told.keys()) if (!listed.has(id)) told.delete(id);
  return news;
}

/** `until` is left out: what waits is looked at every few seconds, and each time it moves. */
function keyOf({ state, reason, attempts }: OperationView): string {
  return [state, reason, attempts].join('|');
}

function append({ screen }: Call, operation: OperationView, json: boolean): void {
  if (json) screen.json(operation);
  else screen.write([[{ text: clockOf(new Date().toISOString()), style: 'quiet' }, '  ', ...summaryOf(operation)]]);
}
