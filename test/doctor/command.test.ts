/** The doctor as a process: its exit code, its table and its JSON. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { fleetOf, idOf, machine } from '../support/fleet.ts';
import { sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import { minimalEnvironment, startProgram } from '../support/program.ts';

const MAIN = fileURLToPath(new URL('../../bin/ec2-operator.mjs', import.meta.url));
const answer = z.object({
  ok: z.boolean(),
  counts: z.object({ error: z.int(), warning: z.int(), info: z.int(), ok: z.int() }),
  findings: z.array(z.object({ severity: z.string(), check: z.string(), evidence: z.string() })),
});

describe('ec2-operator doctor', () => {
  const stack = new AsyncDisposableStack();
  let sandbox: Sandbox;
  let directory: string;
  before(async () => {
    directory = await temporaryDirectory(stack);
    const tagged = { tags: { 'ec2-operator': 'allowed' } };
    const fleet = fleetOf([machine(1, tagged), machine(2, { ...tagged, protected: true })]);
    sandbox = stack.use(await startSandbox({ fleet }));
  });
  after(async () => stack.disposeAsync());

  async function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    return startProgram({
      name: 'the doctor',
      program: process.execPath,
      args: [MAIN, 'doctor', ...args],
      environment: { ...minimalEnvironment(), ...sandboxEnvironment(sandbox), DATA_DIR: directory, ...environment },
    });
  }

  async function doctor(
    ...asked: Parameters<typeof start>
  ): Promise<{ readonly code: unknown; readonly text: string }> {
    await using program = await start(...asked);
    const code = await program.exited;
    // A process can have ended before its last line is read.
    if (code !== 2) await program.awaitLine((line) => (/^\{|would fail/.test(line) ? true : undefined));
    return { code, text: program.lines.join('\n') };
  }

  test('a database that others can read is a warning', async () => {
    const own = await temporaryDirectory(stack);
    await writeFile(path.join(own, 'ec2-operator.sqlite'), '', { mode: 0o644 });
    const { text } = await doctor([], { DATA_DIR: own });
    const found = answer.parse(JSON.parse(text)).findings.find(({ evidence }) => /read by other users/.test(evidence));
    assert.deepEqual([found?.severity, found?.check], ['warning', 'store']);
  });

  test('all is well: JSON without a terminal, and 0', async () => {
    const { code, text } = await doctor(['--host', idOf(1)]);
    const { ok, counts, findings } = answer.parse(JSON.parse(text));
    assert.deepEqual([code, ok, counts.error], [0, true, 0]);
    assert.ok(findings.some(({ check, severity }) => check === 'stop_protection' && severity === 'ok'));
  });

  test('something would fail: 1, and a table with --table', async () => {
    const { code, text } = await doctor(['--table', '--host', idOf(1), '--host', idOf(2)]);
    assert.equal(code, 1);
    assert.match(text, new RegExp(`^ERROR {4}stop_protection {2}${idOf(2)}$`, 'm'));
    assert.match(text, new RegExp(`^ok {7}stop_protection {2}${idOf(1)}$`, 'm'));
    assert.match(text, /Something would fail: 1 error/);
  });

  test('a configuration that does not load', async () => {
    const file = path.join(directory, 'broken.yaml');
    await writeFile(file, 'regions: [nowhere]\nport: many\n');
    const { code, text } = await doctor([], { CONFIG_FILE: file });
    assert.equal(code, 1);
    const { findings } = answer.parse(JSON.parse(text));
    assert.equal(findings.length, 2);
    assert.ok(findings.every(({ check, severity }) => check === 'configuration' && severity === 'error'));
    const missing = await doctor([], { CONFIG_FILE: path.join(directory, 'missing.yaml') });
    assert.match(missing.text, /cannot read .*missing\.yaml/);
  });

  test('a signal ends it at any time', async () => {
    await using ends = new AsyncDisposableStack();
    // It takes the call, and never answers.
    const silent = createServer().listen(0, '127.0.0.1');
    ends.defer(() => {
      silent.closeAllConnections();
      silent.close();
    });
    await once(silent, 'listening');
    const asked = once(silent, 'request');
    const { port } = silent.address() as AddressInfo;
    const program = ends.use(await start([], { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }));
    await asked;
    assert.equal(await program.stop(), 143);
    assert.deepEqual(program.lines, []);
  });

  test('a wrong command line is 2', async () => {
    assert.equal((await doctor(['--hosts', 'x'])).code, 2);
    assert.equal((await doctor(['gpu-1'])).code, 2);
    assert.equal((await doctor(['--json', '--table'])).code, 2);
  });
});
