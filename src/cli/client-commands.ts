/** Commands for people: they talk to a running server. */
import { STATES } from '../domain/operation.ts';
import { CLIENTS, ROUTES, VERBS } from '../domain/intent.ts';
import { CURSOR, OUTPUT, type CommandEntry } from './command-entry.ts';
import { LEASING } from './lease-commands.ts';
import { TELLING } from './notice-commands.ts';
import { MACHINES } from './machine-commands.ts';
import { LINKS } from './link-commands.ts';
import { RECORDS } from './record-commands.ts';
import { PAUSING } from './pause-commands.ts';
import { REPLAYING } from './replay-commands.ts';
import { SAVINGS } from './savings-commands.ts';
import { WORK } from './work-commands.ts';

const OPERATE = {
  client: {
    value: 'C',
    choices: CLIENTS,
    meaning: "the AWS SDK or the aws command; the server's default unless given",
  },
  region: { value: 'R', meaning: 'look for the machine in this region only' },
  account: { value: 'A', meaning: 'look for the machine in this account only, by its name or number' },
  vpc: { value: 'V', meaning: 'look for the machine in this VPC only' },
  'dry-run': { meaning: "check the guards and EC2's permissions, and change nothing" },
  wait: { value: 'D', meaning: 'how long to wait for the machine, such as 90s; 30m unless given' },
  'no-wait': { meaning: 'return once the operation is on the disk of the server' },
  quiet: { meaning: 'no progress on standard error' },
  ...OUTPUT,
} as const;

const OPERATE_NOTES = [
  `HOST is a name in DNS, an address, or the tag Name of exactly one machine, such as "GPU box 1".`,
  'Ctrl-C ends the waiting, not the operation, and shows how to follow or cancel it.',
  'Progress goes to standard error, the outcome to standard output. With several machines, the worst outcome decides the exit code.',
] as const;

const ID_NOTE =
  'ID is the whole id, or at least four characters of its beginning or end. If several operations match, they are listed.';

