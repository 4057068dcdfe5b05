import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCommandLine } from '../cli/command-line.ts';
import { render, type Screen } from '../cli/screen.ts';
import { runSandbox } from './command.ts';
import { startSandbox } from './server.ts';

const aborted = AbortSignal.abort();

/** Runs the command as the command line would. */
async function run(
  argv: readonly string[],
  signal = aborted,
  write: (lines: readonly string[]) => void = () => undefined,
): Promise<number> {
  const reading = readCommandLine(['sandbox', ...argv]);
  assert.ok(reading.kind === 'command');
  const screen: Screen = {
    isTerminal: false,
    columns: () => undefined,
    write: (lines) => write(lines.map((line) => render(line, false))),
    note: () => undefined,
    json: () => undefined,
    redraw: () => undefined,
  };
  return runSandbox({ line: reading.line, environment: {}, inherited: {}, signal, screen });
}

test('serves until the signal aborts, and prints how to reach it', async () => {
  const stop = new AbortController();
  const { promise: said, resolve } = Promise.withResolvers<readonly string[]>();
  const done = run(['--port', '0', '--stop-ms', '1'], stop.signal, resolve);
  const text = (await said).join('\n');
  const url = /AWS_ENDPOINT_URL=(\S+)/.exec(text)?.[1] ?? '';
  const answer = await fetch(`${url}/_sandbox/ping`);
  assert.equal(await answer.text(), 'pong');
  stop.abort();
  assert.equal(await done, 0);
  await assert.rejects(fetch(`${url}/_sandbox/ping`));
  assert.match(text, /gpu-1 +10\.0\.1\.5/);
  assert.match(text, /export AWS_REGION=eu-central-1[^]*unset .*AWS_PROFILE/);
});

test('takes a fleet file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
  const file = join(directory, 'fleet.yaml');
  const written: string[] = [];
  await writeFile(
    file,
    'machines: [{ id: i-00000001, name: mine, region: eu-west-1, type: g5.xlarge, private_ip: 10.0.0.1 }]',
  );
  await run(['--fleet', file], aborted, (lines) => written.push(...lines));
  assert.match(written.join('\n'), /i-00000001 +mine[^]*AWS_REGION=eu-west-1/);
  await writeFile(file, 'machines: [{ id: gpu-1 }]');
  await assert.rejects(run(['--fleet', file]), /fleet\.yaml: The fleet file has/);
  await rm(directory, { recursive: true });
});

test('reports a port that is taken', async () => {
  await using sandbox = await startSandbox();
  const { port } = new URL(sandbox.url);
  await assert.rejects(run(['--port', port]), /EADDRINUSE/);
});

for (const { argv, message } of [
  { argv: ['--prot', '1'], message: /sandbox has no option --prot\. Did you mean --port\?/ },
  { argv: ['positional'], message: /expected nothing behind "sandbox", got "positional"/ },
  { argv: ['--port', '70000'], message: /expected a number from 0 to 65535 for --port, got "70000"/ },
  { argv: ['--start-ms', '1e3'], message: /for --start-ms, got "1e3"/ },
  {
    argv: ['--fleet', '/nonexistent/fleet.yaml'],
    message: /Cannot use the fleet file \/nonexistent\/fleet.yaml: ENOENT/,
  },
]) {
  test(`refuses ${argv.join(' ')}`, async () => {
    await assert.rejects(run(argv), message);
  });
}
