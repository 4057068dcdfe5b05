/** Parses a command line by the table of commands. */
import { parseArgs } from 'node:util';
import type { CommandEntry } from './command-entry.ts';
import { usageError } from './command-error.ts';
import { COMMAND_NAMES, entryOf, isCommand, type CommandName } from './commands.ts';
import { nearest } from '../domain/nearest.ts';

export interface CommandLine {
  readonly command: CommandName;
  readonly operands: readonly string[];
  /** The command line of another program, behind `--`. */
  readonly rest: readonly string[];
  /** The given options without a value; no leading dashes. */
  readonly flags: ReadonlySet<string>;
  /** The given options with a value, apart from `lists`. */
  readonly values: ReadonlyMap<string, string>;
  /** The given options that can be repeated, with all their values. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

export type Reading =
  | { readonly kind: 'command'; readonly line: CommandLine }
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version' };

/** @throws CommandError that says what was expected, and suggests the nearest known word */
export function readCommandLine(argv: readonly string[]): Reading {
  const [first] = argv;
  if (first === '--help' || first === '-h') return { kind: 'help' };
  if (first === '--version' || first === '-v') return { kind: 'version' };
  // Containers and systemd units run the program without a command.
  const [name = 'serve', ...words] = first === undefined || first.startsWith('-') ? ['serve', ...argv] : argv;
  const command = readName(name);
  const [before] = splitWords(words);
  if (before.includes('--help') || before.includes('-h')) return { kind: 'help', command };
  const line = { command, ...readWords(command, words) };
  if (command !== 'help') return { kind: 'command', line };
  const [about] = line.operands;
  return about === undefined ? { kind: 'help' } : { kind: 'help', command: readName(about) };
}

function readName(name: string): CommandName {
  if (isCommand(name)) return name;
  const close = nearest(name, COMMAND_NAMES);
  const hint = close === undefined ? '' : ` Did you mean "${close}"?`;
  throw usageError(`there is no command "${name}".${hint} ec2-operator --help lists all commands`);
}

/** @returns the words before `--`, and those behind it */
function splitWords(words: readonly string[]): readonly [before: readonly string[], behind: readonly string[]] {
  const dashes = words.indexOf('--');
  return dashes < 0 ? [words, []] : [words.slice(0, dashes), words.slice(dashes + 1)];
}

function readWords(command: CommandName, all: readonly string[]): Omit<CommandLine, 'command'> {
  const entry = entryOf(command);
  const [words, rest] = entry.rest === undefined ? [all, []] : splitWords(all);
  if (entry.rest !== undefined && rest.length === 0) {
    throw usageError(
      `expected -- ${entry.rest} at the end of "${command}", got none: see ec2-operator ${command} --help`,
    );
  }
  const options = Object.fromEntries(
    Object.entries(entry.options).map(([name, { value, many = false }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: many },
    ]),
  );
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  let operands: readonly string[];
  try {
    const found = parseArgs({ args: [...words], options, allowPositionals: true });
    operands = found.positionals;
    for (const [name, value] of Object.entries(found.values)) {
      if (typeof value === 'string') values.set(name, value);
      else if (Array.isArray(value)) lists.set(name, readList(entry, name, value.map(String)));
      else flags.add(name);
    }
  } catch (cause) {
    throw usageError(explain(command, entry, words, cause), cause);
  }
  checkOperands(command, entry, operands);
  for (const [name, value] of values) checkChoice(entry, name, value);
  for (const [name, list] of lists) for (const value of list) checkChoice(entry, name, value);
  return { operands, rest, flags, values, lists };
}

/** Choices can be separated by commas. Other values, such as a tag Name, may contain a comma. */
function readList(entry: CommandEntry, name: string, values: readonly string[]): readonly string[] {
  return entry.options[name]?.choices === undefined ? values : values.flatMap((value) => value.split(','));
}

/** Node's message names the option, but does not suggest another one. */
function explain(command: CommandName, entry: CommandEntry, words: readonly string[], cause: unknown): string {
  const names = Object.keys(entry.options);
  for (const word of words) {
    const name = /^--([^=]+)/.exec(word)?.[1];
    if (name === undefined || names.includes(name)) continue;
    const close = nearest(name, names);
    const hint = close === undefined ? '' : ` Did you mean --${close}?`;
    return `${command} has no option --${name}.${hint} ec2-operator ${command} --help lists all options`;
  }
  const [sentence = ''] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s/);
  return `${sentence.replace(/\.$/, '')}. ec2-operator ${command} --help explains it`;
}

function checkOperands(command: CommandName, entry: CommandEntry, operands: readonly string[]): void {
  const [least, most] = entry.count;
  if (operands.length >= least && operands.length <= most) return;
  const [surplus = ''] = operands.slice(most);
  const got = operands.length < least ? 'got nothing more' : `got "${surplus}" as well`;
  throw usageError(
    `expected ${entry.operands === '' ? 'nothing' : entry.operands} behind "${command}", ${got}: see ec2-operator ${command} --help`,
  );
}

function checkChoice(entry: CommandEntry, name: string, value: string): void {
  const choices = entry.options[name]?.choices;
  if (choices === undefined || choices.includes(value)) return;
  const close = nearest(value, choices);
  const hint = close === undefined ? '' : `. Did you mean ${close}?`;
  throw usageError(`expected one of ${choices.join(', ')} for --${name}, got "${value}"${hint}`);
}
