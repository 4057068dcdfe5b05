/** The parameters of a command, and how it reads its options. */
import type { Environment } from '../config/environment.ts';
import { parseTags, type Selector } from '../domain/selector.ts';
import { parseDuration } from '../domain/duration.ts';
import type { CommandLine } from './command-line.ts';
import { usageError } from './command-error.ts';
import type { Screen } from './screen.ts';

export interface Call {
  readonly line: CommandLine;
  readonly environment: Environment;
  /** The environment before this program changed it: for a program that it starts. */
  readonly inherited: Environment;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  readonly screen: Screen;
}

/** Whether the output is for programs: by option, or because it is not a terminal. */
export function wantsJson({ line: { flags }, screen }: Call): boolean {
  if (flags.has('json') && flags.has('table')) throw usageError('expected one of --json and --table, got both');
  return flags.has('json') || (!screen.isTerminal && !flags.has('table'));
}

/** @returns milliseconds */
export function readDuration({ line }: Call, option: string, fallback: string): number {
  const text = line.values.get(option) ?? fallback;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw usageError(`expected a duration such as 90s, 10m or 1h for --${option}, got "${text}"`);
}

/** The tags of an option, `--only` by default; undefined when it was not given. */
export function readTags({ line }: Call, option = 'only'): Selector | undefined {
  const text = line.values.get(option);
  if (text === undefined) return undefined;
  const tags = parseTags(text);
  if (tags.ok) return tags.value;
  throw usageError(`--${option}: ${tags.message}`);
}

/** Undefined when the option was not given. */
export function readNumber(
  { line }: Call,
  option: string,
  [least, most]: readonly [least: number, most: number],
): number | undefined {
  const text = line.values.get(option);
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw usageError(`expected a number from ${least} to ${most} for --${option}, got "${text}"`);
}
