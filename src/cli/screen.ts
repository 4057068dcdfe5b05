/** All output to the terminal. Foreign text is written with its control characters made visible. */
import process from 'node:process';
import { styleText } from 'node:util';
import type { Environment } from '../config/environment.ts';

export type Style = 'good' | 'bad' | 'pending' | 'quiet' | 'strong';

/** A piece of a line. Text cannot bring its own style. */
export type Piece = string | { readonly text: string; readonly style: Style };
export type Line = readonly Piece[];

export interface Screen {
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Characters in a line of the terminal; undefined without one. */
  readonly columns: () => number | undefined;
  readonly write: (lines: readonly Line[]) => void;
  /** Writes a line of progress or a warning to standard error. */
  readonly note: (line: Line) => void;
  /** Writes a value as one line of JSON to standard output. */
  readonly json: (value: unknown) => void;
  /** Replaces the content of the terminal with as many of these lines as fit. */
  readonly redraw: (lines: readonly Line[]) => void;
}

export function openScreen(environment: Environment): Screen {
  const { stdout, stderr } = process;
  const inColour = (stream: { readonly isTTY?: boolean }): boolean =>
    stream.isTTY === true && environment['NO_COLOR'] === undefined && environment['TERM'] !== 'dumb';
  const out = inColour(stdout);
  const err = inColour(stderr);
  return {
    isTerminal: stdout.isTTY,
    // A terminal of unknown size reports 0.
    columns: () => (stdout.isTTY && stdout.columns > 0 ? stdout.columns : undefined),
    write: (lines) => {
      for (const line of lines) stdout.write(`${render(line, out)}\n`);
    },
    note: (line) => {
      stderr.write(`${render(line, err)}\n`);
    },
    json: (value) => {
      stdout.write(`${asJson(value)}\n`);
    },
    redraw: (lines) => {
      const shown = lines
        .slice(0, stdout.rows > 1 ? stdout.rows - 1 : undefined)
        .map((line) => `${render(line, out)}\u001B[K\n`);
      stdout.write(`\u001B[H${shown.join('')}\u001B[J`);
    },
  };
}

const STYLES = { good: 'green', bad: 'red', pending: 'yellow', quiet: 'dim', strong: 'bold' } as const;

export function render(line: Line, inColour: boolean): string {
  return line
    .map((piece) => {
      if (typeof piece === 'string') return atOwnClock(printable(piece));
      const text = atOwnClock(printable(piece.text));
      return inColour ? styleText(STYLES[piece.style], text, { validateStream: false }) : text;
    })
    .join('');
}

/** As the server writes times. The times of examples have no milliseconds. */
const SERVER_TIME = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g;

/** Times in texts of the server are told at the reader's own clock, like those in tables, and with its offset. */
function atOwnClock(text: string): string {
  return text.replace(SERVER_TIME, (time) => {
    const at = new Date(time);
    if (Number.isNaN(at.getTime())) return time;
    const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(Temporal.Now.timeZoneId());
    const shown = local.toString({ smallestUnit: 'second', timeZoneName: 'never' });
    return shown.replace(/\+00:00$/, 'Z');
  });
}

/** Control characters, invisible characters, characters that change the direction of text, and lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Replaces characters that a terminal obeys, or that deceive a reader, by their code. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** JSON on one line. JSON.stringify escapes the first 32 characters; terminals obey some others, too. */
export function asJson(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}
