import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSandboxCommand } from './command.ts';
import { startSandbox } from './server.ts';

const ignore = () => {};
const aborted = AbortSignal.abort();

test('serves until the signal aborts and says how to reach it', async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const done = runSandboxCommand(['--port', '0', '--stop-ms', '1'], stop.signal, (line) => {
    lines.push(line);
    if (line.includes('AWS_REGION')) resolve();
  });
  await ready;
  const url = /AWS_ENDPOINT_URL=(\S+)/.exec(lines.join('\n'))?.[1] ?? '';
  const answer = await fetch(`${url}/_sandbox/ping`);
  assert.equal(await answer.text(), 'pong');
  stop.abort();
  await done;
  await assert.rejects(fetch(`${url}/_sandbox/ping`));
  assert.match(lines.join('\n'), /gpu-1 +10\.0\.1\.5/);
});

test('takes a fleet file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
  const file = join(directory, 'fleet.yaml');
  const lines: string[] = [];
  await writeFile(
    file,
    'machines: [{ id: i-00000001, name: mine, region: eu-west-1, type: g5.xlarge, private_ip: 10.0.0.1 }]',
  );
  await runSandboxCommand(['--fleet', file], aborted, (line) => lines.push(line));
  assert.match(lines.join('\n'), /i-00000001 +mine/);
  assert.match(lines.join('\n'), /AWS_REGION=eu-west-1/);
  await writeFile(file, 'machines: [{ id: gpu-1 }]');
  await assert.rejects(runSandboxCommand(['--fleet', file], aborted, ignore), /fleet\.yaml: The fleet file has/);
  await rm(directory, { recursive: true });
});

test('says so when the port is taken', async () => {
  await using sandbox = await startSandbox();
  const { port } = new URL(sandbox.url);
  await assert.rejects(runSandboxCommand(['--port', port], aborted, ignore), /EADDRINUSE/);
});

const mistakes = [
  { argv: ['--prot', '1'], message: /--prot[\s\S]*Usage:/ },
  { argv: ['positional'], message: /positional[\s\S]*Usage:/ },
  { argv: ['--port', '70000'], message: /whole number from 0 to 65535 after --port, got "70000"\nUsage:/ },
  { argv: ['--start-ms', '1e3'], message: /after --start-ms, got "1e3"/ },
  {
    argv: ['--fleet', '/nonexistent/fleet.yaml'],
    message: /Cannot use the fleet file \/nonexistent\/fleet.yaml: ENOENT/,
  },
];
for (const { argv, message } of mistakes) {
  test(`refuses ${argv.join(' ')}`, async () => {
    await assert.rejects(runSandboxCommand(argv, aborted, ignore), message);
  });
}
