/** `ops`: lists operations, or watches them. */
import { setTimeout } from 'node:timers/promises';
import { ofSender, operationsAnswer, type OperationView } from './answers.ts';
import { readDuration, wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, interruptedCode, usageError } from './command-error.ts';
import type { Line } from './screen.ts';
import { openServer } from './server.ts';
import { clockOf, operationsTable, summaryOf } from './show-view.ts';

/** @returns the exit code */
export async function listOperations(call: Call): Promise<number> {
  const { line, screen } = call;
  const limit = line.values.get('limit') ?? '20';
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1_000) {
    throw usageError(`expected a number from 1 to 1000 for --limit, got "${limit}"`);
  }
  const json = wantsJson(call);
  const server = openServer(call.environment, call.signal);
  let none = 'no operations';
  const list = async (): Promise<readonly OperationView[]> => {
    const query = {
      state: line.values.get('state'),
      verb: line.values.get('verb'),
      target: line.values.get('target'),
      limit,
    };
    const { operations, askedBy } = await server.ask(operationsAnswer, { path: 'api/v1/operations', query });
    none = `no operations${ofSender(askedBy)}`;
    return operations;
  };
  if (line.flags.has('watch')) return watch(call, list, json);
  if (line.values.has('every')) throw usageError('expected --every with --watch only');
  const operations = await list();
  if (json) for (const operation of operations) screen.json(operation);
  else if (operations.length === 0) screen.write([[none]]);
  else screen.write(operationsTable(operations, Date.now(), screen.columns()));
  return EXIT.ok;
}

/** Goes on over a server that is away for a while; the first answer has to come, so that a wrong URL is told. */
async function watch(call: Call, list: () => Promise<readonly OperationView[]>, json: boolean): Promise<number> {
  const { screen, signal, line } = call;
  const everyMs = readDuration(call, 'every', '2s');
  if (everyMs < 100) throw usageError('expected at least 100ms for --every');
  const redraws = screen.isTerminal && !json;
  const told = new Map<string, string>();
  let trouble = '';
  for (let isFirst = true; ; isFirst = false) {
    try {
      const operations = await list();
      if (redraws) screen.redraw(frame(operations, screen.columns(), line.values));
      else for (const operation of changed(operations, told)) append(call, operation, json);
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
  operations: readonly OperationView[],
  columns: number | undefined,
  filters: ReadonlyMap<string, string>,
): readonly Line[] {
  const only = ['state', 'verb', 'target'].flatMap((name) => filters.get(name) ?? []).join(' ');
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
