/** Help, suggestions and completion: all from the one table of commands. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { COMMAND_NAMES, entryOf } from '../../src/cli/commands.ts';
import { runPerson, type Run } from './person.ts';

/** No command here needs a server. */
async function run(...args: readonly string[]): Promise<Run> {
  return runPerson('http://127.0.0.1:1', args);
}

describe('help', { concurrency: 2 }, () => {
  test('of everything: examples first, every command, the variables and the exit codes', async () => {
    const { code, stdout, stderr } = await run('--help');
    assert.deepEqual([code, stderr], [0, '']);
    assert.ok(stdout.indexOf('Examples:') < stdout.indexOf('  start HOST'));
    for (const name of COMMAND_NAMES) assert.ok(stdout.includes(`\n  ${name} `), name);
    assert.match(stdout, /EC2_OPERATOR_URL[^]+EC2_OPERATOR_TOKEN_FILE[^]+NODE_EXTRA_CA_CERTS/);
    assert.match(stdout, / 4 {4}not done within --wait/);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
    assert.equal((await run('-h')).stdout, stdout);
    assert.equal((await run('help')).stdout, stdout);
  });

  test('of each command names its options, and does not run it', async () => {
    for (const name of COMMAND_NAMES) {
      const { code, stdout } = await run(name, '--help');
      assert.equal(code, 0, name);
      assert.ok(stdout.startsWith(`ec2-operator ${name}: `));
      for (const option of Object.keys(entryOf(name).options)) assert.ok(stdout.includes(`  --${option}`), option);
    }
    assert.equal((await run('help', 'stop')).stdout, (await run('stop', '-h')).stdout);
  });

  test('--version', async () => {
    assert.match((await run('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

test('a wrong command line ends with 2 and a suggestion', async () => {
  for (const [args, form] of [
    [['statsu', 'gpu-1'], /there is no command "statsu"\. Did you mean "status"\?/],
    [['operations'], /there is no command "operations"\. ec2-operator --help/],
    [['help', 'stpo'], /Did you mean "stop"/],
    [['stop'], /expected HOST\|INSTANCE_ID\.\.\. behind "stop"/],
    [['stop', 'gpu-1', '--dryrun'], /stop has no option --dryrun\. Did you mean --dry-run\?/],
    [['stop', 'gpu-1', '--region'], /--region.* argument missing\. ec2-operator stop --help/],
    [
      ['stop', 'gpu-1', '--client', 'natve'],
      /expected one of native, cli for --client, got "natve"\. Did you mean native/,
    ],
    [['stop', 'gpu-1', '--wait', '90'], /expected a duration such as 90s, 10m or 1h for --wait, got "90"/],
    [['stop', 'gpu-1', '--wait', '9s', '--no-wait'], /expected one of --wait and --no-wait/],
    [['ops', 'gpu-1'], /expected nothing behind "ops", got "gpu-1" as well/],
    [['ops', '--limit', '0'], /expected a number from 1 to 1000 for --limit/],
    [['ops', '--every', '1s'], /--every with --watch/],
    [['ops', '--json', '--table'], /expected one of --json and --table/],
    [['plan', '/nowhere.json'], /cannot read \/nowhere\.json \(ENOENT\)/],
    [['plan', '-'], /expected standard input to hold JSON/],
    [['completion', 'tcsh'], /expected bash, zsh or fish/],
    [['check-config'], /expected FILE behind "check-config"/],
    [['serve', '--fleet', 'fleet.yaml'], /expected --fleet with --sandbox only/],
    [['sandbox', '--port', '70000'], /expected a number from 0 to 65535 for --port, got "70000"/],
    [['serve', '--sandbix'], /serve has no option --sandbix\. Did you mean --sandbox/],
  ] as const) {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, form);
  }
});

describe('completion', { concurrency: 2 }, () => {
  test('bash completes commands, options, values and files', async () => {
    const script = (await run('completion', 'bash')).stdout;
    const syntax = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    assert.deepEqual([syntax.status, syntax.stderr], [0, '']);
    const complete = (...words: readonly string[]): readonly string[] => {
      const set = `COMP_WORDS=(ec2-operator "$@"); COMP_CWORD=$#; _ec2_operator; printf '%s\\n' "\${COMPREPLY[@]}"`;
      // compopt is for the shell's own completion, which is not under way here.
      const program = `${script}\ncompopt() { :; }\n${set}`;
      const { stdout } = spawnSync('bash', ['-c', program, 'bash', ...words], { encoding: 'utf8', cwd: '/' });
      return stdout.split('\n').filter((word) => word !== '');
    };
    assert.deepEqual(complete('st'), ['start', 'stop', 'status']);
    assert.deepEqual(complete(''), [...COMMAND_NAMES, '--help', '--version']);
    assert.deepEqual(complete('stop', 'gpu-1', '--d'), ['--dry-run']);
    assert.deepEqual(complete('stop', '--client', ''), ['native', 'cli']);
    assert.deepEqual(complete('ops', '--state', 're'), ['refused']);
    assert.deepEqual(complete('completion', ''), ['bash', 'zsh', 'fish']);
    assert.deepEqual(complete('help', 'can'), ['cancel']);
    assert.deepEqual(complete('stop', ''), [], 'the machines are not known');
    assert.deepEqual(complete('plan', 'et'), ['etc']);
    assert.deepEqual(complete('serve', '--fleet', 'et'), ['etc']);
    assert.deepEqual(complete('run', '--th'), ['--then-stop']);
    assert.ok(complete('run', '--', 'bas').includes('bash'), 'the commands of the system');
    assert.deepEqual(complete('run', '--', 'cat', '/et'), ['/etc']);
  });

  test('zsh and fish get every command and option', async () => {
    for (const [shell, form] of [
      ['zsh', (option: string) => `'--${option}[`],
      ['fish', (option: string) => ` -l ${option} `],
    ] as const) {
      const { code, stdout } = await run('completion', shell);
      assert.equal(code, 0);
      for (const name of COMMAND_NAMES) {
        assert.ok(stdout.includes(name), name);
        for (const option of Object.keys(entryOf(name).options)) assert.ok(stdout.includes(form(option)), option);
      }
    }
  });

  for (const shell of ['zsh', 'fish']) {
    const isThere = spawnSync(shell, ['--version']).status === 0;
    test(`${shell} accepts its script`, { skip: isThere ? false : `there is no ${shell}` }, async () => {
      const { stdout } = await run('completion', shell);
      const { status, stderr } = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, '']);
    });
  }
});
