/** `run`: the command is as it would be without it: its streams, its environment, its signals and its end. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { temporaryDirectory } from '../support/operator.ts';
import { COUNTING, countsIn, idsOf } from './counting.ts';
import {
  NO_SCRIPT,
  onTerminal,
  PROGRAM,
  runPerson,
  SCRIPT,
  startPerson,
  type PersonOptions,
  type Run,
} from './person.ts';

/** No server listens there, and no metadata service. */
const NOWHERE = 'http://127.0.0.1:1';
const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: NOWHERE };

async function run(command: readonly string[], options: PersonOptions = {}): Promise<Run> {
  return runPerson(NOWHERE, ['run', '--', ...command], { environment, ...options });
}

/** What a shell's `$?` says of it. */
async function codeInShell(...command: readonly string[]): Promise<string> {
  const line = `"$@"; echo "code $?"`;
  const args = ['-c', line, 'bash', process.execPath, PROGRAM, 'run', '--', ...command];
  const { stdout } = await runPerson(NOWHERE, args, { environment, program: 'bash' });
  return /code (\d+)/.exec(stdout)?.[1] ?? stdout;
}

/** Linux's letter for what the process does, such as T for stopped. */
function stateOf(pid: number): string {
  return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
}

describe('the end is that of the command', { concurrency: 2 }, () => {
  test('its exit code, and nothing on standard output', async () => {
    const { code, stdout } = await run(['sh', '-c', 'exit 7']);
    assert.deepEqual([code, stdout], [7, '']);
  });

  for (const [name, code] of [
    ['TERM', 143],
    ['INT', 130],
    ['HUP', 129],
    ['KILL', 137],
    ['USR1', 138],
    ['PIPE', 141],
  ] as const) {
    test(`by SIG${name}: the same signal, which a shell shows as ${code}`, async () => {
      assert.equal((await run(['sh', '-c', `kill -${name} $$`])).code, `SIG${name}`);
      assert.equal(await codeInShell('sh', '-c', `kill -${name} $$`), String(code));
    });
  }

  test('by a signal that dumps core: its code, and no second core', async () => {
    for (const [name, code] of [
      ['SEGV', 139],
      ['QUIT', 131],
      ['ABRT', 134],
    ] as const)
      assert.equal((await run(['sh', '-c', `ulimit -c 0; kill -${name} $$`])).code, code);
  });

  test('127 without such a command, 126 when it cannot be executed, and the machine is not asked for', async () => {
    const absent = await run(['no-such-command']);
    assert.deepEqual([absent.code, absent.stdout], [127, '']);
    assert.equal(absent.stderr, 'ec2-operator: there is no command no-such-command (ENOENT)\n');
    const directory = await run(['/']);
    assert.equal(directory.code, 126);
    assert.equal(directory.stderr, 'ec2-operator: the command / cannot be executed (EACCES)\n');
    assert.equal((await run([''])).code, 127);
  });

  test('without a command it is not understood', async () => {
    for (const args of [[], ['--'], ['python', 'train.py'], ['--then-stop']]) {
      const { code, stderr } = await runPerson(NOWHERE, ['run', ...args], { environment });
      assert.equal(code, 2);
      assert.match(stderr, /expected -- COMMAND \[ARGS\.\.\.\] at the end of "run"/);
    }
    assert.equal((await run(['sh', '-c', 'exit $#', 'sh', '--help', '--', '-h'])).code, 3, 'the words are its own');
  });
});

