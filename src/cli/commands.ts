/** The one table of commands. A new one is an entry here and a function in `command.ts`, which does not compile without. */
import type { CommandEntry } from './command-entry.ts';
import { CLIENT } from './client-commands.ts';
import { SERVER } from './server-commands.ts';

export const COMMANDS = { ...CLIENT, ...SERVER };

export type CommandName = keyof typeof COMMANDS;

/** A command's entry, in the type that all of them share. */
export function entryOf(name: CommandName): CommandEntry {
  return COMMANDS[name];
}

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** In the order in which help shows them. */
export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS).filter(isCommand);
