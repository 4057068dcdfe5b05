import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine, type Reading } from './command-line.ts';
import { COMMAND_NAMES, entryOf } from './commands.ts';

/** A reading with its sets and maps as lists. */
function read(...argv: readonly string[]): unknown {
  const reading: Reading = readCommandLine(argv);
  if (reading.kind !== 'command') return reading;
  const { command, operands, flags, values } = reading.line;
  return [command, operands, [...flags], Object.fromEntries(values)];
}

test('operands and options, in any order', () => {
  assert.deepEqual(read('stop', 'gpu-1', '--dry-run', '--region=eu-central-1', 'gpu-2'), [
    'stop',
    ['gpu-1', 'gpu-2'],
    ['dry-run'],
    { region: 'eu-central-1' },
  ]);
  assert.deepEqual(read('plan', '-'), ['plan', ['-'], [], {}]);
  assert.deepEqual(read('stop', '--', '--help'), ['stop', ['--help'], [], {}]);
});

test('an option that can be given more than once keeps all its values, and choices may have commas between', () => {
  const lists = (...argv: readonly string[]): unknown => {
    const reading = readCommandLine(argv);
    return reading.kind === 'command' ? Object.fromEntries(reading.line.lists) : reading;
  };
  assert.deepEqual(lists('doctor', '--host', 'gpu-1', '--host', 'GPU box, the old one'), {
    host: ['gpu-1', 'GPU box, the old one'],
  });
  assert.deepEqual(lists('ops', '--state', 'refused,failed', '--state', 'queued'), {
    state: ['refused', 'failed', 'queued'],
  });
  assert.throws(
    () => readCommandLine(['ops', '--state', 'refused,gone']),
    /expected one of .* for --state, got "gone"/,
  );
});

test('the words behind -- are those of another program', () => {
  const reading = readCommandLine(['run', '--then-stop', '--', 'stop', '--help', '--', '-v']);
  assert.ok(reading.kind === 'command');
  assert.deepEqual([[...reading.line.flags], reading.line.rest], [['then-stop'], ['stop', '--help', '--', '-v']]);
  assert.deepEqual(readCommandLine(['run', '--help', '--', 'ls']), { kind: 'help', command: 'run' });
  for (const argv of [['run'], ['run', 'ls'], ['run', '--'], ['run', 'ls', '--']])
    assert.throws(() => readCommandLine(argv), /expected -- COMMAND \[ARGS\.\.\.\] at the end of "run"/);
  assert.throws(() => readCommandLine(['run', 'gpu-1', '--', 'ls']), /expected nothing behind "run", got "gpu-1"/);
});

test('without a command it serves', () => {
  assert.deepEqual(read(), ['serve', [], [], {}]);
  assert.deepEqual(read('--sandbox', '--fleet', 'fleet.yaml'), ['serve', [], ['sandbox'], { fleet: 'fleet.yaml' }]);
});

test('help and version are asked for before anything is checked', () => {
  assert.deepEqual(read('--help'), { kind: 'help' });
  assert.deepEqual(read('stop', '--nonsense', '-h'), { kind: 'help', command: 'stop' });
  assert.deepEqual(read('help', 'ops'), { kind: 'help', command: 'ops' });
  assert.deepEqual(read('-v'), { kind: 'version' });
});

test('what objects have of their own is no command and no option', () => {
  for (const argv of [['constructor'], ['__proto__'], ['ops', '--constructor'], ['help', 'toString']]) {
    assert.throws(() => readCommandLine(argv), /there is no command|has no option/);
  }
});

test('every example of the help is a command line that is understood', () => {
  for (const name of COMMAND_NAMES) {
    assert.notEqual(entryOf(name).examples.length, 0, name);
    for (const { run } of entryOf(name).examples) {
      const [, words = ''] = /ec2-operator ([^|<>)]*)/.exec(run) ?? [];
      const reading = readCommandLine(words.match(/"[^"]*"|\S+/g) ?? []);
      assert.equal(
        reading.kind === 'version' ? undefined : reading.kind === 'help' ? 'help' : reading.line.command,
        name,
      );
    }
  }
});
