/** `ops`, `show`, `cancel` and `status`: looking at operations, and taking one back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operationSchema, type OperationBody } from '../../src/http/schemas.ts';
import { alert, stopAlert } from '../support/alerts.ts';
import { idOf } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { runPerson, startPerson } from './person.ts';

const NOBODY = '019aa2c0-0000-7000-8000-000000000000';

async function ask(operator: Operator, number: number, dryrun = 'true'): Promise<string> {
  const query = `instance=${idOf(number)}&action=stop&client=native&dryrun=${dryrun}&wait=60s`;
  return (await operator.ask(`/operateInstance?${query}`)).operation.id;
}

/** A stop that waits for a machine to arrive somewhere. */
async function askInVain(operator: Operator): Promise<string> {
  operator.sandbox.set(idOf(1), { state: 'pending' });
  const query = `instance=${idOf(1)}&action=stop&client=native&dryrun=false&wait=0s`;
  const { operation } = await operator.ask(`/operateInstance?${query}`);
  await operator.waiting(operation.id, 'transition');
  return operation.id;
}

function parseLines(stdout: string): readonly OperationBody[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => operationSchema.parse(JSON.parse(line)));
}

describe('ops', { concurrency: 2 }, () => {
  test('a line of JSON for each operation, newest first, as filtered', async () => {
    await using operator = await startOperator();
    const one = await ask(operator, 1);
    const two = await ask(operator, 2);
    const missing = await ask(operator, 99);
    const ids = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { code, stdout, stderr } = await runPerson(operator.url, ['ops', ...args]);
      assert.equal(code, 0, stderr);
      return parseLines(stdout).map(({ id }) => id);
    };
    assert.deepEqual(await ids(), [missing, two, one]);
    assert.deepEqual(await ids('--state', 'refused'), [missing]);
    assert.deepEqual(await ids('--target', idOf(1), '--verb', 'stop'), [one]);
    assert.deepEqual(await ids('--limit', '1'), [missing]);
    assert.deepEqual(await ids('--verb', 'start'), []);
  });

  test('a table when asked for one', async () => {
    await using operator = await startOperator();
    const empty = await runPerson(operator.url, ['ops', '--table']);
    assert.equal(empty.stdout, 'no operations\n');
    const id = await ask(operator, 1);
    const { stdout } = await runPerson(operator.url, ['ops', '--table']);
    const [head = '', row = ''] = stdout.split('\n');
    assert.match(head, /^ID +AGE +VERB +MACHINE +INSTANCE +STATE +REASON +ASKED BY +EVIDENCE$/);
    assert.ok(row.startsWith(`${id.slice(-8)} `));
    assert.equal(row.indexOf('succeeded'), head.indexOf('STATE'));
    assert.match(row, /dry stop +\S.* +i-0+1 +succeeded +dry_run +anyone at 127\.0\.0\.1 +would stop/);
  });

  test('several states, a time, dry runs, and a machine however it was named', async () => {
    await using operator = await startOperator();
    const dry = await ask(operator, 1);
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    const byAddress = (await operator.end(receipt?.operation)).id;
    const missing = await ask(operator, 99, 'false');
    const ids = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { code, stdout, stderr } = await runPerson(operator.url, ['ops', ...args]);
      assert.equal(code, 0, stderr);
      return parseLines(stdout).map(({ id }) => id);
    };
    assert.deepEqual(await ids('--state', 'refused', '--state', 'failed,waiting'), [missing]);
    assert.deepEqual(await ids('--dry-run'), [dry]);
    assert.deepEqual(await ids('--machine', idOf(1)), [byAddress, dry]);
    assert.deepEqual(await ids('--since', '1h', '--limit', '1'), [missing]);
    assert.deepEqual(await ids('--since', '2999-01-01'), []);
    for (const args of [
      ['--since', 'yesterday'],
      ['--state', 'waiting,nowhere'],
    ]) {
      const { code, stderr } = await runPerson(operator.url, ['ops', ...args]);
      assert.deepEqual([code, /expected/.test(stderr)], [2, true], stderr);
    }
    const status = await runPerson(operator.url, ['status', idOf(1), '--table']);
    assert.match(status.stdout, new RegExp(`operation +${byAddress}`), 'the alert named the address');
  });

  test('a refusal that repeats is one row with a count', async () => {
    await using operator = await startOperator();
    const all = [];
    for (let n = 0; n < 3; n += 1) all.push(await ask(operator, 99, 'false'));
    const { stdout } = await runPerson(operator.url, ['ops', '--table', '--limit', '2']);
    const rows = stdout.trim().split('\n').slice(1);
    assert.equal(rows.length, 1);
    assert.match(rows[0] ?? '', new RegExp(`^${all.at(-1)?.slice(-8)} .* refused +not_found ×3 `));
    assert.equal(parseLines((await runPerson(operator.url, ['ops'])).stdout).length, 3, 'as JSON, all are there');
  });

  test('--watch tells changes as lines until Ctrl-C', async () => {
    await using operator = await startOperator();
    const id = await askInVain(operator);
    await using person = startPerson(operator.url, ['ops', '--watch', '--every', '100ms']);
    await person.line('stdout', /"state":"waiting"/);
    assert.equal((await runPerson(operator.url, ['cancel', id])).code, 0);
    await person.line('stdout', /"state":"cancelled"/);
    person.signal('SIGINT');
    const { code, stdout } = await person.end;
    assert.equal(code, 130);
    assert.deepEqual(
      parseLines(stdout).map(({ state }) => state),
      ['waiting', 'cancelled'],
      'nothing is told twice',
    );
  });
});

