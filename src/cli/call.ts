/** What a command for people gets to work with. */
import type { Environment } from '../config/environment.ts';
import { parseDuration } from '../domain/duration.ts';
import type { CommandLine } from './command-line.ts';
import { usageError } from './command-error.ts';
import type { Screen } from './screen.ts';

export interface Call {
  readonly line: CommandLine;
  readonly environment: Environment;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  readonly screen: Screen;
}

/** Whether the output is for programs: asked for, or nobody looks at it. */
export function wantsJson({ line: { flags }, screen }: Call): boolean {
  if (flags.has('json') && flags.has('table')) throw usageError('expected one of --json and --table, got both');
  return flags.has('json') || (!screen.isTerminal && !flags.has('table'));
}

/**
 * Reads an option's duration.
 *
 * @returns milliseconds
 */
export function readDuration({ line }: Call, option: string, fallback: string): number {
  const text = line.values.get(option) ?? fallback;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw usageError(`expected a duration such as 90s, 10m or 1h for --${option}, got "${text}"`);
}
