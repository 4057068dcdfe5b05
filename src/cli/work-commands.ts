/** Commands that keep a machine while something goes on. */
import type { CommandEntry } from './command-entry.ts';

export const WORK = {
  run: {
    group: 'people',
    summary: 'keep a machine running while a command runs on it',
    operands: '',
    count: [0, 0],
    rest: 'COMMAND [ARGS...]',
    options: {
      host: { value: 'HOST', meaning: 'the machine to keep; unless given, the EC2 machine that this runs on' },
      why: {
        value: 'TEXT',
        meaning: 'what the machine is needed for, for people; the name of the command unless given',
      },
      'then-stop': { meaning: 'stop the machine when the command has ended, unless it was interrupted by Ctrl-C' },
    },
    exitCodes: [
      ['N', "the command's own exit code; after a signal N, 128 plus N, and the same signal unless it dumps core"],
      ['126', 'the command cannot be executed'],
      ['127', 'there is no such command'],
      ['2', 'the command line of run itself is wrong; the command did not run'],
    ],
    notes: [
      'Alerts do not stop a machine that is held. run holds it for 5 minutes, again each minute, and releases it at the end. If run is killed, the hold ends by itself.',
      'The command starts at once and gets the terminal, the environment and the signals. It never waits for the server: when the machine cannot be held, a line on standard error says so, and run keeps trying.',
      '--then-stop asks for the stop whether the command has succeeded or not. If another person holds the machine, the stop is refused. That does not change the exit code.',
    ],
    examples: [
      { run: 'ec2-operator run -- python train.py', does: 'on the machine itself' },
      {
        run: 'ec2-operator run --then-stop --why nightly -- make -C /srv/job all',
        does: 'and stop it when it is done',
      },
      { run: 'ec2-operator run --host gpu-1 -- rsync -a data/ gpu-1:/data', does: 'keep another machine' },
    ],
  },
  'ssh-proxy': {
    group: 'people',
    summary: 'start a machine and connect to it, for ssh',
    operands: 'HOST PORT',
    count: [2, 2],
    options: {
      region: { value: 'R', meaning: 'look for the machine in this region only' },
      account: { value: 'A', meaning: 'look for the machine in this account only, by its name or number' },
      wait: { value: 'D', meaning: 'how long to wait for the machine and its port, such as 10m; 30m unless given' },
    },
    notes: [
      'This is for the option ProxyCommand of ssh. It starts the machine if it is stopped, shows the progress on standard error, and connects as soon as the port answers. While it is connected, it holds the machine, so that no alert stops it.',
      'HOST is as for start. The connection goes to HOST if that is an address or a name that this computer can resolve, and otherwise to the addresses of the machine as EC2 shows them.',
      'If the server cannot be asked, it connects to a machine whose port answers, and says so. See docs/work.md for ~/.ssh/config and VS Code.',
    ],
    examples: [
      {
        run: 'ec2-operator ssh-proxy gpu-1 22',
        does: 'the ProxyCommand in ~/.ssh/config: ec2-operator ssh-proxy %n %p',
      },
    ],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
