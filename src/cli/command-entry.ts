/** The description of one command. Help, completion, parsing and docs/cli.md are made from it. */

export interface CommandEntry {
  /** `people`: talks to a running server. `server`: runs on the server's machine. */
  readonly group: 'people' | 'server';
  /** Its purpose in one line. */
  readonly summary: string;
  /** The operands as the synopsis shows them; empty for none. */
  readonly operands: string;
  /** The fewest and the most operands. */
  readonly count: readonly [least: number, most: number];
  /** The command line of another program, which has to follow `--`, as the synopsis shows it. */
  readonly rest?: string;
  /** The operands that completion offers; none when absent. */
  readonly completes?: 'files' | readonly string[];
  readonly options: Readonly<Record<string, OptionEntry>>;
  /** Paragraphs of its help. */
  readonly notes?: readonly string[];
  /** Its own exit codes, where those of the commands for people do not fit. */
  readonly exitCodes?: readonly (readonly [code: string, meaning: string])[];
  readonly examples: readonly Example[];
}

export interface OptionEntry {
  /** The name of its value in the synopsis; absent for a flag. */
  readonly value?: string;
  /** The only valid values. */
  readonly choices?: readonly string[];
  /** Can be given more than once. Choices can also be separated by commas. */
  readonly many?: true;
  /** Completion offers files. */
  readonly file?: true;
  readonly meaning: string;
}

export interface Example {
  readonly run: string;
  readonly does: string;
}

/** Of commands that list what the API and the pages give in parts. */
export const CURSOR = {
  cursor: { value: 'C', meaning: 'go on where a part of the list has ended, as the line on its next page says it' },
} as const;

/** Of commands that show something. */
export const OUTPUT = {
  json: { meaning: 'JSON, one object per line; the default when the output is not a terminal' },
  table: { meaning: 'text, even when the output is not a terminal' },
} as const;