describe('the command has what it would have without run', { concurrency: 2 }, () => {
  test('standard input and output', async () => {
    const input = 'a line\n\u0000\uffff'.repeat(20_000);
    const { code, stdout } = await run(['cat'], { input });
    assert.deepEqual([code, stdout], [0, input]);
  });

  test(
    'streams that wait for a slow reader',
    { skip: process.platform === 'linux' ? false : 'reads /proc' },
    async () => {
      const flags = 'for n in 0 1 2; do sed -n s/^flags:.//p /proc/self/fdinfo/$n; done';
      const { stdout } = await run(['sh', '-c', flags]);
      const nonblocking = stdout
        .trim()
        .split('\n')
        .filter((line) => (Number.parseInt(line, 8) & 0o4000) !== 0);
      assert.deepEqual(nonblocking, []);
    },
  );

  test('the environment, empty variables included', async () => {
    const given = { EMPTY: '', TOKEN: 'x y', AWS_PROFILE: '', ...environment };
    const { stdout } = await run([process.execPath, '-p', 'JSON.stringify(process.env)'], { environment: given });
    assert.deepEqual(JSON.parse(stdout), { PATH: process.env['PATH'], EC2_OPERATOR_URL: NOWHERE, ...given });
  });

  test('a server and a metadata service that are away cost one line and no time', async () => {
    const { code, stdout, stderr } = await run(['echo', 'done']);
    assert.deepEqual([code, stdout], [0, 'done\n']);
    assert.match(
      stderr,
      /^ec2-operator: the machine is not held: expected to run on an EC2 machine, but .+: name one by --host\. The command goes on, and the hold is tried again\n$/,
    );
    const named = await runPerson(NOWHERE, ['run', '--host', 'gpu-1', '--', 'echo', 'done'], { environment });
    assert.equal(named.stdout, 'done\n');
    assert.match(
      named.stderr,
      /^ec2-operator: the machine is not held: the server at http:\/\/127\.0\.0\.1:1 cannot be asked .+\n$/,
    );
    const wrong = await runPerson('ftp://server', ['run', '--host', 'gpu-1', '--', 'echo', 'done'], { environment });
    assert.deepEqual([wrong.code, wrong.stdout], [0, 'done\n']);
    assert.match(wrong.stderr, /^ec2-operator: the machine is not held: expected EC2_OPERATOR_URL .+\n$/);
  });
});

describe(
  "signals are the command's",
  { concurrency: 2, skip: process.platform === 'linux' ? false : 'reads /proc' },
  () => {
    test('each that run gets reaches it, once', async () => {
      await using person = startPerson(NOWHERE, ['run', '--', ...COUNTING], { environment });
      const [, parent] = await idsOf(person);
      for (const name of ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
        process.kill(parent, name);
        await person.line('stdout', new RegExp(`^got ${name}$`));
      }
      process.kill(parent, 'SIGTERM');
      const { code, stdout } = await person.end;
      assert.equal(code, 5);
      assert.deepEqual(countsIn(stdout), { SIGINT: 1, SIGHUP: 1, SIGQUIT: 1, SIGUSR1: 1, SIGUSR2: 1 });
    });

    test('Ctrl-C on a terminal reaches it once, and run goes on until it ends', { skip: NO_SCRIPT }, async () => {
      const args = onTerminal(['run', '--', ...COUNTING]);
      await using person = startPerson(NOWHERE, args, { environment, program: SCRIPT, keepsInput: true });
      const [, parent] = await idsOf(person);
      person.type('\u0003');
      await person.line('stdout', /got SIGINT/);
      process.kill(parent, 'SIGTERM');
      const { code, stdout } = await person.end;
      assert.deepEqual(countsIn(stdout), { SIGINT: 1 });
      assert.equal(code, 5);
    });

    test('it is suspended and goes on with run', async () => {
      // With job control, which a shell has at a terminal. It waits for a line, because a job that stops ends a wait.
      const line = 'set -m; "$@" & read -r _; wait';
      const args = ['-c', line, 'bash', process.execPath, PROGRAM, 'run', '--', ...COUNTING];
      await using person = startPerson(NOWHERE, args, { environment, program: 'bash', keepsInput: true });
      const [child, parent] = await idsOf(person);
      for (let round = 0; round < 2; round += 1) {
        process.kill(parent, 'SIGTSTP');
        for (const pid of [child, parent])
          await eventually('it is stopped', () => (stateOf(pid) === 'T' ? true : undefined));
        process.kill(parent, 'SIGCONT');
        for (const pid of [child, parent])
          await eventually('it goes on', () => (stateOf(pid) === 'T' ? undefined : true));
      }
      process.kill(parent, 'SIGTERM');
      person.type('\n');
      assert.deepEqual(countsIn((await person.end).stdout), {});
    });

    test('nohup before run protects the command as well', { skip: NO_SCRIPT }, async () => {
      await using stack = new AsyncDisposableStack();
      const file = path.join(await temporaryDirectory(stack), 'out');
      const words = `nohup '${process.execPath}' '${PROGRAM}' run -- grep SigIgn /proc/self/status > '${file}'`;
      const { code } = await runPerson(NOWHERE, ['-qec', words, '/dev/null'], { environment, program: SCRIPT });
      assert.equal(code, 0);
      const [, ignored = ''] = /SigIgn:\s*([0-9a-f]+)/.exec(readFileSync(file, 'utf8')) ?? [];
      assert.equal(Number.parseInt(ignored, 16) & 1, 1, 'SIGHUP is number 1');
    });
  },
);
