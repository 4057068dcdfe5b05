/** `run` and the server: the machine is held while the command runs, and never longer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { holdsAnswerSchema } from '../../src/http/hold-schemas.ts';
import { stopAlert } from '../support/alerts.ts';
import { findFreePort } from '../support/free-port.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startMetadataService } from '../support/metadata-service.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith, secretOf } from '../support/tokens.ts';
import { runPerson, startPerson, type Running } from './person.ts';

const TOKENS = { job: { scopes: ['stop'] }, pia: { scopes: ['hold'] }, root: { scopes: ['admin'] } };
const AUTH = { environment: { AUTH: '' }, config: configWith(TOKENS) };
const environment = { EC2_OPERATOR_TOKEN: secretOf('job') };
const ON_1 = ['run', '--host', idOf(1)] as const;

/** Says that it runs, and ends at the next line. */
const UNTIL_A_LINE = ['sh', '-c', 'echo begun; read -r _; exit 6', 'sh', '--token', 'a-secret'] as const;

async function holdsOf(operator: Operator): Promise<ReturnType<(typeof holdsAnswerSchema)['parse']>['holds']> {
  const { text } = await operator.request('/api/v1/holds', { headers: as('root') });
  return holdsAnswerSchema.parse(JSON.parse(text)).holds;
}

/** The hold is made beside the command. */
async function untilHeld(operator: Operator, count = 1): ReturnType<typeof holdsOf> {
  for (;;) {
    const holds = await holdsOf(operator);
    if (holds.length >= count) return holds;
  }
}

