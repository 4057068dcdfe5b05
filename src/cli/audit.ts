/** `audit` shows who has asked for what, and what was done. */
import type * as z from 'zod';
import { auditAnswer } from './answers.ts';
import { readNumber, wantsJson, type Call } from './call.ts';
import { EXIT } from './command-error.ts';
import { readSince, readWhen } from './list.ts';
import type { Line } from './screen.ts';
import { openServer } from './server.ts';
import { clockOf } from './show-view.ts';
import { layOut } from './table.ts';

type Entry = z.output<typeof auditAnswer>['entries'][number];

/** @returns the exit code */
export async function showAudit(call: Call): Promise<number> {
  const { screen, line } = call;
  const json = wantsJson(call);
  const query = {
    who: line.values.get('who'),
    event: line.values.get('event'),
    operation: line.values.get('operation'),
    machine: line.values.get('machine'),
    since: readSince(line.values.get('since')),
    until: readWhen('until', line.values.get('until')),
    limit: String(readNumber(call, 'limit', [1, 1_000]) ?? 20),
    cursor: line.values.get('cursor'),
  };
  const { entries } = await openServer(call).ask(auditAnswer, { path: 'api/v1/audit', query });
  if (json) for (const entry of entries) screen.json(entry);
  else screen.write(entries.length === 0 ? [['no entries']] : auditTable(entries, screen.columns()));
  return EXIT.ok;
}

function auditTable(entries: readonly Entry[], width?: number): readonly Line[] {
  const column = (heading: string, show: (entry: Entry) => string, room = {}) => ({
    heading,
    cells: entries.map((entry) => ({ text: show(entry) })),
    ...room,
  });
  return layOut(
    [
      column('AT', ({ at }) => clockOf(at)),
      column('WHO', ({ who = '' }) => who, { least: 8 }),
      column('EVENT', ({ event, state }) => state ?? event),
      column('OPERATION', ({ operation = '' }) => operation.slice(-8), { goes: 1 }),
      column('WHAT', sentenceOf, { least: 20 }),
    ],
    width,
  );
}

function sentenceOf(entry: Entry): string {
  const { times, lastAt } = entry;
  const repeated = times === undefined || lastAt === undefined ? '' : ` (${times} times, last ${clockOf(lastAt)})`;
  return `${whatOf(entry)}${repeated}`;
}

function whatOf({ message, alertname, alerts, outcomes, reason, target }: Entry): string {
  if (outcomes !== undefined) {
    const became = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
    return `${alerts ?? 0} asked for: ${became.join(', ') || 'nothing'}`;
  }
  return message ?? [alertname, reason, target].filter((text) => text !== undefined).join(' ');
}
