/** The command about links. It is a part of the table in `client-commands.ts`. */
import { OUTPUT, type CommandEntry } from './command-entry.ts';

export const LINKS = {
  links: {
    group: 'people',
    summary: 'change the key that signs the links in messages',
    operands: 'rotate',
    count: [1, 1],
    options: {
      revoke: { meaning: 'links that were sent before do not work any more' },
      ...OUTPUT,
    },
    notes: [
      'It needs a token with the scope admin. Without --revoke, links that were sent before work until they expire.',
    ],
    examples: [
      { run: 'ec2-operator links rotate', does: 'a new key signs from now on' },
      { run: 'ec2-operator links rotate --revoke', does: 'a message with links has come into wrong hands' },
    ],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
