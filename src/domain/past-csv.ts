/**
 * Reads the times in which machines were busy from comma-separated text: `machine,start,end`, as spreadsheets, databases and scripts
 * write it. A row that cannot be read is an error, because a replay of half of a file would mislead.
 */
import { addUse, pastUse, type PastUse } from './past-use.ts';
import { quote } from './parsed.ts';

/** Names the line, and what was expected there. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
  }
}

export interface PastReader {
  /** Any piece of the text, in order. @throws CsvError */
  readonly feed: (text: string) => void;
  /** The machines in the order of their first rows. @throws CsvError when the text ends too early, or says nothing */
  readonly end: () => { readonly past: readonly PastUse[]; readonly rows: number };
}

/** Where the columns stand. */
interface Header {
  readonly fields: number;
  readonly machine: number;
  readonly start: number;
  readonly end: number;
  readonly type: number | undefined;
}

const WITHOUT_HEADER: Header = { fields: 3, machine: 0, start: 1, end: 2, type: undefined };

/** A quoted name may hold a line break, but a quote that is never closed must not swallow the file. */
const LONGEST_RECORD = 10_000;

export function createPastReader(): PastReader {
  const machines = new Map<string, { readonly uses: number[]; readonly types: Set<string> }>();
  let header: Header | undefined;
  let rest = '';
  let line = 0;
  let rows = 0;
  /** The record that an open quote continues, and its first line. */
  let open: { readonly text: string; readonly line: number } | undefined;

  function readLine(text: string): void {
    line += 1;
    const record = open === undefined ? text : `${open.text}\n${text}`;
    const first = open?.line ?? line;
    if (record.length > LONGEST_RECORD)
      throw new CsvError(first, open === undefined ? TOO_LONG : 'expected a quote that is closed, got none');
    if (record.includes('\ufffd')) throw new CsvError(first, 'expected text in UTF-8, got other bytes');
    const fields = fieldsOf(record, first);
    open = fields === undefined ? { text: record, line: first } : undefined;
    if (fields === undefined || fields.every((field) => field === '')) return;
    if (header === undefined) {
      header = headerOf(fields, first);
      if (header !== WITHOUT_HEADER) return;
    }
    addRow(fields, header, first);
  }

  function addRow(fields: readonly string[], columns: Header, at: number): void {
    if (fields.length !== columns.fields)
      throw new CsvError(at, `expected ${columns.fields} fields separated by commas, got ${fields.length}`);
    const machine = fields[columns.machine] ?? '';
    if (machine === '') throw new CsvError(at, 'expected the name of a machine, got nothing');
    const from = readMoment(fields[columns.start] ?? '', 'start', at);
    const until = readMoment(fields[columns.end] ?? '', 'end', at);
    if (until < from)
      throw new CsvError(at, `expected an end that is not before its start, ${iso(from)}, got ${iso(until)}`);
    let known = machines.get(machine);
    if (known === undefined) machines.set(machine, (known = { uses: [], types: new Set() }));
    addUse(known.uses, from, until);
    const type = columns.type === undefined ? '' : (fields[columns.type] ?? '');
    if (type !== '') known.types.add(type);
    rows += 1;
  }

  return {
    feed: (text) => {
      const lines = (rest + text).split(LINE_END);
      rest = lines.pop() ?? '';
      // The other half of a line's end may come with the next piece.
      if (lines.length > 0 && rest === '' && text.endsWith('\r')) rest = `${lines.pop() ?? ''}\r`;
      if (rest.length > LONGEST_RECORD) throw new CsvError(line + lines.length + 1, TOO_LONG);
      for (const one of lines) readLine(one);
    },
    end: () => {
      if (rest !== '') readLine(rest.replace(/\r$/, ''));
      if (open !== undefined) throw new CsvError(open.line, 'expected a quote that is closed, got none');
      if (rows === 0) throw new CsvError(Math.max(1, line), `expected rows of ${EXPECTED}, got none`);
      return { past: [...machines].map(([name, { uses, types }]) => pastUse(name, uses, types)), rows };
    },
  };
}

const LINE_END = /\r\n|\n|\r/;
const EXPECTED = 'machine,start,end';
const TOO_LONG = `expected a row of ${EXPECTED}, got a line of more than ${LONGEST_RECORD} characters`;

