import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { findTool } from '../../test/support/tools.ts';
import { createLog, type LogFormat } from './log.ts';

/** Ends lines, clears the screen, sets the window's title, moves up, in every spelling a terminal knows. */
const HOSTILE = [
  'two\nlines',
  'two\r\nlines',
  'a\u001B[2Jcleared screen',
  'a\u009B2Jcleared screen',
  'a\u001B]0;title\u0007',
  'a\u009D0;title\u009C',
  'back\b\b\b\bspaced',
  'next\u0085line',
  'a\u2028b\u2029c',
  'evil\u202Etxt.exe',
  '\u007F',
  '{"level":"info","message":"forged"}\n{"level":"info"}',
];

async function linesOf(
  format: LogFormat,
  write: (log: Awaited<ReturnType<typeof createLog>>) => void,
): Promise<string[]> {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(await createLog({ level: 'debug', format, destination }));
  return lines;
}

/** Anything that a terminal obeys or a reader of lines takes for the end of one, but the end itself. */
const OBEYED = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

describe('a hostile text', () => {
  for (const format of ['json', 'pretty'] as const)
    test(`stays within its line, as ${format}, wherever it stands`, async () => {
      for (const text of HOSTILE) {
        const error = new Error(text);
        error.stack = `Error: ${text}\n    at file:///app/src/main.ts:1:2`;
        const lines = await linesOf(format, (log) => {
          log.info({ target: text, deep: { [text]: [text] } }, text);
          log.warn(text);
          log.error({ err: error, operation: 'the-id' }, 'failed');
        });
        assert.equal(lines.length, 3);
        const [, , failed = ''] = lines;
        const shown = format === 'pretty' ? lines.slice(0, 2) : lines;
        for (const line of shown) {
          assert.ok(line.endsWith('\n'), line);
          assert.doesNotMatch(stripOwnColours(line.slice(0, -1)), OBEYED, JSON.stringify(line));
        }
        // A stack has lines of its own; none of them begins where a log line would.
        for (const line of failed.split('\n').slice(1, -1)) assert.match(line, /^\s/, JSON.stringify(failed));
        assert.doesNotMatch(stripOwnColours(failed).replaceAll('\n', ''), OBEYED, JSON.stringify(failed));
      }
    });

  test('is the same text after the JSON is parsed', async () => {
    for (const text of HOSTILE) {
      const [line = ''] = await linesOf('json', (log) => {
        log.info({ target: text }, text);
      });
      const { target, message } = JSON.parse(line) as { target: string; message: string };
      assert.deepEqual([target, message], [text, text]);
    }
  });
});

/** Colours are ours; a test has no terminal, so none are expected, but a forced colour must not fail it. */
function stripOwnColours(line: string): string {
  return process.env['FORCE_COLOR'] === undefined ? line : stripVTControlCharacters(line);
}

test('JSON has one object a line, with level, time, service and message', async () => {
  const [line = ''] = await linesOf('json', (log) => {
    log.warn({ operation: 'the-id', token: 'hunter2', inner: { password: 'hunter2' } }, 'careful');
  });
  const entry = JSON.parse(line) as Record<string, unknown>;
  assert.equal(new Date(String(entry['time'])).toISOString(), entry['time']);
  assert.deepEqual(
    { ...entry, time: '' },
    {
      level: 'warn',
      time: '',
      service: 'ec2-operator',
      operation: 'the-id',
      token: '[redacted]',
      inner: { password: '[redacted]' },
      message: 'careful',
    },
  );
});

test('for people it is a time, a level, a sentence and what goes with it', async () => {
  const [line = ''] = await linesOf('pretty', (log) => {
    log.info({ operation: 'the-id', verb: 'stop' }, 'i-1 is stopped');
  });
  assert.match(line, /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: i-1 is stopped \{"operation":"the-id","verb":"stop"\}\n$/);
});

test('without a terminal and without a word about it, lines are JSON', async () => {
  const lines: string[] = [];
  const log = await createLog({ level: 'info', destination: { write: (line) => void lines.push(line) } });
  log.debug('not at this level');
  log.info('hello');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { message: string }).message),
    ['hello'],
  );
});

test('on a terminal lines are for people, unless they are asked to be JSON', (t) => {
  const tool = findTool('script', 'bsdutils');
  if ('skip' in tool || process.platform !== 'linux') {
    t.skip('skip' in tool ? tool.skip : 'script has other options here');
    return;
  }
  assert.match(onTerminal(tool.path, undefined), /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: hello\r\n$/);
  assert.match(onTerminal(tool.path, 'json'), /^\{"level":"info",.*"message":"hello"\}\r\n$/);
});

/** What a process shows on a terminal of its own, colours left out. */
function onTerminal(script: string, format: LogFormat | undefined): string {
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-log-');
  const program = path.join(directory.path, 'hello.ts');
  const options = JSON.stringify({ level: 'info', format });
  const module = path.join(import.meta.dirname, 'log.ts');
  writeFileSync(program, `import { createLog } from '${module}';\n(await createLog(${options})).info('hello');\n`);
  const { status, stdout, stderr } = spawnSync(script, ['-qec', `'${process.execPath}' '${program}'`, '/dev/null'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
  return stripVTControlCharacters(stdout);
}
