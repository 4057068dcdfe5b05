/** The command about savings. It is a part of the table in `client-commands.ts`. */
import { OUTPUT, type CommandEntry } from './command-entry.ts';

export const SAVINGS = {
  savings: {
    group: 'people',
    summary: 'show what stops have saved, and how often they were regretted',
    operands: '',
    count: [0, 0],
    options: {
      days: { value: 'N', meaning: 'the last N days, today included; 30 unless given' },
      since: {
        value: 'T',
        meaning: 'instead of days: since a time, such as 2026-11-01, or the last time, such as 12h',
      },
      until: { value: 'T', meaning: 'before this time, given in the same way; now unless given' },
      by: {
        value: 'BY',
        choices: ['day', 'machine', 'owner', 'rule'],
        meaning: 'what the rows add up; day unless given',
      },
      mine: { meaning: 'only your machines' },
      owner: { value: 'O', meaning: 'only machines that had this owner; - for none' },
      machine: { value: 'M', meaning: 'only this machine, by its instance id or its tag Name' },
      rule: { value: 'R', meaning: 'only stops by this alert, holder of a lease, or person' },
      csv: { meaning: 'write the rows for a spreadsheet' },
      ...OUTPUT,
    },
    notes: [
      'The first line speaks of stops by alerts and leases. Stops that people asked for are told apart, and are never regrets.',
      'A stop is a regret when the machine was wanted back within 30 minutes. docs/savings.md says how each figure is counted.',
    ],
    examples: [
      { run: 'ec2-operator savings', does: 'what have the last 30 days saved?' },
      { run: 'ec2-operator savings --days 7 --by machine', does: 'which machines saved most, and which were missed?' },
      { run: 'ec2-operator savings --days 90 --by owner --csv > savings.csv', does: 'a sheet for the finance people' },
    ],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
