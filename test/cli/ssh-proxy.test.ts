/** `ssh-proxy` as the ProxyCommand of a real ssh, to a real sshd that comes up when its machine runs. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { holdsAnswerSchema } from '../../src/http/hold-schemas.ts';
import { idOf, machine, type MachineEntry } from '../support/fleet.ts';
import { startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';
import { NO_SSH, prepareSsh, type SshSite } from '../support/sshd.ts';
import { findFreePort } from '../support/free-port.ts';
import { as, configWith, secretOf } from '../support/tokens.ts';
import { PROGRAM, runPerson, startPerson, type Run, type Running } from './person.ts';

const PROXY = `'${process.execPath}' '${PROGRAM}' ssh-proxy %h %p`;

/** As EC2 shows it, the machine is reached at addresses of this computer, and sshd listens on the first. */
const HERE = { public_ip: '127.0.0.1', private_ip: '127.0.0.2' };

async function startSite(
  entry: MachineEntry = {},
  options: OperatorOptions = {},
): Promise<{ operator: Operator; ssh: SshSite } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const ssh = stack.use(await prepareSsh());
  const operator = stack.use(
    await startOperator({
      ...options,
      machines: [machine(1, { ...HERE, ...entry })],
      timings: { startMs: 200, stopMs: 200 },
    }),
  );
  const running = stack.move();
  return { operator, ssh, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}

function sshArgs({ port, options, user }: SshSite, host: string, ...command: readonly string[]): readonly string[] {
  return [...options(PROXY), '-p', String(port), `${user}@${host}`, ...command];
}

function startSsh(ssh: SshSite, url: string, host: string, ...command: readonly string[]): Running {
  return startPerson(url, sshArgs(ssh, host, ...command), { program: 'ssh' });
}

async function runSsh(...args: Parameters<typeof startSsh>): Promise<Run> {
  await using running = startSsh(...args);
  return await running.end;
}

async function untilHolds(operator: Operator, count: number) {
  for (;;) {
    const { text } = await operator.request('/api/v1/holds', { headers: as('root') });
    const { holds } = holdsAnswerSchema.parse(JSON.parse(text));
    if (holds.length === count) return holds;
  }
}