test('a reader that has seen enough is no error', async () => {
  await using operator = await startOperator();
  const id = await askInVain(operator);
  await using person = startPerson(operator.url, ['ops', '--watch', '--every', '100ms']);
  await person.line('stdout', /"state":"waiting"/);
  person.leave();
  assert.equal((await runPerson(operator.url, ['cancel', id])).code, 0);
  const { code, stderr } = await person.end;
  assert.deepEqual([code, stderr], [0, '']);
});

describe('show', { concurrency: 2 }, () => {
  test('tells what the alert says for people, and where its rule is', async () => {
    await using operator = await startOperator();
    const [receipt] = await operator.post('/operateHostname', [
      stopAlert(1, {
        annotations: { summary: 'gpu-1 is idle', looked_at: 'every GPU' },
        generatorURL: 'http://ada:secret@prometheus.example/graph?g0.expr=up',
      }),
    ]);
    await operator.end(receipt?.operation);
    const { stdout } = await runPerson(operator.url, ['show', receipt?.operation ?? '', '--table']);
    assert.match(stdout, /summary +gpu-1 is idle\n/);
    assert.match(stdout, /looked_at +every GPU\n/);
    assert.match(stdout, /rule +http:\/\/prometheus\.example\/graph\?g0\.expr=up\n/);
  });

  test('an operation with its trail, as JSON and for people', async () => {
    await using operator = await startOperator();
    const id = await ask(operator, 1, 'false');
    await operator.end(id);
    const json = await runPerson(operator.url, ['show', id]);
    assert.equal(parseLines(json.stdout)[0]?.trail?.length, 4);
    const { code, stdout } = await runPerson(operator.url, ['show', id, '--table']);
    assert.equal(code, 0);
    assert.match(stdout, /^succeeded {2}stop [^]+operation +\S{36}\n[^]+asked by +anyone at 127\.0\.0\.1 \(person\)/);
    assert.match(stdout, /verifying {2}EC2 has accepted .+\[request [0-9a-f-]{36}\]\n/);
  });

  test('--wait waits for the end, and ends as the operation does', async () => {
    await using operator = await startOperator();
    const id = await askInVain(operator);
    assert.equal((await runPerson(operator.url, ['show', id, '--wait', '600ms'])).code, 4);
    await using person = startPerson(operator.url, ['show', id, '--wait', '1m']);
    await person.line('stderr', /transition/);
    assert.equal((await runPerson(operator.url, ['cancel', id])).code, 0);
    const { code, stdout } = await person.end;
    assert.equal(code, 1);
    assert.equal(parseLines(stdout)[0]?.state, 'cancelled');
  });

  test('a part of its id is enough; what fits several lists them', async () => {
    await using operator = await startOperator();
    const [one, other] = [await ask(operator, 1), await ask(operator, 2)];
    for (const part of [one.slice(-8), one.slice(-12), one.slice(-8).toUpperCase(), one]) {
      const { code, stdout, stderr } = await runPerson(operator.url, ['show', part]);
      assert.deepEqual([code, parseLines(stdout)[0]?.id], [0, one], stderr);
    }
    const both = await runPerson(operator.url, ['show', one.slice(0, 5)]);
    assert.equal(both.code, 1);
    assert.match(both.stderr, new RegExp(`fits several: ${other} \\(stop i-0+2, succeeded\\), ${one} \\(`));
    const waiting = await askInVain(operator);
    assert.equal((await runPerson(operator.url, ['cancel', waiting.slice(-8)])).code, 0);
    assert.equal((await operator.read(waiting)).state, 'cancelled');
  });

  test('one that does not exist ends with 1', async () => {
    await using operator = await startOperator();
    for (const id of [NOBODY, '../../metrics']) {
      const { code, stdout, stderr } = await runPerson(operator.url, ['show', id]);
      assert.deepEqual([code, stdout], [1, ''], stderr);
      assert.match(stderr, /^ec2-operator: .*(?:no operation|the id of an operation)/);
    }
  });
});

