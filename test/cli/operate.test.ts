/** `start` and `stop`: progress until the state is reached, and what the exit code says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operationSchema } from '../../src/http/schemas.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { runPerson, startPerson } from './person.ts';

describe('start and stop', { concurrency: 2 }, () => {
  test('a stop is meant, and ends when the machine is stopped', async () => {
    await using operator = await startOperator();
    const { code, stdout, stderr } = await runPerson(operator.url, ['stop', addressOf(1)]);
    assert.equal(code, 0, stderr);
    const operation = operationSchema.parse(JSON.parse(stdout));
    assert.deepEqual([operation.state, operation.reason, operation.dryRun], ['succeeded', 'state_reached', false]);
    assert.equal(operator.sandbox.instance(idOf(1)).state, 'stopped');
    for (const state of ['queued', 'acting', 'verifying', 'succeeded']) assert.match(stderr, new RegExp(` ${state} `));
  });

  test('a start by instance id, as a table and without progress', async () => {
    await using operator = await startOperator({ machines: [machine(1, { state: 'stopped' })] });
    const { code, stdout, stderr } = await runPerson(operator.url, ['start', idOf(1), '--table', '--quiet']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      stdout,
      new RegExp(`^succeeded  start ${idOf(1)} \\(${idOf(1)}, eu-central-1\\): state_reached\\. .+\n$`),
    );
    assert.equal(operator.sandbox.instance(idOf(1)).state, 'running');
  });

  test('a dry run changes nothing; client, region and account go along', async () => {
    await using operator = await startOperator();
    const dry = await runPerson(operator.url, ['stop', idOf(1), '--dry-run', '--client', 'native']);
    assert.equal(dry.code, 0, dry.stderr);
    assert.equal(operationSchema.parse(JSON.parse(dry.stdout)).reason, 'dry_run');
    const place = await runPerson(operator.url, ['stop', idOf(1), '--region', 'eu-west-9']);
    assert.equal(operationSchema.parse(JSON.parse(place.stdout)).reason, 'not_found', 'it is elsewhere');
    const account = await runPerson(operator.url, ['stop', idOf(1), '--account', 'nobody']);
    assert.equal(operationSchema.parse(JSON.parse(account.stdout)).reason, 'unknown_place');
    assert.deepEqual(operator.changes(), []);
  });

  test('a refused stop ends with 1 and says why', async () => {
    await using operator = await startOperator({ machines: [machine(1, { tags: { 'ec2-operator': 'off' } })] });
    const { code, stdout } = await runPerson(operator.url, ['stop', idOf(1), '--table']);
    assert.equal(code, 1);
    assert.match(stdout, /^refused {2}stop .+: opt_out\. .+ec2-operator/);
  });

  test('every machine is asked for, and the worst outcome counts', async () => {
    await using operator = await startOperator();
    const { code, stdout, stderr } = await runPerson(operator.url, [
      'stop',
      idOf(1),
      '10.9.9.9',
      '10.0.0.256',
      'two words',
      idOf(1),
    ]);
    assert.equal(code, 2);
    const ends = stdout
      .trim()
      .split('\n')
      .map((line) => operationSchema.parse(JSON.parse(line)));
    assert.deepEqual(
      ends.map(({ target, reason }) => [target, reason]),
      [
        [idOf(1), 'state_reached'],
        ['10.9.9.9', 'not_found'],
        ['two words', 'not_found'],
      ],
    );
    assert.match(stderr, /ec2-operator: 10\.0\.0\.256: expected /);
  });

  test('--no-wait returns once it is on disk', async () => {
    await using operator = await startOperator({ timings: { stopMs: 600_000 } });
    const { code, stdout, stderr } = await runPerson(operator.url, ['stop', idOf(1), '--no-wait']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal((await operator.read(operationSchema.parse(JSON.parse(stdout)).id)).target, idOf(1));
  });

  test('a command ends with 4 after --wait, and says until when the operation waits', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(idOf(1), { state: 'pending' });
    const { code, stdout, stderr } = await runPerson(operator.url, ['stop', idOf(1), '--wait', '2s', '--table']);
    assert.equal(code, 4, stderr);
    assert.match(stdout, /^waiting {2}stop .+: transition until \d\d:\d\d:\d\d\. /);
    assert.match(stderr, /waiting {4}.+\[transition, until \d\d:\d\d:\d\d, guard settled\]/);
    assert.match(stderr, /goes on\. To cancel it: ec2-operator cancel [0-9a-f-]{36}/);
  });

  test('Ctrl-C ends the command with 130, but not the operation', async () => {
    await using operator = await startOperator({ timings: { stopMs: 600_000 } });
    await using person = startPerson(operator.url, ['stop', idOf(1)]);
    await person.line('stderr', / verifying /);
    person.signal('SIGINT');
    const { code, stdout, stderr } = await person.end;
    assert.equal(code, 130);
    assert.match(stderr, /goes on\. EC2 has already been asked; to undo it: ec2-operator start i-/);
    const { id } = operationSchema.parse(JSON.parse(stdout));
    assert.equal((await operator.read(id)).state, 'verifying');
  });

  test('SIGTERM ends it with 143', async () => {
    await using operator = await startOperator({ timings: { stopMs: 600_000 } });
    await using person = startPerson(operator.url, ['stop', idOf(1)]);
    await person.line('stderr', / verifying /);
    person.signal('SIGTERM');
    assert.equal((await person.end).code, 143);
  });

  test('a server that starts again does not end the waiting', async () => {
    await using first = await startOperator();
    first.sandbox.set(idOf(1), { state: 'pending' });
    await using person = startPerson(first.url, ['stop', idOf(1)]);
    await person.line('stderr', / waiting /);
    await first.stop();
    await person.line('stderr', /trying again$/);
    first.sandbox.set(idOf(1), { state: 'running', launchTime: Date.now() - 3_600_000 });
    await using second = await startOperator({ after: first, environment: { PORT: new URL(first.url).port } });
    const { code, stderr } = await person.end;
    assert.equal(code, 0, stderr);
    assert.equal(second.sandbox.instance(idOf(1)).state, 'stopped');
  });
});
