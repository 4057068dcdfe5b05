import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { parseFleet } from '../../src/sandbox/fleet.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { callSandbox, elements, filters } from './sandbox-wire.ts';

const gpu1 = 'i-0a1b2c3d4e5f60001';
const gpu2 = 'i-0a1b2c3d4e5f60002';
const stopped = 'i-0a1b2c3d4e5f60003';
const fast = { timings: { startMs: 1, stopMs: 1 } };

const stop = (sandbox: Sandbox, ...ids: string[]) => callSandbox(sandbox.url, 'StopInstances', { InstanceId: ids });
const start = (sandbox: Sandbox, ...ids: string[]) => callSandbox(sandbox.url, 'StartInstances', { InstanceId: ids });
const stateOf = async (sandbox: Sandbox, id: string) =>
  elements(await callSandbox(sandbox.url, 'DescribeInstances', { InstanceId: [id] }), 'name')[0];

describe('faults', () => {
  test('throttle, error and unauthorized answer instead of the call', async () => {
    await using sandbox = await startSandbox(fast);
    const cases = [
      [{ kind: 'throttle' }, 503, 'RequestLimitExceeded'],
      [{ kind: 'error' }, 500, 'InternalError'],
      [
        { kind: 'error', code: 'VcpuLimitExceeded', message: 'More than allowed', status: 400 },
        400,
        'VcpuLimitExceeded',
      ],
      [{ kind: 'unauthorized' }, 403, 'UnauthorizedOperation'],
    ] as const;
    for (const [fault, status, code] of cases) {
      sandbox.faults.add({ ...fault, action: 'StopInstances', times: 1 });
      const answer = await stop(sandbox, gpu1);
      assert.deepEqual([answer.status, ...elements(answer, 'Code')], [status, code]);
      assert.equal(sandbox.calls.at(-1)?.errorCode, code);
    }
    assert.equal(sandbox.instance(gpu1).state, 'running');
    assert.equal((await stop(sandbox, gpu1)).status, 200);
  });

  test('reset before: the connection breaks and nothing is done', async () => {
    await using sandbox = await startSandbox(fast);
    sandbox.faults.add({ kind: 'reset', times: 1 });
    await assert.rejects(stop(sandbox, gpu1));
    assert.equal(sandbox.instance(gpu1).state, 'running');
    assert.equal(sandbox.calls.at(-1)?.status, undefined);
  });

  test('reset after: the connection breaks although the machine stops', async () => {
    await using sandbox = await startSandbox(fast);
    sandbox.faults.add({ kind: 'reset', when: 'after', times: 1 });
    await assert.rejects(stop(sandbox, gpu1));
    await sandbox.until(() => sandbox.instance(gpu1).state === 'stopped');
  });

  test('slow: the call is carried out late, and close does not wait for it', async () => {
    const sandbox = await startSandbox(fast);
    sandbox.faults.add({ kind: 'slow', ms: 20, times: 1 });
    assert.equal((await stop(sandbox, gpu1)).status, 200);
    sandbox.faults.add({ kind: 'slow', ms: 3_600_000 });
    const waiting = assert.rejects(stop(sandbox, gpu1));
    await sandbox.close();
    await waiting;
  });

  test('capacity: a start fails with HTTP 500 and nothing starts; what runs already is no problem', async () => {
    await using sandbox = await startSandbox(fast);
    sandbox.faults.add({ kind: 'capacity' });
    const answer = await start(sandbox, stopped);
    assert.deepEqual([answer.status, ...elements(answer, 'Code')], [500, 'InsufficientInstanceCapacity']);
    assert.match(elements(answer, 'Message')[0] ?? '', /sufficient g5\.12xlarge capacity .*\(eu-central-1a\)/);
    assert.equal(sandbox.instance(stopped).state, 'stopped');
    assert.equal((await start(sandbox, gpu1)).status, 200);
  });

  test('kms: the start is taken and the machine falls back', async () => {
    await using sandbox = await startSandbox(fast);
    const before = sandbox.instance(stopped).launchTime;
    sandbox.faults.add({ kind: 'kms' });
    assert.deepEqual(elements(await start(sandbox, stopped), 'name'), ['pending', 'stopped']);
    await sandbox.until(() => sandbox.instance(stopped).state === 'stopped');
    assert.ok(sandbox.instance(stopped).launchTime > before);
    const seen = await callSandbox(sandbox.url, 'DescribeInstances', { InstanceId: [stopped] });
    assert.match(seen.text, /<stateReason><code>Client.InternalError<\/code><message>[^<]*Client error on launch</);
  });

  test('lag: describe shows the old state for a while', async () => {
    let now = Date.now();
    await using sandbox = await startSandbox({ ...fast, clock: () => now });
    sandbox.faults.add({ kind: 'lag', ms: 60_000 });
    await stop(sandbox, gpu1);
    now += 59_999;
    assert.equal(await stateOf(sandbox, gpu1), 'running');
    assert.equal(sandbox.instance(gpu1).state, 'stopped');
    now += 1;
    assert.equal(await stateOf(sandbox, gpu1), 'stopped');
  });

  test('a fault for one instance also hits the describe that filters by its id', async () => {
    await using sandbox = await startSandbox(fast);
    sandbox.faults.add({ kind: 'throttle', instance: gpu1 });
    const describeOne = (id: string) => callSandbox(sandbox.url, 'DescribeInstances', filters(['instance-id', id]));
    assert.equal((await describeOne(gpu2)).status, 200);
    assert.equal((await describeOne(gpu1)).status, 503);
  });
});

