/** `ops --dry-run --summary`: what alerts would have stopped. */
import * as z from 'zod';
import { instanceSchema } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import { readSince } from './list.ts';
import type { Line } from './screen.ts';
import { openServer } from './server.ts';
import { ageOf } from './show-view.ts';
import { layOut, type Cell, type Column } from './table.ts';

const rowSchema = z.looseObject({
  instance: instanceSchema,
  rule: z.string(),
  stops: z.number(),
  stoppedSeconds: z.number(),
  firstAt: z.string(),
  lastAt: z.string(),
  heldBack: z.number(),
  mostHeldBy: z.string().optional(),
});
type Row = z.output<typeof rowSchema>;

const summaryAnswer = z.looseObject({
  since: z.string(),
  isShortened: z.boolean(),
  rows: z.array(rowSchema),
  real: z.looseObject({ automatic: z.number(), byPeople: z.number(), machines: z.number() }),
});
type Answer = z.output<typeof summaryAnswer>;

/** The options that make no sense with a sum of all dry runs. */
const OTHERS = ['state', 'verb', 'machine', 'target', 'limit', 'watch', 'every'];

/** @returns the exit code */
export async function summarizeDryRuns(call: Call): Promise<number> {
  const { line, screen } = call;
  const { values, lists, flags } = line;
  if (!flags.has('dry-run')) throw usageError('expected --summary with --dry-run: it sums up dry runs');
  const other = OTHERS.find((name) => values.has(name) || lists.has(name) || flags.has(name));
  if (other !== undefined) throw usageError(`expected --summary without --${other}: it sums up all dry runs of stops`);
  const json = wantsJson(call);
  const query = { since: readSince(values.get('since')) };
  const answer = await openServer(call).ask(summaryAnswer, { path: 'api/v1/operations/summary', query });
  if (json) screen.json(answer);
  else screen.write(summaryLines(answer, Date.now(), screen.columns()));
  return EXIT.ok;
}

/** @param width characters in a line; undefined for no limit */
function summaryLines(
  { since, isShortened, rows, real }: Answer,
  now: number,
  width: number | undefined,
): readonly Line[] {
  const days = `${isShortened ? 'there are more dry runs than one answer sums up; ' : ''}since ${since}`;
  const { automatic, byPeople, machines } = real;
  const table = rows.length === 0 ? [['no alert had a dry run of a stop']] : tableOf(rows, now, width);
  const stops = `really stopped: ${automatic} ${automatic === 1 ? 'time' : 'times'} automatically, ${byPeople} by people; ${machines} ${machines === 1 ? 'machine' : 'machines'}`;
  return [...table, [], [`${days}; ${stops}`]];
}

function tableOf(rows: readonly Row[], now: number, width: number | undefined): readonly Line[] {
  const column = (heading: string, cell: (row: Row) => Cell, room: Pick<Column, 'goes' | 'least'> = {}): Column => ({
    heading,
    cells: rows.map(cell),
    ...room,
  });
  return layOut(
    [
      column('MACHINE', ({ instance }) => ({ text: instance.name ?? instance.id }), { least: 10 }),
      column('INSTANCE', ({ instance }) => ({ text: instance.name === undefined ? '' : instance.id }), { goes: 1 }),
      column('OWNER', ({ instance }) => ({ text: instance.owner ?? '' }), { goes: 4 }),
      column('RULE', ({ rule }) => ({ text: rule }), { least: 10 }),
      column('WOULD STOP', ({ stops }) => ({ text: `${stops}×` })),
      column('HOURS', ({ stoppedSeconds }) => ({ text: (stoppedSeconds / 3_600).toFixed(1) })),
      column('FIRST', ({ firstAt }) => ({ text: ageOf(firstAt, now) }), { goes: 2 }),
      column('LAST', ({ lastAt }) => ({ text: ageOf(lastAt, now) }), { goes: 3 }),
      column('WOULD NOT', ({ heldBack, mostHeldBy }) => ({
        text: heldBack === 0 ? '' : `${heldBack}× (${mostHeldBy ?? ''})`,
      })),
    ],
    width,
  );
}
