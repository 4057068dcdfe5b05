/** What the command line knows about one command. Help, completion, parsing and docs/cli.md are all made from it. */

export interface CommandEntry {
  /** For people, who talk to a running server; or for the machine that the server runs on. */
  readonly group: 'people' | 'server';
  /** What it does, in a line. */
  readonly summary: string;
  /** The operands as the synopsis shows them; empty for none. */
  readonly operands: string;
  /** The fewest and the most operands. */
  readonly count: readonly [least: number, most: number];
  /** What completion offers for an operand; nothing when absent. */
  readonly completes?: 'files' | readonly string[];
  readonly options: Readonly<Record<string, OptionEntry>>;
  /** Paragraphs of its help. */
  readonly notes?: readonly string[];
  readonly examples: readonly Example[];
}

export interface OptionEntry {
  /** The word for its value in the synopsis; a flag has none. */
  readonly value?: string;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** It can be given more than once; where there are choices, also with commas between several. */
  readonly many?: true;
  /** Completion offers files. */
  readonly file?: true;
  readonly meaning: string;
}

export interface Example {
  readonly run: string;
  readonly does: string;
}