function startWork(
  operator: Operator,
  options: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Running {
  const args = ['run', ...options, '--', ...UNTIL_A_LINE];
  return startPerson(operator.url, args, { environment: { ...environment, ...more }, keepsInput: true });
}

async function finish(running: Running): Promise<void> {
  running.type('\n');
  const { code, stdout, stderr } = await running.end;
  assert.deepEqual([code, stdout, stderr], [6, 'begun\n', '']);
}

describe('while the command runs', { concurrency: 2 }, () => {
  test('the machine that it runs on is held for five minutes, by this run alone, and released at the end', async () => {
    await using operator = await startOperator(AUTH);
    await using service = await startMetadataService(idOf(2));
    const here = { AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url };
    await using first = startWork(operator, [], here);
    const [one] = await untilHeld(operator);
    assert.ok(one !== undefined);
    assert.deepEqual([one.instance, one.who, one.why], [idOf(2), 'job', 'sh'], 'no arguments: they may be secret');
    assert.match(one.holder, /^job \(run-[0-9a-f]{12}\)$/);
    const left = Date.parse(one.until) - Date.now();
    assert.ok(left > 240_000 && left <= 300_000, String(left));
    await using second = startWork(operator, ['--why', 'evaluation'], here);
    await untilHeld(operator, 2);
    await finish(first);
    const [other, ...none] = await holdsOf(operator);
    assert.deepEqual([other?.why, none], ['evaluation', []]);
    await finish(second);
    assert.deepEqual(await holdsOf(operator), []);
  });

  test('an alert does not stop the machine, and does once the command has ended', async () => {
    await using operator = await startOperator();
    const list = async () => (await operator.request('/api/v1/holds')).text;
    await using running = startPerson(operator.url, [...ON_1, '--', ...UNTIL_A_LINE], { keepsInput: true });
    while (!(await list()).includes(idOf(1))) continue;
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    await operator.waiting(receipt?.operation, 'held');
    assert.deepEqual(operator.changes(), []);
    await finish(running);
    assert.equal((await operator.end(receipt?.operation)).reason, 'state_reached');
  });

  test('a command that is done at once leaves no hold', async () => {
    await using operator = await startOperator(AUTH);
    const { code, stderr } = await runPerson(operator.url, [...ON_1, '--', 'true'], { environment });
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(await holdsOf(operator), []);
  });

  test('a server that comes up meanwhile is asked again', async () => {
    const PORT = String(await findFreePort());
    const args = [...ON_1, '--', ...UNTIL_A_LINE];
    await using running = startPerson(`http://127.0.0.1:${PORT}`, args, { environment, keepsInput: true });
    await running.line('stderr', /the machine is not held: .+refuses the connection/);
    await using operator = await startOperator({ ...AUTH, environment: { AUTH: '', PORT } });
    await running.line('stderr', new RegExp(`^ec2-operator: ${idOf(1)} is held again, until `));
    assert.equal((await holdsOf(operator)).length, 1);
    running.type('\n');
    const { code, stderr } = await running.end;
    assert.deepEqual([code, stderr.trim().split('\n').length], [6, 2], stderr);
  });

  test('a no of the server is told once, and the command goes on', async () => {
    const rules = { holds: { rules: [{ only: { team: 'ops' }, longest: '0s' }] } };
    const machines = [machine(1, { tags: { team: 'ops' } })];
    await using operator = await startOperator({ ...AUTH, machines, config: configWith(TOKENS, rules) });
    await using running = startWork(operator, ['--host', idOf(1)]);
    await running.line(
      'stderr',
      /the machine is not held: .+ cannot be held: holds\.rules says so\. The command goes on/,
    );
    running.type('\n');
    const { code, stderr } = await running.end;
    assert.deepEqual([code, stderr.trim().split('\n').length], [6, 1], stderr);
  });

  test('a run that is killed loses its hold by itself', async () => {
    await using operator = await startOperator(AUTH);
    await using running = startWork(operator, ['--host', idOf(1)]);
    await untilHeld(operator);
    running.signal('SIGKILL');
    await running.end;
    const [left] = await holdsOf(operator);
    assert.ok(Date.parse(left?.until ?? '') - Date.now() <= 300_000);
  });
});

describe('--then-stop', { concurrency: 2 }, () => {
  const thenStop = [...ON_1, '--then-stop', '--'] as const;

  test('stops the machine when the command has ended, even if it failed, and keeps its exit code', async () => {
    await using operator = await startOperator(AUTH);
    const { code, stdout, stderr } = await runPerson(operator.url, [...thenStop, 'false'], { environment });
    assert.deepEqual([code, stdout], [1, ''], stderr);
    assert.match(stderr, /^(?:verifying|succeeded) {2}stop i-/);
    assert.equal(operator.changes(idOf(1)).length, 1);
  });

  test('does not stop a machine that somebody else holds', async () => {
    await using operator = await startOperator(AUTH);
    const body = json({ target: idOf(1), for: '1h', why: 'debugging' });
    await operator.request('/api/v1/holds', { ...body, headers: { 'content-type': 'application/json', ...as('pia') } });
    const { code, stderr } = await runPerson(operator.url, [...thenStop, 'true'], { environment });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^refused {2}stop i-.+: held\. .*pia/);
    assert.deepEqual(operator.changes(), []);
  });

  test('does not stop it after Ctrl-C, or when there was nothing to run', async () => {
    await using operator = await startOperator(AUTH);
    await using running = startPerson(operator.url, [...thenStop, 'sleep', '60'], { environment });
    await untilHeld(operator);
    running.signal('SIGINT');
    const { code, stderr } = await running.end;
    assert.equal(code, 'SIGINT');
    assert.match(stderr, /the command was interrupted: the machine is not stopped/);
    assert.equal((await runPerson(operator.url, [...thenStop, 'no-such-command'], { environment })).code, 127);
    assert.deepEqual(operator.changes(), []);
  });

  test('says so when it may not, and keeps the exit code', async () => {
    await using operator = await startOperator(AUTH);
    const pia = { EC2_OPERATOR_TOKEN: secretOf('pia') };
    const { code, stderr } = await runPerson(operator.url, [...thenStop, 'true'], { environment: pia });
    assert.equal(code, 0);
    assert.match(stderr, /^ec2-operator: the machine is not stopped: the token does not allow this/);
  });
});
