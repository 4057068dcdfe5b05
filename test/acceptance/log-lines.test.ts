/** What the log tells of an operation: the same as its trail, so that either leads to EC2's records and to whoever asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { stopAlert } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { requestsTo, sandboxEnvironment, startOperator, temporaryDirectory } from '../support/operator.ts';
import { serveProcess } from '../support/process.ts';

const moveSchema = z.object({
  operation: z.string(),
  state: z.string(),
  guard: z.string().optional(),
  requestId: z.string().optional(),
  code: z.string().optional(),
  who: z.string().optional(),
  by: z.string().optional(),
  alertname: z.string().optional(),
  fingerprint: z.string().optional(),
  person: z.string().optional(),
  delivery: z.string().optional(),
  instance: z.string().optional(),
  region: z.string().optional(),
  until: z.string().optional(),
  about: z
    .object({ annotations: z.record(z.string(), z.string()).optional(), generatorUrl: z.string().optional() })
    .optional(),
});
type Move = z.output<typeof moveSchema>;

test('each move is logged with the guard, the ids of EC2 and the person that its trail names', async () => {
  await using stack = new AsyncDisposableStack();
  // Its sandbox is all that is used of this one.
  const { sandbox } = stack.use(
    await startOperator({ machines: [machine(1), machine(2, { tags: { 'ec2-operator': 'off' } }), machine(3)] }),
  );
  const server = stack.use(
    await serveProcess({
      ...sandboxEnvironment(sandbox),
      HOST: '127.0.0.1',
      PORT: '0',
      AUTH: 'none',
      LOG_FORMAT: 'json',
      DATA_DIR: await temporaryDirectory(stack),
    }),
  );
  const { post, end, ask, waiting, request } = requestsTo(server.url);
  const told = {
    annotations: { summary: 'gpu-1 is idle', secret: 'no' },
    generatorURL: 'http://ada:secret@prometheus.example/graph?g0.expr=up',
  };
  const [stopped, refused] = await post('/operateHostname', [stopAlert(1, told), stopAlert(2)]);
  const { cause } = await end(stopped?.operation);
  assert.deepEqual(
    [cause.annotations, cause.generatorUrl],
    [{ summary: 'gpu-1 is idle' }, 'http://prometheus.example/graph?g0.expr=up'],
  );
  assert.match(cause.delivery ?? '', /^[0-9a-f-]{36}$/);
  await end(refused?.operation);
  sandbox.set(idOf(3), { state: 'pending' });
  const { operation: asked } = await ask(`/operateInstance?instance=${idOf(3)}&action=stop&dryrun=false&wait=0s`);
  await waiting(asked.id, 'transition');
  const cancelled = await request(`/api/v1/operations/${asked.id}/cancel`, { method: 'POST' });
  assert.equal(cancelled.status, 200, cancelled.text);
  server.kill('SIGTERM');
  await server.exit;
  const moves = server.lines.flatMap((line): readonly Move[] => {
    const parsed = moveSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  });
  const of = (id: string | undefined, state: string): Move | undefined =>
    moves.find((move) => move.operation === id && move.state === state);
  const [stop] = sandbox.calls.filter(({ action }) => action === 'StopInstances');
  assert.ok(stop !== undefined);
  assert.equal(of(stopped?.operation, 'verifying')?.requestId, stop.requestId);
  assert.equal(of(refused?.operation, 'refused')?.guard, 'opt_out');
  assert.equal(of(asked.id, 'waiting')?.guard, 'settled');
  assert.equal(of(asked.id, 'cancelled')?.who, 'anyone');

  // By the machine alone: who stopped it, and why.
  const lines = moves.filter(({ instance }) => instance === idOf(1));
  assert.ok(lines.length >= 3);
  for (const { by, alertname, fingerprint, delivery, region } of lines) {
    assert.deepEqual([by, alertname, region], ['alert', 'UnusedGPU', 'eu-central-1']);
    assert.match(fingerprint ?? '', /^[0-9a-f]{16}$/);
    assert.match(delivery ?? '', /^[0-9a-f-]{36}$/);
  }
  assert.deepEqual(of(stopped?.operation, 'acting')?.about, {
    annotations: { summary: 'gpu-1 is idle' },
    generatorUrl: 'http://prometheus.example/graph?g0.expr=up',
  });
  assert.ok(!server.lines.some((line) => line.includes('secret@')));
  const waits = of(asked.id, 'waiting');
  assert.deepEqual([waits?.by, waits?.person], ['person', 'anyone at 127.0.0.1']);
  assert.match(waits?.until ?? '', /^20.*Z$/);
});
