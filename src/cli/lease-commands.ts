/** Commands about machines that run for a while. They are a part of the table in `client-commands.ts`. */
import { OUTPUT, type CommandEntry } from './command-entry.ts';

export const LEASING = {
  extend: {
    group: 'people',
    summary: 'move the end of the lease of a machine',
    operands: 'HOST|INSTANCE_ID',
    count: [1, 1],
    options: {
      for: { value: 'D', meaning: 'how much longer than agreed, such as 1h' },
      until: { value: 'T', meaning: 'the new end, such as 18:00 or 2026-12-24T18:00; it may be sooner' },
      ...OUTPUT,
    },
    notes: [
      'A machine that was started with `start --for` is stopped at the end of its lease. A person may extend the lease of another.',
      'The exit code is 1 if the stop had been sent to EC2 before: start the machine again.',
    ],
    examples: [{ run: 'ec2-operator extend gpu-1 --for 1h', does: 'one hour more' }],
  },
  leases: {
    group: 'people',
    summary: 'list the machines that run for a while, and until when',
    operands: '[HOST|INSTANCE_ID]',
    count: [0, 1],
    options: {
      end: { meaning: 'end the lease of this machine: it runs on, and alerts may stop it' },
      ...OUTPUT,
    },
    notes: ['Without --end, HOST is the tag Name of the machine. Leases that end first come first.'],
    examples: [
      { run: 'ec2-operator leases', does: 'what stops by itself, and when?' },
      { run: 'ec2-operator leases --end gpu-1', does: 'it is to run on' },
    ],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