describe('ssh through ssh-proxy', { concurrency: 2, skip: NO_SSH }, () => {
  test('starts a machine that is stopped, shows how it goes, and connects once its port answers', async () => {
    await using site = await startSite({ state: 'stopped' });
    const { operator, ssh } = site;
    await using running = startSsh(ssh, operator.url, idOf(1), 'echo', 'hello');
    await running.line('stderr', / runs; waiting for port \d+ of 127\.0\.0\.1/);
    assert.equal(operator.sandbox.instance(idOf(1)).state, 'running');
    await using _sshd = await ssh.boot();
    const { code, stdout, stderr } = await running.end;
    assert.deepEqual([code, stdout], [0, 'hello\n'], stderr);
    assert.match(stderr, / acting /);
  });

  test('says nothing and changes nothing when the machine runs already', async () => {
    await using site = await startSite();
    await using _sshd = await site.ssh.boot();
    const { code, stdout, stderr } = await runSsh(site.ssh, site.operator.url, idOf(1), 'exit 3');
    assert.deepEqual([code, stdout, stderr], [3, '', '']);
    assert.deepEqual(site.operator.changes(), []);
  });

  test('holds the machine while it is connected; a token that may start is enough', async () => {
    const config = configWith({ pia: { scopes: ['start'] }, root: { scopes: ['admin'] } });
    await using site = await startSite({}, { environment: { AUTH: '' }, config });
    const { operator, ssh } = site;
    await using _sshd = await ssh.boot();
    const args = sshArgs(ssh, idOf(1), 'echo begun; read -r _');
    const environment = { EC2_OPERATOR_TOKEN: secretOf('pia') };
    await using running = startPerson(operator.url, args, { program: 'ssh', keepsInput: true, environment });
    await running.line('stdout', /begun/);
    const [hold, ...others] = await untilHolds(operator, 1);
    assert.deepEqual([hold?.instance, hold?.who, others], [idOf(1), 'pia', []]);
    assert.match(hold?.holder ?? '', /^pia \(ssh-[0-9a-f]{12}\)$/);
    running.type('\n');
    const { code, stderr } = await running.end;
    assert.deepEqual([code, stderr], [0, '']);
    // ssh does not wait for its proxy.
    await untilHolds(operator, 0);
  });

  test('waits for a machine that is stopping, and starts it', async () => {
    await using site = await startSite();
    const { operator, ssh } = site;
    await using _sshd = await ssh.boot();
    operator.sandbox.set(idOf(1), { state: 'stopping' });
    await using running = startSsh(ssh, operator.url, idOf(1), 'echo', 'hello');
    await running.line('stderr', / waiting .+stopping/);
    operator.sandbox.set(idOf(1), { state: 'stopped' });
    const { code, stdout, stderr } = await running.end;
    assert.deepEqual([code, stdout], [0, 'hello\n'], stderr);
    assert.equal(operator.changes().length, 1);
  });

  test('shows that EC2 has no capacity; what ssh does not wait for goes on', async () => {
    await using site = await startSite({ state: 'stopped' });
    const { operator, ssh } = site;
    operator.sandbox.faults.add({ kind: 'capacity' });
    await using running = startSsh(ssh, operator.url, idOf(1), 'true');
    await running.line('stderr', / waiting .+InsufficientInstanceCapacity/);
    running.signal('SIGTERM');
    await running.line('stderr', /The start of i-\w+ goes on\. To cancel it: ec2-operator cancel /);
  });

  test('a start that is refused says why, and ends with 1', async () => {
    await using site = await startSite();
    const { code, stderr } = await runSsh(site.ssh, site.operator.url, idOf(9), 'true');
    assert.equal(code, 255, 'as ssh ends');
    assert.match(stderr, /refused {2}start i-\w+9: not_found\./);
    const proxy = await runPerson(site.operator.url, ['ssh-proxy', idOf(9), '22']);
    assert.deepEqual([proxy.code, proxy.stdout], [1, '']);
    assert.equal(proxy.stderr.match(/refused/g)?.length, 1, proxy.stderr);
  });

  test('carries files in both directions, byte by byte', async () => {
    await using site = await startSite();
    const { operator, ssh } = site;
    await using _sshd = await ssh.boot();
    const [there, back] = ['there', 'back'].map((name) => path.join(ssh.directory, name)) as [string, string];
    const file = path.join(ssh.directory, 'file');
    writeFileSync(file, randomBytes(5_000_000));
    const remote = `scp://${ssh.user}@${idOf(1)}:${ssh.port}/`;
    for (const [from, to] of [
      [file, `${remote}/${there}`],
      [`${remote}/${there}`, back],
    ] as const) {
      const { code, stderr } = await runPerson(operator.url, [...ssh.options(PROXY), from, to], { program: 'scp' });
      assert.equal(code, 0, stderr);
    }
    assert.ok(readFileSync(file).equals(readFileSync(back)));
  });

  test('a server that is away does not keep people from a machine that answers', async () => {
    await using ssh = await prepareSsh();
    const nowhere = `http://127.0.0.1:${await findFreePort()}`;
    const silent = await runPerson(nowhere, ['ssh-proxy', 'localhost', String(await findFreePort())]);
    assert.equal(silent.code, 3);
    assert.match(silent.stderr, /refuses the connection.+; and port \d+ of localhost does not answer/);
    await using _sshd = await ssh.boot();
    const { code, stdout, stderr } = await runSsh(ssh, nowhere, 'localhost', 'echo', 'hello');
    assert.deepEqual([code, stdout], [0, 'hello\n'], stderr);
    assert.match(stderr, /refuses the connection.+\. localhost answers, and is connected/);
  });
});
