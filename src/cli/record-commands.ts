/** Commands that read what is recorded and configured. They are a part of the table in `client-commands.ts`. */
import { AUDIT_EVENTS } from '../store/audit-entry.ts';
import { CURSOR, OUTPUT, type CommandEntry } from './command-entry.ts';

export const RECORDS = {
  audit: {
    group: 'people',
    summary: 'show who has asked for what, and what was done, newest first',
    operands: '',
    count: [0, 0],
    options: {
      who: { value: 'W', meaning: 'only what this token or person has caused' },
      event: { value: 'E', choices: AUDIT_EVENTS, meaning: 'only entries of this kind' },
      operation: { value: 'ID', meaning: 'only entries of this operation' },
      machine: { value: 'M', meaning: 'only entries about this machine, by its id or its tag Name' },
      since: {
        value: 'T',
        meaning: 'only entries of the last time, such as 7d, or since a day, such as 2026-11-22',
      },
      until: { value: 'T', meaning: 'only entries of before this time or day, given in the same way' },
      limit: { value: 'N', meaning: 'how many to show at most, up to 1000; 20 unless given' },
      ...CURSOR,
      ...OUTPUT,
    },
    examples: [
      { run: 'ec2-operator audit --who pia --since 7d', does: 'what has Pia done lately?' },
      { run: 'ec2-operator audit --machine gpu-1', does: 'who did what with it?' },
      { run: 'ec2-operator audit --event pause', does: 'who has paused what?' },
    ],
  },
  settings: {
    group: 'people',
    summary: 'show the configuration in force on the server, without secrets',
    operands: '',
    count: [0, 0],
    options: OUTPUT,
    notes: ['The end lists each setting that is never shown, with the reason.'],
    examples: [{ run: 'ec2-operator settings', does: 'which guards are on, and which channels are there?' }],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
