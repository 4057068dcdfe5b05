/** Commands for people, who talk to a running server. */
import { STATES } from '../domain/operation.ts';
import { CLIENTS, ROUTES, VERBS } from '../domain/intent.ts';
import type { CommandEntry } from './command-entry.ts';

const OUTPUT = {
  json: { meaning: 'JSON, one object a line; the default when the output is not a terminal' },
  table: { meaning: 'for people, also when the output is not a terminal' },
} as const;

const OPERATE = {
  client: {
    value: 'C',
    choices: CLIENTS,
    meaning: "the AWS SDK or the aws command; the server's default unless given",
  },
  region: { value: 'R', meaning: 'look for the machine in this region only' },
  account: { value: 'A', meaning: 'look for the machine in this account only, by its name or number' },
  vpc: { value: 'V', meaning: 'look for the machine in this VPC only' },
  'dry-run': { meaning: "all the way through the guards to EC2's permission check, and change nothing" },
  wait: { value: 'D', meaning: 'how long to wait for the machine, such as 90s; 30m unless given' },
  'no-wait': { meaning: 'return once the server has it on disk' },
  quiet: { meaning: 'no progress on standard error' },
  ...OUTPUT,
} as const;

const OPERATE_NOTES = [
  `HOST is a name in DNS, an address, or EC2's tag Name where one machine alone carries it, such as "GPU box 1".`,
  'Ctrl-C ends the waiting, not the operation: it says how to follow or cancel what goes on.',
  'Progress is on standard error, the outcome on standard output. With several machines the worst outcome decides the exit code.',
] as const;

const ID_NOTE =
  'ID is the whole id, or four or more characters of its beginning or end. Where these fit several operations, they are listed.';

export const CLIENT = {
  start: {
    group: 'people',
    summary: 'start machines, and wait until they run',
    operands: 'HOST|INSTANCE_ID...',
    count: [1, Infinity],
    options: OPERATE,
    notes: OPERATE_NOTES,
    examples: [
      { run: 'ec2-operator start gpu-1', does: 'get a machine back' },
      { run: 'ec2-operator start gpu-1 gpu-2 --no-wait', does: 'ask for two, and go on at once' },
    ],
  },
  stop: {
    group: 'people',
    summary: 'stop machines, and wait until they are stopped',
    operands: 'HOST|INSTANCE_ID...',
    count: [1, Infinity],
    options: OPERATE,
    notes: OPERATE_NOTES,
    examples: [
      { run: 'ec2-operator stop 10.0.1.5 --dry-run', does: 'would it be stopped?' },
      { run: 'ec2-operator stop i-0123456789abcdef0 --region eu-central-1', does: 'stop it, and see how it goes' },
    ],
  },
  status: {
    group: 'people',
    summary: 'what has become of a machine, and what would happen if you asked now',
    operands: 'HOST|INSTANCE_ID',
    count: [1, 1],
    options: OUTPUT,
    notes: [
      'Shows the latest operations about the machine, however they name it (id, address, host name, tag Name), and the newest with its trail. A server that can plan is asked what would become of your start and of your stop now; nothing is changed and nothing is recorded.',
    ],
    examples: [{ run: 'ec2-operator status gpu-1', does: 'why is it stopped, or why is it not?' }],
  },
  ops: {
    group: 'people',
    summary: 'list operations, newest first, or watch them',
    operands: '',
    count: [0, 0],
    options: {
      watch: { meaning: 'go on until Ctrl-C; where the output is no terminal, a line for every change' },
      every: { value: 'D', meaning: 'with --watch, how often to look; 2s unless given' },
      state: {
        value: 'S',
        choices: STATES,
        many: true,
        meaning: 'only those in this state; for several, again or with commas',
      },
      verb: { value: 'V', choices: VERBS, meaning: 'only starts, or only stops' },
      'dry-run': { meaning: 'only dry runs' },
      machine: { value: 'M', meaning: 'only those about this machine, however they name it' },
      target: { value: 'T', meaning: 'only those that name the machine exactly this way' },
      since: { value: 'T', meaning: 'only what was made in so long, such as 7d, or since a day, such as 2026-11-22' },
      limit: { value: 'N', meaning: 'at most so many, up to 1000; 20 unless given' },
      ...OUTPUT,
    },
    notes: [
      'The table shows a refusal that is repeated for the same machine and reason once, with how often it came. An ID in it is the end of the whole id, which every command takes as well.',
    ],
    examples: [
      { run: 'ec2-operator ops --watch', does: 'what is going on?' },
      { run: 'ec2-operator ops --state refused,failed --since 7d', does: 'what was not done, and why?' },
      { run: 'ec2-operator ops --machine gpu-1', does: 'all about a machine' },
      { run: 'ec2-operator ops --limit 1000 | jq -r \'select(.state == "failed") | .target\'', does: 'for scripts' },
    ],
  },
  show: {
    group: 'people',
    summary: 'show one operation with its trail',
    operands: 'ID',
    notes: [ID_NOTE],
    count: [1, 1],
    options: { wait: { value: 'D', meaning: 'wait so long for its end, and show progress' }, ...OUTPUT },
    examples: [{ run: 'ec2-operator show 3f9a12c4', does: 'every step, with evidence' }],
  },
  cancel: {
    group: 'people',
    summary: 'cancel operations that are queued or waiting',
    operands: 'ID...',
    count: [1, Infinity],
    options: OUTPUT,
    notes: [
      ID_NOTE,
      'Alerts that began before then do nothing on that machine; one that begins anew is acted on.',
      'What EC2 has been asked already cannot be cancelled: `start HOST` takes a stop back.',
    ],
    examples: [{ run: 'ec2-operator cancel 3f9a12c4', does: 'do not do it after all' }],
  },
  plan: {
    group: 'people',
    summary: 'say what would become of a webhook, and do nothing',
    operands: 'FILE|-',
    count: [1, 1],
    completes: 'files',
    options: {
      route: {
        value: 'R',
        choices: ROUTES,
        meaning: 'the webhook route it would be posted to; by the labels of each alert unless given',
      },
      ...OUTPUT,
    },
    notes: ['FILE holds the body that Alertmanager or Grafana would post; - reads it from standard input.'],
    examples: [
      { run: 'ec2-operator plan alert.json', does: 'what would this alert do now?' },
      { run: 'ec2-operator plan - < alert.json', does: 'the same' },
    ],
  },
  completion: {
    group: 'people',
    summary: 'write the completion script of a shell',
    operands: 'bash|zsh|fish',
    count: [1, 1],
    completes: ['bash', 'zsh', 'fish'],
    options: {},
    examples: [
      { run: 'source <(ec2-operator completion bash)', does: 'for this bash; put it into ~/.bashrc for every one' },
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
