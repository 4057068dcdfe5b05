/** `ops`: lists operations, or watches them. */
import { setTimeout } from 'node:timers/promises';
import type * as z from 'zod';
import { parseDuration } from '../domain/duration.ts';
import { ofSender, operationsAnswer, type OperationView } from './answers.ts';
import { readNumber, wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import { readEvery, rememberShown, repeat } from './repeat.ts';
import type { Line } from './screen.ts';
import { openServer } from './server.ts';
import { clockOf, countRefusals, operationsTable, summaryOf, type Counted } from './show-view.ts';

type Page = z.output<typeof operationsAnswer>;
type AskPage = (limit: number, cursor?: string) => Promise<Page>;

/** @returns the exit code */
export async function listOperations(call: Call): Promise<number> {
  const { line, screen } = call;
  const limit = readNumber(call, 'limit', [1, 1_000]) ?? 20;
  const json = wantsJson(call);
  const server = openServer(call);
  let none = 'no operations';
  const first = line.values.get('cursor');
  const ask: AskPage = async (most, cursor = first) => {
    const query = { ...readFilters(call), limit: String(most), cursor };
    const page = await server.ask(operationsAnswer, { path: 'api/v1/operations', query });
    none = `no operations${ofSender(page.askedBy)}`;
    return page;
  };
  if (line.flags.has('watch')) return watch(call, ask, limit, json);
  if (line.values.has('every')) throw usageError('expected --every with --watch only');
  if (json) {
    for (const operation of (await ask(limit)).operations) screen.json(operation);
    return EXIT.ok;
  }
  const rows = await readRows(ask, limit);
  screen.write(rows.length === 0 ? [[none]] : operationsTable(rows, Date.now(), screen.columns()));
  return EXIT.ok;
}

function readFilters(call: Call): Readonly<Record<string, string | undefined>> {
  const { values, lists, flags } = call.line;
  return {
    state: lists.get('state')?.join(','),
    verb: values.get('verb'),
    target: values.get('target'),
    machine: values.get('machine'),
    dryrun: readDryRun(flags),
    since: readSince(values.get('since')),
  };
}

function readDryRun(flags: ReadonlySet<string>): 'true' | 'false' | undefined {
  if (flags.has('dry-run') && flags.has('real')) throw usageError('expected one of --dry-run and --real, got both');
  if (flags.has('dry-run')) return 'true';
  return flags.has('real') ? 'false' : undefined;
}

export function readSince(text: string | undefined): string | undefined {
  return readWhen('since', text);
}

/** Reads a time or an age. */
export function readWhen(option: 'since' | 'until', text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  const time = ms === undefined && /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Date.now() - (ms ?? NaN);
  if (!Number.isNaN(new Date(time).getTime())) return new Date(time).toISOString();
  throw usageError(`expected a duration such as 7d, or a date such as 2026-11-22, for --${option}, got "${text}"`);
}

/** How many operations are read for a table, because a refusal may repeat for months. */
const MOST_READ = 1_000;

/** Repeated refusals are one row, so more operations than rows may be needed. */
async function readRows(ask: AskPage, limit: number): Promise<readonly Counted[]> {
  const read: OperationView[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(Math.min(MOST_READ, Math.max(limit, 100)), cursor);
    read.push(...page.operations);
    ({ cursor } = page);
  } while (cursor !== undefined && read.length < MOST_READ && countRefusals(read).length < limit);
  return countRefusals(read).slice(0, limit);
}

async function watch(call: Call, ask: AskPage, limit: number, json: boolean): Promise<never> {
  const { screen, signal, line } = call;
  const everyMs = readEvery(call);
  const redraws = screen.isTerminal && !json;
  const shown = rememberShown(keyOf);
  const look = async (): Promise<void> => {
    if (redraws) screen.redraw(frame(await readRows(ask, limit), screen.columns(), line.values));
    // Oldest first.
    else for (const one of shown.changed((await ask(limit)).operations.toReversed())) append(call, one, json);
  };
  return repeat(call, look, async () => setTimeout(everyMs, undefined, { signal }));
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

/** Without `until`, which moves every few seconds while an operation waits. */
function keyOf({ state, reason, attempts }: OperationView): string {
  return [state, reason, attempts].join('|');
}

function append({ screen }: Call, operation: OperationView, json: boolean): void {
  if (json) screen.json(operation);
  else screen.write([[{ text: clockOf(new Date().toISOString()), style: 'quiet' }, '  ', ...summaryOf(operation)]]);
}
