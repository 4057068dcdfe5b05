/** Savings as a file for a spreadsheet (RFC 4180). */
import type { FiguresBody, SavingsAsk, SavingsRowBody } from './savings-schemas.ts';

type Cell = readonly [heading: string, of: (row: SavingsRowBody) => string | number | undefined];

/** Whose figures they are stands in each heading, because a spreadsheet has no other place for it. */
const CELLS: readonly Cell[] = [
  ['name', ({ name }) => name],
  ['owner', ({ owner }) => owner],
  ['type', ({ type }) => type],
  ...figureCells('automatic', ''),
  ...figureCells('asked', 'asked_'),
];

function figureCells(basis: 'automatic' | 'asked', before: string): readonly Cell[] {
  const cells: readonly (readonly [heading: string, of: (figures: FiguresBody) => number])[] = [
    ['stops', ({ stops }) => stops],
    ['saved_hours', ({ savedHours }) => savedHours],
    ['saved_hours_without_price', ({ unpricedHours }) => unpricedHours],
    ['usd_at_price', ({ dollars }) => dollars.atPrice],
    ['usd_off_bill', ({ dollars }) => dollars.offBill],
    ['usd_billed_on', ({ dollars }) => dollars.billedOn],
    ['regrets_15m', ({ regrets }) => regrets['15m']],
    ['regrets_30m', ({ regrets }) => regrets['30m']],
    ['regrets_60m', ({ regrets }) => regrets['60m']],
    ['waits', ({ waits }) => waits],
    ['waited_minutes', ({ waitedMinutes }) => waitedMinutes],
  ];
  return cells.map(([heading, of]) => [`${before}${heading}`, (row) => of(row[basis])] as const);
}

export function savingsCsv(by: SavingsAsk['by'], rows: readonly SavingsRowBody[]): string {
  // Programs read columns by their names, so no two have the same.
  const cells = CELLS.filter(([heading]) => heading !== by);
  const head = [by, ...cells.map(([heading]) => heading)];
  const lines = rows.map((row) => [cell(row.id), ...cells.map(([, of]) => cell(of(row)))]);
  return [head, ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

/** Some spreadsheets trim spaces first, and take the wide signs of Asian keyboards, too. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** A text that a spreadsheet would take for a formula is quoted with an apostrophe: names and tags are written by strangers. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
