import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createRunner, RunError, type RunFailure, type RunnerOptions } from './aws-cli-process.ts';

const env = { PATH: '/usr/bin:/bin', ONLY: 'this' };

const scratch = mkdtempSync(join(tmpdir(), 'runner-'));
after(() => rmSync(scratch, { recursive: true }));

function emptyDirectory(): string {
  return mkdtempSync(join(scratch, 'test-'));
}

function runner(options: Partial<RunnerOptions> = {}) {
  return createRunner({
    command: process.execPath,
    concurrency: 2,
    limitMs: 60_000,
    maxOutputBytes: 100_000,
    ...options,
  });
}

function failsAs(failure: RunFailure) {
  return (error: unknown) => error instanceof RunError && error.failure === failure;
}

test('a run returns status and output, and passes arguments and environment unchanged', async () => {
  const script =
    'console.log(process.argv[1], Object.keys(process.env).sort().join()); console.error("x"); process.exit(3)';
  const finished = await runner().run(['-e', script, '$(id) ; "ü'], env);
  assert.deepEqual(finished, { status: 3, stdout: '$(id) ; "ü ONLY,PATH\n', stderr: 'x\n' });
});

test('a program that does not exist', async () => {
  const empty = emptyDirectory();
  await assert.rejects(runner({ command: 'aws' }).run([], { PATH: empty }), failsAs('missing'));
  writeFileSync(join(empty, 'aws'), 'not executable', { mode: 0o600 });
  await assert.rejects(runner({ command: 'aws' }).run([], { PATH: empty }), failsAs('missing'));
});

test('the arguments of a prepared run are asked for when there is a place for it, and none run nothing', async () => {
  const one = runner({ concurrency: 1 });
  const trace = join(emptyDirectory(), 'trace');
  const first = one.run(['-e', `require("fs").writeFileSync(${JSON.stringify(trace)}, "")`], env);
  let isFirstOver = false;
  const prepare = async (): Promise<undefined> => {
    isFirstOver = existsSync(trace);
    return Promise.resolve(undefined);
  };
  assert.equal(await one.runPrepared(prepare, env), undefined);
  await first;
  assert.ok(isFirstOver);
  await assert.rejects(
    one.runPrepared(async () => Promise.reject(new TypeError('no store')), env),
    TypeError,
  );
  assert.equal((await one.run(['-e', ''], env)).status, 0, 'the place is free again');
});

test('too much output', async () => {
  const endless = 'const write = () => process.stdout.write("x".repeat(10_000), write); write()';
  await assert.rejects(runner().run(['-e', endless], env), failsAs('output'));
});

describe('a run that is cut off', () => {
  const idle = ['-e', 'setTimeout(() => {}, 600_000)'];

  test('at the limit', async () => {
    await assert.rejects(runner({ limitMs: 100 }).run(idle, env), failsAs('limit'));
  });

  test('by close, as are waiting and later runs', async () => {
    const one = runner({ concurrency: 1 });
    const runs = [one.run(idle, env), one.run(idle, env)];
    one.close();
    for (const run of [...runs, one.run(idle, env)]) await assert.rejects(run, failsAs('closed'));
  });

  test('is killed with the processes that it has started', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const grandchild = `require('node:net').connect(${address.port}, '127.0.0.1')`;
    const child = `
      require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' });
      setTimeout(() => {}, 600_000);`;
    const { promise: connected, resolve } = Promise.withResolvers<Socket>();
    server.once('connection', resolve);
    const wrapper = runner();
    const run = assert.rejects(wrapper.run(['-e', child], env), failsAs('closed'));
    const socket = await connected;
    socket.on('error', () => {}).resume();
    const gone = once(socket, 'close');
    wrapper.close();
    await Promise.all([run, gone]);
    server.close();
  });
});

test('concurrent runs stay within the limit, and all of them run', async () => {
  const directory = emptyDirectory();
  const script = `
    const fs = require('node:fs');
    fs.writeFileSync('${directory}/' + process.pid, '');
    console.log(fs.readdirSync('${directory}').length);
    fs.unlinkSync('${directory}/' + process.pid)`;
  const three = runner({ concurrency: 2 });
  const finished = await Promise.all(Array.from({ length: 6 }, async () => three.run(['-e', script], env)));
  const atOnce = finished.map(({ stdout }) => Number(stdout));
  assert.ok(Math.min(...atOnce) >= 1 && Math.max(...atOnce) <= 2, `expected 1 or 2 at once, got ${atOnce.join()}`);
});
