/** Commands that pause automatic starts and stops. They are a part of the table in `client-commands.ts`. */
import { OUTPUT, type CommandEntry } from './command-entry.ts';

export const PAUSING = {
  pause: {
    group: 'people',
    summary: 'let automatic starts and stops wait; people pass',
    operands: '',
    count: [0, 0],
    options: {
      why: { value: 'TEXT', meaning: 'the reason, which everybody sees who meets the pause; required' },
      for: { value: 'D', meaning: 'how long, such as 2h; until it is ended unless given' },
      until: { value: 'T', meaning: 'until when, such as 18:00 or 2026-12-24T18:00, instead of --for' },
      only: { value: 'TAGS', meaning: 'only for machines with these tags, such as team=ml,stage=dev' },
      ...OUTPUT,
    },
    notes: [
      'Alerts are accepted as always, and their operations wait until the pause ends. Nothing automatic is sent to EC2 meanwhile; what was sent before is shown.',
      'It needs a token with the scope admin. While a pause stands, every command says so on standard error.',
    ],
    examples: [
      { run: 'ec2-operator pause --for 2h --why maintenance', does: 'everything automatic waits' },
      { run: 'ec2-operator pause --only team=ml --why wrong-rule', does: 'for one team, until it is ended' },
    ],
  },
  resume: {
    group: 'people',
    summary: 'end a pause, or all of them',
    operands: '[ID]',
    count: [0, 1],
    options: { all: { meaning: 'end all pauses' }, ...OUTPUT },
    notes: [
      'ID is the whole id, or at least four characters of its beginning or end. Without it, the only pause is ended; several are listed.',
      'It needs a token with the scope admin. What waited for the pause is checked again at once.',
    ],
    examples: [
      { run: 'ec2-operator resume', does: 'end the only pause' },
      { run: 'ec2-operator resume --all', does: 'automatic starts and stops go on' },
    ],
  },
  pauses: {
    group: 'people',
    summary: 'list the pauses of automatic starts and stops that stand',
    operands: '',
    count: [0, 0],
    options: OUTPUT,
    examples: [{ run: 'ec2-operator pauses', does: 'why do the alerts wait, and for whom?' }],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
