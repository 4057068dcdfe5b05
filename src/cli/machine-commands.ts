/** Commands about machines. They are a part of the table in `client-commands.ts`. */
import { INSTANCE_STATES } from '../domain/instance.ts';
import { MACHINE_SORTS } from '../store/machine-port.ts';
import { CURSOR, OUTPUT, type CommandEntry } from './command-entry.ts';

export const MACHINES = {
  machines: {
    group: 'people',
    summary: 'list machines: whose they are, what they cost, and what stops them when; or watch them',
    operands: '',
    count: [0, 0],
    options: {
      mine: { meaning: 'only yours' },
      owner: { value: 'O', many: true, meaning: 'only machines of this owner; repeat it for several; - for none' },
      state: {
        value: 'S',
        choices: INSTANCE_STATES,
        many: true,
        meaning: 'only machines in this state; repeat it or use commas for several',
      },
      tag: { value: 'TAGS', meaning: 'only machines with these tags, such as team=ml,stage=dev' },
      text: { value: 'TEXT', meaning: 'only machines with this in their id, name, owner, type or tags' },
      sort: { value: 'BY', choices: MACHINE_SORTS, meaning: 'the order; name unless given' },
      descending: { meaning: 'in the opposite order' },
      watch: { meaning: 'follow changes until Ctrl-C; without a terminal, write a line for every change' },
      every: {
        value: 'D',
        meaning: 'with --watch, the interval where the server cannot tell of changes; 2s unless given',
      },
      limit: { value: 'N', meaning: 'how many to show at most, up to 1000; 200 unless given' },
      ...CURSOR,
      ...OUTPUT,
    },
    notes: [
      "A machine is yours if its owner tag is the name of your token or your e-mail address, or the part of it before the @. `owners:` in the server's configuration says which tags name owners.",
      'NEXT is what people were told or have agreed: the stop that was announced, a hold, a lease. WHY is the last decision about the machine. `status HOST` shows everything about one.',
      'With --watch and --json, a machine that leaves the list is a line with `"listed": false`.',
    ],
    examples: [
      { run: 'ec2-operator machines --mine', does: 'what of mine runs?' },
      { run: 'ec2-operator machines --state running --sort stops', does: 'what is about to stop?' },
      { run: 'ec2-operator machines --tag team=ml --watch', does: "a team's machines, live" },
      {
        run: "ec2-operator machines --state running --json | jq -s 'map(.price.perHour // 0) | add'",
        does: 'what do they cost an hour?',
      },
    ],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
