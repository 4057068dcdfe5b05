/** `savings` shows what stops have saved, never without how often they were regretted. */
import type * as z from 'zod';
import { CAUSE_KINDS } from '../domain/cause.ts';
import { tellRate, tellRule, tellSum } from '../domain/savings-words.ts';
import { savingsAnswer } from './answers.ts';
import { readNumber, wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import type { Line } from './screen.ts';
import { readWhen } from './list.ts';
import { openServer } from './server.ts';
import { sparkline } from './sparkline.ts';
import { layOut } from './table.ts';

type Answer = z.output<typeof savingsAnswer>;
type Row = Answer['rows'][number];
type Figures = Answer['total']['automatic'];

/** @returns the exit code */
export async function showSavings(call: Call): Promise<number> {
  const { screen, line } = call;
  const { flags, values } = line;
  const isCsv = flags.has('csv');
  if (isCsv && (flags.has('json') || flags.has('table')))
    throw usageError('expected one of --csv, --json and --table, got several');
  const period = readPeriod(call);
  const query = {
    ...period,
    by: values.get('by'),
    mine: flags.has('mine') ? 'true' : undefined,
    owner: values.get('owner'),
    machine: values.get('machine'),
    rule: values.get('rule'),
  };
  const server = openServer(call);
  if (isCsv) {
    const file = await server.askText({ path: 'api/v1/savings.csv', query });
    screen.write(
      file
        .split('\r\n')
        .slice(0, -1)
        .map((row) => [row]),
    );
    return EXIT.ok;
  }
  const json = wantsJson(call);
  const answer = await server.ask(savingsAnswer, { path: 'api/v1/savings', query });
  if (json) screen.json(answer);
  else screen.write(linesOf(answer, period, screen.columns()));
  return EXIT.ok;
}

interface Period {
  readonly days?: string;
  readonly since?: string;
  readonly until?: string;
}

function readPeriod(call: Call): Period {
  const { values } = call.line;
  const days = readNumber(call, 'days', [1, 3_660]);
  const [since, until] = [readWhen('since', values.get('since')), readWhen('until', values.get('until'))];
  if (days !== undefined && since !== undefined) throw usageError('expected one of --days and --since, got both');
  return {
    ...(since === undefined ? { days: String(days ?? 30) } : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

/** @param before stands before a number of days */
function tellPeriod({ days, since = '', until }: Period, before: string): string {
  const end = until === undefined ? '' : ` until ${until}`;
  return `${days === undefined ? `since ${since}` : `${before}${days} days`}${end}`;
}

function linesOf(answer: Answer, period: Period, width: number | undefined): readonly Line[] {
  const { total, rows, by, suggestions } = answer;
  const { automatic, asked } = total;
  if (automatic.stops + asked.stops === 0 && automatic.savedHours + asked.savedHours === 0)
    return [[`no stop ${tellPeriod(period, 'in the last ')}: docs/savings.md says which are counted`]];
  return [
    [{ text: `${tellPeriod(period, '')}: ${headOf(automatic, answer.basis)}`, style: 'strong' }],
    ...beganLines(answer),
    ...(asked.stops > 0 ? [[`asked for by people: ${countOf(asked.stops)}, ${hours(asked.savedHours)} h`]] : []),
    ...(by === 'day' ? [[`${sparkline(rows.map((row) => row.automatic.savedHours))}  hours a day`]] : []),
    [''],
    ...table(rows.filter(isUsed), by, width),
    ...(suggestions.length === 0 ? [] : [[''], ...suggestions.map(({ message }): Line => [message])]),
  ];
}

/** A year of which a month is recorded is told as such. */
function beganLines({ since, firstStopAt }: Answer): readonly Line[] {
  if (since === undefined || firstStopAt === undefined || Date.parse(firstStopAt) <= Date.parse(since)) return [];
  return [[`the first stop of the record began at ${firstStopAt}`]];
}

function headOf(figures: Figures, basis = 'by price'): string {
  const { savedHours, unpricedHours, dollars, waits, waitedMinutes } = figures;
  const parts = [
    `${hours(savedHours)} h saved${unpricedHours > 0 ? ` (${hours(unpricedHours)} h without a known price)` : ''}`,
    ...(savedHours > unpricedHours ? [`${tellSum(dollars.atPrice)} ${basis}`] : []),
    ...(dollars.atPrice - dollars.offBill >= 0.005 ? [`${tellSum(dollars.offBill)} off the bill`] : []),
    ...(dollars.billedOn > 0 ? [`${tellSum(dollars.billedOn)} billed on for volumes and Elastic IPs`] : []),
    regretsOf(figures),
    ...(waits > 0 ? [`people waited ${Math.round(waitedMinutes)} min`] : []),
  ];
  return parts.join(', ');
}

function regretsOf({ stops, regrets, regretRate }: Figures): string {
  if (regretRate === undefined) return 'no stop that could be regretted';
  return `${tellRate(regretRate)} of stops regretted (${regrets['30m']} of ${stops})`;
}

function countOf(stops: number): string {
  return stops === 1 ? 'one stop' : `${stops} stops`;
}

function isUsed({ automatic, asked }: Row): boolean {
  return automatic.stops + asked.stops > 0 || automatic.savedHours + asked.savedHours > 0;
}

function nameOf({ id = '-', name, by }: Row): string {
  const kind = CAUSE_KINDS.find((one) => one === by);
  return kind === undefined ? (name ?? id) : tellRule({ by: kind, id });
}

function hours(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}

function table(rows: readonly Row[], by: string, width: number | undefined): readonly Line[] {
  const column = (heading: string, show: (row: Row) => string, room = {}) => ({
    heading,
    cells: rows.map((row) => ({ text: show(row) })),
    ...room,
  });
  return layOut(
    [
      column(by.toUpperCase(), nameOf, { least: 10 }),
      ...(by === 'machine'
        ? [
            column('OWNER', ({ owner = '' }) => owner, { goes: 2, least: 6 }),
            column('TYPE', ({ type = '' }) => type, { goes: 3 }),
          ]
        : []),
      column('STOPS', ({ automatic }) => String(automatic.stops)),
      column('HOURS', ({ automatic }) => hours(automatic.savedHours)),
      column('$ AT PRICE', ({ automatic }) => dollarsOf(automatic, 'atPrice')),
      column('$ OFF BILL', ({ automatic }) => dollarsOf(automatic, 'offBill'), { goes: 1 }),
      column('REGRETS', ({ automatic }) => String(automatic.regrets['30m'])),
      column('WAITED', ({ automatic }) => (automatic.waits === 0 ? '' : `${Math.round(automatic.waitedMinutes)} min`), {
        goes: 4,
      }),
      column('ASKED H', ({ asked }) => (asked.savedHours === 0 ? '' : hours(asked.savedHours)), { goes: 5 }),
    ],
    width,
  );
}

/** No dollars are made up for hours without a price. */
function dollarsOf({ savedHours, unpricedHours, dollars }: Figures, which: 'atPrice' | 'offBill'): string {
  if (savedHours === 0) return '';
  return savedHours > unpricedHours ? dollars[which].toFixed(2) : '?';
}
