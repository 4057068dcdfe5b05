/** On a terminal of its own, made by `script` of util-linux. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { NO_SCRIPT, onTerminal, runPerson, SCRIPT, startPerson } from './person.ts';

const ESC = '\u001B';

async function ask(operator: Operator, dryrun: boolean): Promise<string> {
  const query = `instance=${idOf(1)}&action=stop&client=native&dryrun=${String(dryrun)}&wait=60s`;
  return (await operator.ask(`/operateInstance?${query}`)).operation.id;
}

const terminal = { program: SCRIPT, environment: { TERM: 'xterm' } };

describe('on a terminal', { skip: NO_SCRIPT }, () => {
  test('a table that fits, in colours', async () => {
    await using operator = await startOperator();
    const id = await ask(operator, true);
    const { stdout, code } = await runPerson(operator.url, onTerminal(['ops']), terminal);
    assert.equal(code, 0);
    assert.ok(stdout.includes(`${ESC}[32msucceeded${ESC}[39m`), JSON.stringify(stdout));
    assert.ok(stdout.includes(id.slice(-8)));
    for (const line of plain(stdout).split('\r\n')) assert.ok(line.length <= 100, line);
    assert.match(plain(stdout), /^ID +AGE +VERB +MACHINE +INSTANCE +STATE +REASON\r\n/, 'what does not fit goes');
  });

  test('no colours with NO_COLOR, none on a dumb terminal; JSON when asked for', async () => {
    await using operator = await startOperator();
    await ask(operator, true);
    for (const [args, environment] of [
      [['ops'], { TERM: 'xterm', NO_COLOR: '1' }],
      [['ops'], { TERM: 'dumb' }],
      [['ops', '--json'], { TERM: 'xterm' }],
    ] as const) {
      const { stdout } = await runPerson(operator.url, onTerminal(args), { program: SCRIPT, environment });
      assert.ok(stdout.includes('succeeded'));
      assert.ok(!stdout.includes(ESC), JSON.stringify(stdout));
    }
  });

  test('--watch draws over what it has drawn', async () => {
    await using operator = await startOperator();
    await ask(operator, true);
    const args = onTerminal(['ops', '--watch', '--every', '100ms']);
    await using person = startPerson(operator.url, args, terminal);
    await person.line('stdout', /dry_run/);
    await ask(operator, false);
    await person.line('stdout', /state_reached|verifying/);
    person.signal('SIGTERM');
    const { stdout } = await person.end;
    assert.ok(stdout.startsWith(`${ESC}[H`), JSON.stringify(stdout.slice(0, 50)));
    assert.match(stdout, /Ctrl-C ends/);
  });
});

/** Without colours. */
function plain(text: string): string {
  return text.replaceAll(new RegExp(`${ESC}\\[\\d+m`, 'g'), '');
}