describe('throttling', () => {
  test('StartInstances: five calls at once, then two a second; only when switched on', async () => {
    for (const throttling of [true, false]) {
      let now = 0;
      await using sandbox = await startSandbox({ throttling, clock: () => now });
      const statuses: number[] = [];
      for (let calls = 0; calls < 6; calls += 1) statuses.push((await start(sandbox, gpu1)).status);
      assert.deepEqual(statuses, [200, 200, 200, 200, 200, throttling ? 503 : 200]);
      now += 500;
      assert.equal((await start(sandbox, gpu1)).status, 200);
      const elsewhere = await callSandbox(sandbox.url, 'DescribeInstances', {}, { region: 'us-east-1' });
      assert.equal(elsewhere.status, 200);
    }
  });

  test('describes without filter and page have a smaller bucket than the others', async () => {
    await using sandbox = await startSandbox({ throttling: true, clock: () => 0 });
    const count = async (parameters: Record<string, string>): Promise<number> => {
      for (let calls = 0; ; calls += 1) {
        if ((await callSandbox(sandbox.url, 'DescribeInstances', parameters)).status !== 200) return calls;
      }
    };
    assert.equal(await count({}), 50);
    assert.equal(await count(filters(['vpc-id', 'none'])), 100);
  });

  test('resource tokens run out by machines, not by calls', async () => {
    const machine = (index: number) =>
      `  - { id: i-${index.toString(16).padStart(8, '0')}, region: eu-central-1, type: g5.xlarge, private_ip: 10.0.${index >> 8}.${index & 255} }`;
    const fleet = `machines:\n${Array.from({ length: 600 }, (_, index) => machine(index)).join('\n')}`;
    await using sandbox = await startSandbox({ throttling: true, clock: () => 0, fleet: parseFleet(fleet, 0) });
    const ids = sandbox.instances().map(({ id }) => id);
    assert.equal((await stop(sandbox, ...ids)).status, 200);
    assert.equal((await stop(sandbox, ...ids)).status, 503);
    assert.equal((await stop(sandbox, ...ids.slice(0, 400))).status, 200);
  });
});

