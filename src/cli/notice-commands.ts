/** Commands about what people are told. They are a part of the table in `client-commands.ts`. */
import { NOTICE_KINDS, NOTICE_STATES } from '../domain/notice.ts';
import { CURSOR, OUTPUT, type CommandEntry } from './command-entry.ts';

export const TELLING = {
  notices: {
    group: 'people',
    summary: 'list what people were told, or could not be told, newest first',
    operands: '[INSTANCE_ID|NAME]',
    count: [0, 1],
    options: {
      channel: { value: 'C', meaning: 'only notices of this channel' },
      kind: { value: 'K', choices: Object.keys(NOTICE_KINDS), meaning: 'only notices of this kind' },
      state: { value: 'S', choices: NOTICE_STATES, meaning: 'only notices in this state' },
      failed: { meaning: 'the same as --state failed' },
      operation: { value: 'ID', meaning: 'only notices of this operation, by its whole id' },
      limit: { value: 'N', meaning: 'how many to show at most, up to 1000; 20 unless given' },
      ...CURSOR,
      ...OUTPUT,
    },
    notes: [
      'NAME is the tag Name of the machine, in exactly its letters.',
      'States: pending, it is to be sent, or tried again; sent; failed, it was given up; outdated, it was not sent in time to be of use.',
    ],
    examples: [
      { run: 'ec2-operator notices gpu-1', does: 'who was told about it, and when?' },
      { run: 'ec2-operator notices --failed', does: 'what could not be sent, and why?' },
    ],
  },
  digest: {
    group: 'people',
    summary: 'show what the weekly digest would say now, and to whom; nothing is sent',
    operands: '',
    count: [0, 0],
    options: { ...OUTPUT },
    notes: ['It is about the last seven days. It is off unless the configuration says otherwise: docs/channels.md.'],
    examples: [{ run: 'ec2-operator digest', does: 'what would people read?' }],
  },
  notify: {
    group: 'people',
    summary: 'send a test message to a channel, and show what became of it',
    operands: 'test CHANNEL',
    count: [2, 2],
    completes: ['test'],
    options: {
      to: { value: 'ADDRESS', meaning: 'the e-mail address, for a channel that writes to owners' },
      ...OUTPUT,
    },
    notes: [
      'It needs a token with the scope admin. The exit code is 1 unless the channel has taken the message. Some vendors take messages that they do not show: look whether it has arrived.',
    ],
    examples: [
      { run: 'ec2-operator notify test ops', does: 'does it arrive?' },
      { run: 'ec2-operator notify test owners --to ada@example.com', does: 'as an owner would get it' },
    ],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
