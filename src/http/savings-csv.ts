/** Savings as a file for a spreadsheet (RFC 4180). */
import type { FiguresBody, SavingsAnswer, SavingsRowBody } from './savings-schemas.ts';

type Value = string | number | undefined;
type Cell = readonly [heading: string, of: (row: SavingsRowBody, answer: SavingsAnswer) => Value];

/** A stop that a person asked for is no regret. */
const REGRET_CELLS: readonly Cell[] = [
  ['regrets_15m', ({ automatic }) => automatic.regrets['15m']],
  ['regrets_30m', ({ automatic }) => automatic.regrets['30m']],
  ['regrets_60m', ({ automatic }) => automatic.regrets['60m']],
  ['waits', ({ automatic }) => automatic.waits],
  ['waited_minutes', ({ automatic }) => automatic.waitedMinutes],
];

/** Whose figures they are stands in each heading, because a spreadsheet has no other place for it. */
const CELLS: readonly Cell[] = [
  ['name', ({ name }) => name],
  ['owner', ({ owner }) => owner],
  ['type', ({ type }) => type],
  ['cause', ({ by }) => by],
  ...sumCells('automatic', ''),
  ...REGRET_CELLS,
  ...sumCells('asked', 'asked_'),
  // Rows of several files are put together: each says by which prices and of which time it is.
  ['price_basis', ({ automatic, asked }, { basis }) => ([automatic, asked].some(hasPrice) ? basis : undefined)],
  ['since', (_, { since }) => since],
  ['until', (_, { until }) => until],
];

function sumCells(basis: 'automatic' | 'asked', before: string): readonly Cell[] {
  const cells: readonly (readonly [heading: string, of: (figures: FiguresBody) => Value])[] = [
    ['stops', ({ stops }) => stops],
    ['saved_hours', ({ savedHours }) => savedHours],
    ['saved_hours_without_price', ({ unpricedHours }) => unpricedHours],
    ['usd_at_price', (figures) => inDollars(figures, 'atPrice')],
    ['usd_off_bill', (figures) => inDollars(figures, 'offBill')],
    ['usd_billed_on', billedOnOf],
    ['hours_with_unknown_billed_on', ({ billedOnUnknownHours }) => billedOnUnknownHours],
  ];
  return cells.map(([heading, of]) => [`${before}${heading}`, (row) => of(row[basis])] as const);
}

function hasPrice({ savedHours, unpricedHours }: FiguresBody): boolean {
  return savedHours > unpricedHours;
}

/** Hours without a known price are not worth 0 dollars. */
function inDollars(figures: FiguresBody, which: 'atPrice' | 'offBill'): Value {
  return figures.savedHours === 0 || hasPrice(figures) ? figures.dollars[which] : undefined;
}

/** A cost that was not known is not 0, either. */
function billedOnOf({ savedHours, billedOnUnknownHours, dollars }: FiguresBody): Value {
  return savedHours > 0 && billedOnUnknownHours >= savedHours ? undefined : dollars.billedOn;
}

export function savingsCsv(answer: SavingsAnswer): string {
  const { by, rows } = answer;
  // Programs read columns by their names, so no two have the same.
  const cells = CELLS.filter(([heading]) => heading !== by);
  const head = [by, ...cells.map(([heading]) => heading)];
  const lines = rows.map((row) => [cell(row.id), ...cells.map(([, of]) => cell(of(row, answer)))]);
  return [head, ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

/** Some spreadsheets trim spaces first, and take the wide signs of Asian keyboards, too. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** A text that a spreadsheet would take for a formula is quoted with an apostrophe: names and tags are written by strangers. */
function cell(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
