import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { minimalEnvironment, startProgram, type RunningProgram } from './program.ts';

/** Says where it listens, and does not mind SIGTERM. */
const STUBBORN = `
  process.on('SIGTERM', () => {});
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log('port', server.address().port));
`;

/** Starts the stubborn one as a test would, and says its own pid. */
const KILLED = `
  const { startProgram } = await import(${JSON.stringify(new URL('program.ts', import.meta.url).href)});
  const child = await startProgram({
    name: 'child', program: process.execPath, args: ['-e', ${JSON.stringify(STUBBORN)}], environment: {},
  });
  console.log(await child.awaitLine((line) => line));
  console.log('pid', process.pid);
`;

test('what a test has started ends with it, even when the test itself is killed', async () => {
  await using killed = await startNode(['--input-type=module', '-e', KILLED]);
  const port = await killed.awaitLine((line) => numberAfter('port', line));
  const pid = await killed.awaitLine((line) => numberAfter('pid', line));
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  // Killed, it may cut the connection off: `once` would reject for that.
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => {}).once('close', () => resolve());
  process.kill(pid, 'SIGKILL');
  await closed;
});

test('a program that ends before the expected line is told with its last lines', async () => {
  await using program = await startNode(['-e', `console.log('first'); console.error('no such file')`]);
  await assert.rejects(
    program.awaitLine((line) => numberAfter('port', line)),
    /node ended before it wrote the expected line\n--- the last lines of node:[^]*no such file/,
  );
});

test('a program that writes something else is told with its last lines', async () => {
  await using program = await startNode(['-e', STUBBORN.replace('SIGTERM', 'SIGUSR2')]);
  await program.awaitLine((line) => numberAfter('port', line));
  await assert.rejects(
    program.awaitLine(() => undefined, 50),
    /node did not write the expected line in 50 ms\n--- the last lines of node:\nport \d+$/,
  );
});

test('a program that does not exist is told by its name', async () => {
  await assert.rejects(
    startProgram({ name: 'the exporter', program: '/no/such/program', args: [], environment: {} }),
    /the exporter could not be started: \/no\/such\/program/,
  );
});

async function startNode(args: readonly string[]): Promise<RunningProgram> {
  return startProgram({ name: 'node', program: process.execPath, args, environment: minimalEnvironment() });
}

function numberAfter(word: string, line: string): number | undefined {
  const [first, second] = line.split(' ');
  return first === word ? Number(second) : undefined;
}
