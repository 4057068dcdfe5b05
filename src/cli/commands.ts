/** The table of commands. A new command is an entry here and a function in `command.ts`, which the compiler requires. */
import type { CommandEntry } from './command-entry.ts';
import { CLIENT } from './client-commands.ts';
import { SERVER } from './server-commands.ts';

export const COMMANDS = { ...CLIENT, ...SERVER };

export type CommandName = keyof typeof COMMANDS;

export function entryOf(name: CommandName): CommandEntry {
  return COMMANDS[name];
}

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** In the order of the help. */
export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS).filter(isCommand);
