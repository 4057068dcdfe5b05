/** Whatever becomes of what the operator writes to: it goes on serving, and it ends when it is told to. */
import assert from 'node:assert/strict';
import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { alert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf } from '../support/fleet.ts';
import { findFreePort } from '../support/free-port.ts';
import { requestsTo, sandboxEnvironment, startOperator, temporaryDirectory } from '../support/operator.ts';

const MAIN = fileURLToPath(new URL('../../bin/ec2-operator.mjs', import.meta.url));

async function serveTo(stack: AsyncDisposableStack, stdio: StdioOptions, isOne = false) {
  const { sandbox } = stack.use(await startOperator());
  const port = await findFreePort();
  const environment = {
    ...sandboxEnvironment(sandbox),
    HOST: '127.0.0.1',
    PORT: String(port),
    AUTH: 'none',
    LOG_FORMAT: 'json',
    DATA_DIR: await temporaryDirectory(stack),
  };
  // The shell makes way for the program, and can say that both outputs are one.
  const script = `exec "$0" "$1" ${isOne ? '2>&1' : ''}`;
  const env = { PATH: process.env['PATH'], ...environment };
  const child = spawn('sh', ['-c', script, process.execPath, MAIN], { env, stdio });
  stack.defer(() => void child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  const requests = requestsTo(url);
  await eventually('the operator is ready', async () => {
    const { status } = await requests.request('/readyz');
    return status === 200 ? true : undefined;
  });
  return { child, url, ...requests };
}

type Served = Awaited<ReturnType<typeof serveTo>>;

/** Has the operator log some megabytes: machines that there are not, each with a sentence about it. */
async function makeItTalk({ post, end }: Served): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    const ids = Array.from({ length: 1_000 }, (_, index) => idOf(10_000 + round * 1_000 + index));
    const receipts = await post(
      '/operateInstance',
      ids.map((id) => alert({ instance_id: id })),
    );
    await end(receipts.at(-1)?.operation);
  }
}

async function droppedLines({ request }: Served): Promise<number> {
  const { text: metrics } = await request('/metrics');
  return Number(/^ec2_operator_log_lines_dropped_total (\d+)$/m.exec(metrics)?.[1]);
}

async function endsOnSigterm({ child }: Served): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
}

for (const isOne of [false, true]) {
  test(`a pipe that nobody reads${isOne ? ', for both outputs,' : ''} stalls neither deliveries nor probes nor the end`, async () => {
    await using stack = new AsyncDisposableStack();
    const served = await serveTo(stack, ['ignore', 'pipe', 'ignore'], isOne);
    await makeItTalk(served);
    assert.ok((await droppedLines(served)) > 0);
    assert.equal((await served.request('/healthz')).status, 200);
    await endsOnSigterm(served);
  });
}

test('once somebody reads, whole lines come, a word on those that are missing, and what is logged from then on', async () => {
  await using stack = new AsyncDisposableStack();
  const served = await serveTo(stack, ['ignore', 'pipe', 'ignore']);
  await makeItTalk(served);
  const lost = await droppedLines(served);
  const { stdout } = served.child;
  assert.ok(stdout !== null && lost > 0);
  const entries: Record<string, unknown>[] = [];
  const resumed = Promise.withResolvers<number>();
  createInterface(stdout).on('line', (line) => {
    const entry = JSON.parse(line) as Record<string, unknown>;
    entries.push(entry);
    if (String(entry['message']).startsWith('log lines were dropped')) resumed.resolve(Number(entry['lines']));
  });
  assert.equal(await resumed.promise, lost);
  await endsOnSigterm(served);
  assert.match(String(entries.at(-1)?.['message']), /^stopping: new requests are refused/);
});

test('a full disk under both outputs ends nothing', { skip: process.platform !== 'linux' }, async () => {
  await using stack = new AsyncDisposableStack();
  const full = openSync('/dev/full', 'w');
  stack.defer(() => {
    closeSync(full);
  });
  const served = await serveTo(stack, ['ignore', full, full]);
  await makeItTalk(served);
  assert.ok((await droppedLines(served)) > 0);
  await endsOnSigterm(served);
});

test('a reader that has gone ends nothing', async () => {
  await using stack = new AsyncDisposableStack();
  const served = await serveTo(stack, ['ignore', 'pipe', 'pipe']);
  served.child.stdout?.destroy();
  served.child.stderr?.destroy();
  await makeItTalk(served);
  await endsOnSigterm(served);
});

test('a command gives all of its output to a reader that takes its time', async () => {
  await using stack = new AsyncDisposableStack();
  const served = await serveTo(stack, ['ignore', 'ignore', 'ignore']);
  await makeItTalk(served);
  const env = { PATH: process.env['PATH'], EC2_OPERATOR_URL: served.url };
  const child = spawn(process.execPath, [MAIN, 'ops', '--json', '--limit', '1000'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // As much as fits has been written by then, and the command has nothing else to do.
  await once(child.stdout, 'readable');
  await served.request('/readyz');
  const lines = (await text(child.stdout)).split('\n');
  assert.equal(lines.length, 1_001);
  for (const line of lines.slice(0, -1)) assert.doesNotThrow(() => void JSON.parse(line));
});