export const CLIENT = {
  start: {
    group: 'people',
    summary: 'start machines, and wait until they run',
    operands: 'HOST|INSTANCE_ID...',
    count: [1, Infinity],
    options: {
      ...OPERATE,
      for: {
        value: 'D',
        meaning: 'how long it is to run, such as 2h: then it is stopped, unless its lease is extended',
      },
    },
    notes: OPERATE_NOTES,
    examples: [
      { run: 'ec2-operator start gpu-1', does: 'get a machine back' },
      { run: 'ec2-operator start gpu-1 --for 2h', does: 'get it for two hours; it stops by itself' },
      { run: 'ec2-operator start gpu-1 gpu-2 --no-wait', does: 'ask for two machines, and return at once' },
    ],
  },
  stop: {
    group: 'people',
    summary: 'stop machines, and wait until they are stopped',
    operands: 'HOST|INSTANCE_ID...',
    count: [1, Infinity],
    options: { ...OPERATE, 'override-hold': { meaning: 'stop it although it is held' } },
    notes: OPERATE_NOTES,
    examples: [
      { run: 'ec2-operator stop 10.0.1.5 --dry-run', does: 'would it be stopped?' },
      { run: 'ec2-operator stop i-0123456789abcdef0 --region eu-central-1', does: 'stop it, and watch the progress' },
    ],
  },
  status: {
    group: 'people',
    summary: 'show what happened to a machine, and what a start or stop would do now',
    operands: 'HOST|INSTANCE_ID',
    count: [1, 1],
    options: OUTPUT,
    notes: [
      'Shows the latest operations of the machine, whether they name it by id, address, host name or tag Name, and the trail of the newest one. Then it shows what your start and your stop would do now; nothing is changed or recorded.',
    ],
    examples: [{ run: 'ec2-operator status gpu-1', does: 'why is it stopped, or why is it not?' }],
  },
  ...MACHINES,
  ...SAVINGS,
  ops: {
    group: 'people',
    summary: 'list operations, newest first, or watch them',
    operands: '',
    count: [0, 0],
    options: {
      watch: { meaning: 'repeat until Ctrl-C; without a terminal, write a line for every change' },
      every: { value: 'D', meaning: 'with --watch, the interval; 2s unless given' },
      state: {
        value: 'S',
        choices: STATES,
        many: true,
        meaning: 'only operations in this state; repeat it or use commas for several',
      },
      verb: { value: 'V', choices: VERBS, meaning: 'only starts, or only stops' },
      'dry-run': { meaning: 'only dry runs' },
      real: { meaning: 'no dry runs' },
      summary: {
        meaning: 'with --dry-run: what alerts would have stopped, by machine and rule, and for how long',
      },
      machine: { value: 'M', meaning: 'only operations of this machine, however they name it' },
      target: { value: 'T', meaning: 'only operations that name the machine exactly like this' },
      since: {
        value: 'T',
        meaning: 'only operations made within a time, such as 7d, or since a day, such as 2026-11-22',
      },
      limit: { value: 'N', meaning: 'how many to show at most, up to 1000; 20 unless given' },
      ...CURSOR,
      ...OUTPUT,
    },
    notes: [
      'In the table, repeated refusals of the same machine for the same reason are one row with their count. Its ID column shows the end of each id, which every command accepts.',
      'With --summary, hours count from a stop that would have been made until its alert was over, or a real start or stop came. Time that two rules share counts once, for the first. WOULD NOT counts the dry runs that a guard would have held back, and names the guard that did so most often. Without --since, it sums up 7 days.',
    ],
    examples: [
      { run: 'ec2-operator ops --watch', does: 'what is going on?' },
      { run: 'ec2-operator ops --state refused,failed --since 7d', does: 'what was not done, and why?' },
      {
        run: 'ec2-operator ops --dry-run --since 7d --summary',
        does: 'what would have been stopped, for how many hours?',
      },
      { run: 'ec2-operator ops --machine gpu-1', does: 'everything about one machine' },
      { run: 'ec2-operator ops --limit 1000 | jq -r \'select(.state == "failed") | .target\'', does: 'for scripts' },
    ],
  },
  show: {
    group: 'people',
    summary: 'show one operation with its trail',
    operands: 'ID',
    notes: [ID_NOTE],
    count: [1, 1],
    options: { wait: { value: 'D', meaning: 'how long to wait for its end, with progress' }, ...OUTPUT },
    examples: [{ run: 'ec2-operator show 3f9a12c4', does: 'every step, with evidence' }],
  },
  cancel: {
    group: 'people',
    summary: 'cancel operations, until their calls are sent to EC2',
    operands: 'ID...',
    count: [1, Infinity],
    options: OUTPUT,
    notes: [
      ID_NOTE,
      'Alerts that began before the cancellation no longer act on that machine; an alert that begins later does.',
      'Once its call was sent to EC2, an operation cannot be cancelled, and the answer says when that was. Undo a stop with `start HOST`.',
    ],
    examples: [{ run: 'ec2-operator cancel 3f9a12c4', does: 'call it off' }],
  },
  hold: {
    group: 'people',
    summary: 'keep a machine running until a time: automatic stops wait',
    operands: 'HOST|INSTANCE_ID',
    count: [1, 1],
    options: {
      for: { value: 'D', meaning: 'how long from now, such as 2h' },
      until: { value: 'T', meaning: 'until when, such as 18:00, 2026-12-24 (the end of that day) or 2026-12-24T18:00' },
      why: { value: 'TEXT', meaning: 'what it is needed for: others read it' },
      region: OPERATE.region,
      account: OPERATE.account,
      ...OUTPUT,
    },
    notes: [
      'Holding it again moves the end of your hold. Others may hold the same machine: it is held until the last hold ends.',
      'Times are those of your own clock and time zone. The exit code is 1 if the stop had been sent to EC2 before: start the machine again.',
    ],
    examples: [
      { run: 'ec2-operator hold gpu-1 --for 2h --why "training run 7"', does: 'keep it for two hours' },
      { run: 'ec2-operator hold gpu-1 --until 18:00', does: 'until this evening' },
    ],
  },
  release: {
    group: 'people',
    summary: 'end your hold of a machine now',
    operands: 'HOST|INSTANCE_ID',
    count: [1, 1],
    options: { all: { meaning: 'end the holds of everybody' }, ...OUTPUT },
    notes: [
      'An automatic stop that waits for the hold is checked again at once. The answer says who else holds the machine.',
      'With --all, you end the holds of others, too: say it to them. The audit records who did it.',
    ],
    examples: [{ run: 'ec2-operator release gpu-1', does: 'you are done with it' }],
  },
  holds: {
    group: 'people',
    summary: 'list who keeps which machine running, and until when',
    operands: '[INSTANCE_ID|NAME]',
    count: [0, 1],
    options: OUTPUT,
    notes: [
      'NAME is the tag Name of the machine, in exactly its letters. Holds that end first come first.',
      'A machine that its own tag holds (ec2-operator:hold-until) is not in the list; `status` shows it.',
    ],
    examples: [{ run: 'ec2-operator holds', does: 'what is kept, by whom?' }],
  },
  ...LEASING,
  plan: {
    group: 'people',
    summary: 'show what a webhook would do, without doing it',
    operands: 'FILE|-',
    count: [1, 1],
    completes: 'files',
    options: {
      route: {
        value: 'R',
        choices: ROUTES,
        meaning: 'the webhook route it would be posted to; chosen by the labels of each alert unless given',
      },
      ...OUTPUT,
    },
    notes: ['FILE holds the body that Alertmanager or Grafana would post; - reads it from standard input.'],
    examples: [
      { run: 'ec2-operator plan alert.json', does: 'what would this alert do now?' },
      { run: 'ec2-operator plan - < alert.json', does: 'the same' },
    ],
  },
  ...REPLAYING,
  ...WORK,
  ...PAUSING,
  ...TELLING,
  ...RECORDS,
  ...LINKS,
  completion: {
    group: 'people',
    summary: 'print the completion script for a shell',
    operands: 'bash|zsh|fish',
    count: [1, 1],
    completes: ['bash', 'zsh', 'fish'],
    options: {},
    examples: [
      { run: 'source <(ec2-operator completion bash)', does: 'for this bash; add the line to ~/.bashrc for all' },
      { run: 'ec2-operator completion zsh > "${fpath[1]}/_ec2-operator"', does: 'for zsh' },
      { run: 'ec2-operator completion fish > ~/.config/fish/completions/ec2-operator.fish', does: 'for fish' },
    ],
  },
  help: {
    group: 'people',
    summary: 'explain a command',
    operands: '[COMMAND]',
    count: [0, 1],
    options: {},
    examples: [{ run: 'ec2-operator help stop', does: 'the same as ec2-operator stop --help' }],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