/** @returns undefined when a quote is still open at the end */
function fieldsOf(record: string, line: number): readonly string[] | undefined {
  if (!record.includes('"')) return record.split(',').map((field) => field.trim());
  const fields: string[] = [];
  for (let at = 0; ;) {
    // Quotes count only at the beginning of a field. RFC 4180
    const quoted = /^[ \t]*"/.exec(record.slice(at));
    if (quoted === null) {
      const comma = record.indexOf(',', at);
      fields.push(record.slice(at, comma < 0 ? undefined : comma).trim());
      if (comma < 0) return fields;
      at = comma + 1;
      continue;
    }
    const from = at + quoted[0].length;
    const close = closingQuote(record, from);
    if (close === undefined) return undefined;
    fields.push(record.slice(from, close).replaceAll('""', '"'));
    const behind = /^[ \t]*(,|$)/.exec(record.slice(close + 1));
    if (behind === null) throw new CsvError(line, 'expected a comma behind a closing quote, got more text');
    if (behind[1] === '') return fields;
    at = close + 1 + behind[0].length;
  }
}

function closingQuote(record: string, from: number): number | undefined {
  for (let at = record.indexOf('"', from); at >= 0; at = record.indexOf('"', at + 2))
    if (record[at + 1] !== '"') return at;
  return undefined;
}

/** The first record names the columns, in any order and among others, or is a row. */
function headerOf(fields: readonly string[], line: number): Header {
  const names = fields.map((field) => field.toLowerCase());
  const [machine, start, end, type] = ['machine', 'start', 'end', 'type'].map((name) => names.indexOf(name));
  if (machine !== undefined && start !== undefined && end !== undefined && Math.min(machine, start, end) >= 0) {
    const again = ['machine', 'start', 'end', 'type'].find((name) => names.indexOf(name) !== names.lastIndexOf(name));
    if (again !== undefined) throw new CsvError(line, `expected one column ${again}, got two`);
    return { fields: fields.length, machine, start, end, type: type === -1 ? undefined : type };
  }
  const [, from = '', until = ''] = fields;
  if (fields.length === 3 && (typeof momentOf(from) === 'number' || typeof momentOf(until) === 'number'))
    return WITHOUT_HEADER;
  const got =
    fields.length === 1 && /[;\t]/.test(fields[0] ?? '') ? 'other separators than commas' : quote(fields.join(','));
  throw new CsvError(line, `expected the header ${EXPECTED} or a row of it, separated by commas, got ${got}`);
}

function readMoment(text: string, column: string, line: number): number {
  const moment = momentOf(text);
  if (typeof moment === 'number') return moment;
  throw new CsvError(line, `expected ${moment ?? TIMES} as ${column}, got ${text === '' ? 'nothing' : quote(text)}`);
}

const TIMES = 'a time such as 2026-11-27T14:00:00Z, or seconds since the epoch,';

const NUMBER = /^[+-]?\d+(?:\.\d*)?(?:e\+?\d{1,2})?$/i;

/** Beyond this, seconds since the epoch lie in the year 5138: they are milliseconds. */
const MOST_SECONDS = 1e11;

const RFC_3339 =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[Tt ](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?<part>\.\d+)?(?<zone>[Zz]|[+-]\d\d:\d\d)?$/;

/** @returns milliseconds since the epoch; or what was expected, where that is known better */
function momentOf(text: string): number | string | undefined {
  if (NUMBER.test(text)) {
    const seconds = Number(text);
    if (Math.abs(seconds) < MOST_SECONDS) return Math.round(seconds * 1_000);
    return 'seconds since the epoch, not milliseconds,';
  }
  const groups = RFC_3339.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { zone, part = '' } = groups;
  if (zone === undefined) return 'a time with its offset from UTC, such as 2026-11-27T14:00:00Z,';
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((name) =>
    Number(groups[name]),
  );
  if (!areInRange(year, month, day, hour, minute, second)) return undefined;
  const at = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  const offset = offsetOf(zone);
  return offset === undefined ? undefined : at + Math.round(Number(`0${part}`) * 1_000) - offset;
}

/** A second 60 is a leap second: it counts as the next one. */
function areInRange(year = 0, month = 0, day = 0, hour = 24, minute = 60, second = 61): boolean {
  const days = month >= 1 && month <= 12 ? new Date(Date.UTC(year, month, 0)).getUTCDate() : 0;
  return year >= 1900 && day >= 1 && day <= days && hour < 24 && minute < 60 && second <= 60;
}

/** In milliseconds; undefined for one that no clock has. */
function offsetOf(zone: string): number | undefined {
  if (zone.length === 1) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