describe('cancel', { concurrency: 2 }, () => {
  test('what waits is cancelled; what has ended is not, and ends with 1', async () => {
    await using operator = await startOperator();
    const ended = await ask(operator, 2);
    const id = await askInVain(operator);
    const { code, stdout, stderr } = await runPerson(operator.url, ['cancel', ended, id]);
    assert.equal(code, 1);
    assert.deepEqual(
      parseLines(stdout).map((one) => [one.id, one.reason]),
      [[id, 'by_person']],
    );
    assert.match(stderr, /is succeeded: an operation that has ended cannot be cancelled/);
    assert.equal((await operator.read(id)).state, 'cancelled');
  });
});

describe('status', { concurrency: 2 }, () => {
  test('the newest operation of a machine with its trail, then the earlier ones', async () => {
    await using operator = await startOperator();
    await ask(operator, 1);
    const newest = await ask(operator, 1, 'false');
    await operator.end(newest);
    await ask(operator, 2);
    const { code, stdout, stderr } = await runPerson(operator.url, ['status', idOf(1), '--table']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^succeeded {2}stop i-0+1 [^]+state_reached\]\n\nID [^]+dry stop/);
    assert.doesNotMatch(stdout, new RegExp(idOf(2)));
    const json = await runPerson(operator.url, ['status', idOf(1)]);
    const answer = JSON.parse(json.stdout) as { readonly operations: readonly OperationBody[] };
    assert.deepEqual([answer.operations.length, answer.operations[0]?.id], [2, newest]);
    assert.equal(answer.operations[0]?.trail?.length, 4);
    assert.equal((await runPerson(operator.url, ['ops'])).stdout.trim().split('\n').length, 3, 'nothing is recorded');
  });

  test('a machine that nobody has asked for', async () => {
    await using operator = await startOperator();
    const { code, stdout } = await runPerson(operator.url, ['status', 'nobody', '--table']);
    assert.equal(code, 0);
    assert.match(stdout, /^no operation is about the machine "nobody"\n/);
  });
});

describe('hostile text', () => {
  test('never reaches the terminal as it came', async () => {
    await using operator = await startOperator();
    const evil = '\u001B[2J\u0007\u009B31m\u202Eevil';
    const [receipt] = await operator.post('/operateHostname', [
      stopAlert(1, { labels: alert({ hostname: '10.9.9.9', alertname: evil })['labels'] }),
    ]);
    const { id } = await operator.end(receipt?.operation);
    for (const args of [
      ['ops', '--table'],
      ['show', id, '--table'],
      ['ops', '--json'],
      ['show', evil],
      ['stop', evil],
      ['ops', '--state', evil],
      [evil],
    ]) {
      const { stdout, stderr } = await runPerson(operator.url, args);
      const said = stdout + stderr;
      if (args[0] !== 'show' || args[1] === id) assert.match(said, /evil/, args.join(' '));
      assert.doesNotMatch(said.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u, args.join(' '));
    }
    const [operation] = parseLines((await runPerson(operator.url, ['ops', '--json'])).stdout);
    assert.equal(operation?.cause.name, evil, 'as JSON, it is all there');
  });
});