describe('permission', () => {
  test('is taken away per machine or per account in the fleet file, for dry runs too', async () => {
    const text = `
accounts:
  '123456789012': { unauthorized: [StartInstances] }
  '210987654321': { keys: [AKIAOTHER], unauthorized: [DescribeInstances] }
machines:
  - { id: i-00000001, region: eu-central-1, type: g5.xlarge, private_ip: 10.0.0.1, unauthorized: [StopInstances] }
  - { id: i-00000002, region: eu-central-1, type: g5.xlarge, private_ip: 10.0.0.2 }
`;
    await using sandbox = await startSandbox({ ...fast, fleet: parseFleet(text, 0) });
    const refused = [
      await stop(sandbox, 'i-00000001'),
      await stop(sandbox, 'i-00000002', 'i-00000001'),
      await start(sandbox, 'i-00000002'),
      await callSandbox(sandbox.url, 'StopInstances', { InstanceId: ['i-00000001'], DryRun: 'true' }),
      await callSandbox(sandbox.url, 'DescribeInstances', {}, { key: 'AKIAOTHER' }),
    ];
    for (const answer of refused) {
      assert.deepEqual([answer.status, ...elements(answer, 'Code')], [403, 'UnauthorizedOperation']);
    }
    assert.equal((await stop(sandbox, 'i-00000002')).status, 200);
  });
});

describe('control routes', () => {
  const post = (sandbox: Sandbox, body: string) => fetch(`${sandbox.url}/_sandbox/faults`, { method: 'POST', body });

  test('faults come and go over HTTP, one or a list', async () => {
    await using sandbox = await startSandbox(fast);
    assert.equal((await post(sandbox, '{"kind":"throttle","action":"StopInstances"}')).status, 204);
    assert.equal((await post(sandbox, '[{"kind":"capacity"}]')).status, 204);
    assert.equal((await stop(sandbox, gpu1)).status, 503);
    assert.equal((await start(sandbox, stopped)).status, 500);
    assert.equal((await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'DELETE' })).status, 204);
    assert.equal((await stop(sandbox, gpu1)).status, 200);
  });

  test('what is not a fault is refused with a reason', async () => {
    await using sandbox = await startSandbox(fast);
    for (const body of ['', '{', '[]', '{"kind":"flood"}', '{"kind":"slow"}', '{"kind":"throttle","time":1}']) {
      const answer = await post(sandbox, body);
      assert.equal(answer.status, 400, body);
      assert.match(await answer.text(), /Expected a fault/);
    }
  });

  test('calls and instances can be read', async () => {
    await using sandbox = await startSandbox(fast);
    await stop(sandbox, gpu1);
    const calls: unknown = await (await fetch(`${sandbox.url}/_sandbox/calls`)).json();
    assert.deepEqual(calls, { calls: [...sandbox.calls], counts: { StopInstances: 1 } });
    assert.deepEqual(sandbox.calls[0]?.instanceIds, [gpu1]);
    const instances = await (await fetch(`${sandbox.url}/_sandbox/instances`)).text();
    assert.ok(instances.includes(gpu1));
    assert.equal((await fetch(`${sandbox.url}/_sandbox/other`)).status, 404);
  });

  test('a web page cannot reach them', async () => {
    await using sandbox = await startSandbox(fast);
    const url = `${sandbox.url}/_sandbox/ping`;
    assert.equal((await fetch(url, { headers: { origin: 'http://example.com' } })).status, 403);
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const rebound = request(url, { headers: { host: 'rebound.example.com' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    rebound.on('error', reject).end();
    assert.equal(await promise, 403);
    assert.equal((await fetch(url)).status, 200);
  });
});

test('those who wait for a call see it', async () => {
  await using sandbox = await startSandbox(fast);
  const called = sandbox.until(() => sandbox.counts.get('DescribeInstances') === 1);
  await stateOf(sandbox, gpu1);
  await called;
});

test('a sandbox can be changed while it runs, and closed twice', async () => {
  const sandbox = await startSandbox(fast);
  const copy = { ...sandbox.instance(gpu1), id: 'i-00000009' };
  sandbox.put(copy);
  sandbox.set(gpu1, { state: 'stopping', launchTime: 0 });
  assert.equal(await stateOf(sandbox, 'i-00000009'), 'running');
  assert.equal(await stateOf(sandbox, gpu1), 'stopping');
  assert.throws(() => sandbox.instance('i-00000008'), /Expected the id of a machine/);
  await sandbox.close();
  await sandbox.close();
});
