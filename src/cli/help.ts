/** What `--help` says: all of it from the table of commands. */
import type { CommandEntry, Example } from './command-entry.ts';
import { COMMAND_NAMES, entryOf, type CommandName } from './commands.ts';
import { wrap } from './wrap.ts';

const WIDTH = 100;

/** What scripts can go by; the order is that of the codes. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done: the state is reached, or what was asked for is shown'],
  [1, 'failed, refused or cancelled; there is no such operation; it cannot be cancelled any more'],
  [2, 'the command line, or what it names, is not understood'],
  [
    3,
    'the server could not be asked: unreachable, the token is not accepted, too many requests, or a fault of its own',
  ],
  [4, 'not done within --wait; the operation goes on'],
  [130, 'interrupted by Ctrl-C; the operation goes on (143: by SIGTERM)'],
];

export const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['EC2_OPERATOR_URL', 'where the server is; http://127.0.0.1:8080 unless set'],
  ['EC2_OPERATOR_TOKEN', 'the token to show'],
  ['EC2_OPERATOR_TOKEN_FILE', 'a file that holds the token; EC2_OPERATOR_TOKEN beats it'],
  ['NODE_EXTRA_CA_CERTS', 'a PEM file with the certificate authority of a server that has a private one'],
  ['NO_COLOR', 'no colours; there are none anyway where the output is not a terminal'],
];

const FIRST_EXAMPLES: readonly Example[] = [
  { run: 'ec2-operator serve --sandbox', does: 'try it without AWS; it prints a token' },
  { run: 'export EC2_OPERATOR_TOKEN=...', does: 'what it printed' },
  { run: 'ec2-operator stop 10.0.1.5 --dry-run', does: 'would this machine be stopped?' },
  { run: 'ec2-operator stop 10.0.1.5', does: 'stop it, and see how it goes' },
  { run: 'ec2-operator start 10.0.1.5', does: 'get it back' },
  { run: 'ec2-operator status 10.0.1.5', does: 'what has become of it, and why' },
  { run: 'ec2-operator ops --watch', does: 'everything that is going on' },
];

/** The help of everything. */
export function overallHelp(): string {
  const list = (group: CommandEntry['group']): string =>
    pairs(
      COMMAND_NAMES.filter((name) => entryOf(name).group === group).map((name) => [
        `${name} ${entryOf(name).operands}`.trim(),
        entryOf(name).summary,
      ]),
    );
  return [
    'ec2-operator: turns Prometheus alerts into safe EC2 starts and stops',
    section('Examples', examples(FIRST_EXAMPLES)),
    section('For people, with a server that runs', list('people')),
    section('On the server', list('server')),
    section('Variables of the commands for people', pairs(VARIABLES)),
    section('Exit codes of the commands for people', exitCodes()),
    'ec2-operator COMMAND --help explains one command. --version says which version this is.',
  ].join('\n\n');
}

/** The help of one command. */
export function commandHelp(name: CommandName): string {
  const entry = entryOf(name);
  const options = Object.entries(entry.options).map(
    ([option, { value, choices, meaning }]): readonly [string, string] => [
      value === undefined ? `--${option}` : `--${option} ${value}`,
      choices === undefined ? meaning : `${meaning} (${choices.join(', ')})`,
    ],
  );
  return [
    `ec2-operator ${name}: ${entry.summary}`,
    section('Usage', `  ${synopsis(name)}`),
    section('Examples', examples(entry.examples)),
    ...(options.length === 0 ? [] : [section('Options', pairs(options))]),
    ...(entry.notes ?? []).map((note) => wrap(note, WIDTH).join('\n')),
    ...(entry.group === 'people' && name !== 'completion' && name !== 'help'
      ? [section('Exit codes', exitCodes())]
      : []),
  ].join('\n\n');
}

/** How a command is called, in a line. */
export function synopsis(name: CommandName): string {
  const { operands, options } = entryOf(name);
  return ['ec2-operator', name, operands, Object.keys(options).length === 0 ? '' : '[OPTIONS]']
    .filter((part) => part !== '')
    .join(' ');
}

function exitCodes(): string {
  return pairs(EXIT_CODES.map(([code, meaning]) => [String(code), meaning]));
}

function section(title: string, body: string): string {
  return `${title}:\n${body}`;
}

function examples(all: readonly Example[]): string {
  return pairs(all.map(({ run, does }) => [run, `# ${does}`]));
}

/** Two columns. A name that is too long for its column gets its own line. */
function pairs(rows: readonly (readonly [string, string])[]): string {
  const column = Math.min(44, Math.max(...rows.map(([name]) => name.length)));
  return rows
    .map(([name, meaning]) => {
      const text = wrap(meaning, WIDTH - column - 4).join(`\n${' '.repeat(column + 4)}`);
      return name.length <= column
        ? `  ${name.padEnd(column)}  ${text}`
        : `  ${name}\n${' '.repeat(column + 4)}${text}`;
    })
    .join('\n');
}
