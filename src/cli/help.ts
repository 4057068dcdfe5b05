/** The text of `--help`, made from the table of commands. */
import type { CommandEntry, Example } from './command-entry.ts';
import { COMMAND_NAMES, entryOf, type CommandName } from './commands.ts';
import { wrap } from './wrap.ts';

const WIDTH = 100;

export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done: the state is reached, or the answer is shown'],
  [1, 'failed, refused or cancelled; there is no such operation; it can no longer be cancelled'],
  [2, 'the command line or one of its values is wrong'],
  [3, 'the server did not do it: it is unreachable, does not accept the token, has too many requests, or has failed'],
  [4, 'not done within --wait; the operation goes on'],
  [130, 'interrupted by Ctrl-C; the operation goes on (143: by SIGTERM)'],
];

export const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['EC2_OPERATOR_URL', 'the URL of the server; http://127.0.0.1:8080 unless set'],
  ['EC2_OPERATOR_TOKEN', 'the token to send'],
  ['EC2_OPERATOR_TOKEN_FILE', 'a file with the token; EC2_OPERATOR_TOKEN takes precedence'],
  ['NODE_EXTRA_CA_CERTS', 'a PEM file with the private certificate authority of the server'],
  ['NO_COLOR', 'turns colours off; they are used on a terminal only'],
];

const FIRST_EXAMPLES: readonly Example[] = [
  { run: 'ec2-operator serve --sandbox', does: 'try it without AWS; it prints a token' },
  { run: 'export EC2_OPERATOR_TOKEN=...', does: 'the token that it printed' },
  { run: 'ec2-operator stop 10.0.1.5 --dry-run', does: 'would this machine be stopped?' },
  { run: 'ec2-operator stop 10.0.1.5', does: 'stop it, and watch the progress' },
  { run: 'ec2-operator start 10.0.1.5', does: 'get it back' },
  { run: 'ec2-operator status 10.0.1.5', does: 'what happened to it, and why' },
  { run: 'ec2-operator ops --watch', does: 'everything that is going on' },
];

export function overallHelp(): string {
  const list = (group: CommandEntry['group']): string =>
    pairs(
      COMMAND_NAMES.filter((name) => entryOf(name).group === group).map((name) => [
        [name, entryOf(name).operands, restOf(name)].filter((part) => part !== '').join(' '),
        entryOf(name).summary,
      ]),
    );
  return [
    'ec2-operator: turns Prometheus alerts into safe EC2 starts and stops',
    section('Examples', examples(FIRST_EXAMPLES)),
    section('For people, with a running server', list('people')),
    section('On the server', list('server')),
    section('Variables of the commands for people', pairs(VARIABLES)),
    section('Exit codes of the commands for people', exitCodes()),
    'ec2-operator COMMAND --help explains one command. --version prints the version.',
  ].join('\n\n');
}

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
      ? [section('Exit codes', entry.exitCodes === undefined ? exitCodes() : pairs(entry.exitCodes))]
      : []),
  ].join('\n\n');
}

export function synopsis(name: CommandName): string {
  const { operands, options } = entryOf(name);
  return ['ec2-operator', name, operands, Object.keys(options).length === 0 ? '' : '[OPTIONS]', restOf(name)]
    .filter((part) => part !== '')
    .join(' ');
}

function restOf(name: CommandName): string {
  const { rest } = entryOf(name);
  return rest === undefined ? '' : `-- ${rest}`;
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
