import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Intent } from '../domain/intent.ts';
import { moveOn } from '../domain/move.ts';
import type { Event, Operation } from '../domain/operation.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createObserver, type Observer } from './observer.ts';

const MADE = 1_800_000_000_000;
const INSTANCE = { id: 'i-00000000000000001', place: { region: 'eu-central-1' } };
const ACTED = { launchedAt: MADE - 60_000 };

function queued(dryRun = false): Operation {
  const intent: Intent = {
    verb: 'stop',
    target: { kind: 'instance', id: INSTANCE.id, text: INSTANCE.id },
    client: 'native',
    dryRun,
    cause: { by: 'alert', fingerprint: 'feed', alertname: 'GpuIdle', beganAt: MADE },
  };
  return { state: 'queued', id: 'the-id', intent, createdAt: MADE, attempts: 0 };
}

const ACT: Event = { type: 'act', instance: INSTANCE, acted: ACTED };
const ACCEPT: Event = { type: 'accept', instance: INSTANCE, acted: ACTED, at: MADE + 80 };
const REACHED: Event = { type: 'succeed', reason: 'state_reached', message: 'it is stopped', at: MADE + 40_000 };

async function watch(use: (observer: Observer) => void): Promise<{ log: Record<string, unknown>[]; metrics: string }> {
  const log: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
  const metrics = createMetrics({
    store: {
      countByState: async () => Promise.reject(new Error('not asked')),
      pauses: async () => Promise.resolve([]),
      countLeases: async () => Promise.resolve(0),
      countPendingNotices: async () => Promise.resolve([]),
      countHolds: async () => Promise.resolve(0),
      countWaiting: async () => Promise.reject(new Error('not asked')),
      oldestOpen: async () => Promise.resolve({}),
      nextDueAt: async () => Promise.resolve(undefined),
    },
    savings: async () => Promise.reject(new Error('not asked')),
    quota: { levels: () => [] },
    clock: () => MADE,
    channels: [],
    version: '1',
  });
  use(createObserver(await createLog({ level: 'debug', format: 'json', destination }), metrics));
  return { log, metrics: (await metrics.render()).body };
}

/** Moves an operation through these events, each of them told. */
function move(observer: Observer, operation: Operation, ...events: readonly Event[]): void {
  let before = operation;
  for (const event of events) {
    const told = moveOn(before, event, MADE);
    observer.moved(told);
    before = told.after;
  }
}

function value(metrics: string, series: string): number | undefined {
  const line = metrics.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

const TO_CALL = 'ec2_operator_alert_to_ec2_call_seconds';
const TO_STATE = 'ec2_operator_alert_to_state_reached_seconds';
const STOP = '{verb="stop",client="native"}';
const STATE = 'ec2_operator_instance_state{instance_id="i-00000000000000001",region="eu-central-1",account="",state';

test('a stop is timed from being on disk to the call and to the state, and each line names the operation', async () => {
  const { log, metrics } = await watch((observer) => {
    move(observer, queued(), ACT, ACCEPT, REACHED);
  });
  assert.deepEqual(
    log.map(({ operation, state }) => [operation, state]),
    [
      ['the-id', 'acting'],
      ['the-id', 'verifying'],
      ['the-id', 'succeeded'],
    ],
  );
  assert.equal(value(metrics, `${TO_CALL}_sum${STOP}`), 0.08);
  assert.equal(value(metrics, `${TO_STATE}_sum${STOP}`), 40);
  assert.equal(value(metrics, `${TO_STATE}_count${STOP}`), 1);
  assert.equal(value(metrics, `${STATE}="stopped"}`), 1);
});

test('a move is logged with the evidence that its trail has', async () => {
  const evidence = { guard: 'settled', requestId: 'r-1', code: 'RequestLimitExceeded', who: 'Ada' };
  const { log } = await watch((observer) => {
    observer.moved(moveOn(queued(), ACT, MADE, evidence));
    observer.moved(moveOn(queued(), ACT, MADE));
  });
  const shown = log.map(({ guard, requestId, code, who }) => ({ guard, requestId, code, who }));
  const none = { guard: undefined, requestId: undefined, code: undefined, who: undefined };
  assert.deepEqual(shown, [evidence, none]);
});

test('what takes no call of ours is not timed: a dry run, and what is on its way or there already', async () => {
  const { metrics } = await watch((observer) => {
    move(observer, queued(true), ACT, { ...REACHED, reason: 'dry_run' });
    move(observer, queued(), ACCEPT);
    move(observer, queued(), { ...REACHED, reason: 'already_in_state' });
  });
  assert.equal(value(metrics, `${TO_CALL}_count${STOP}`), 0);
  assert.equal(value(metrics, `${TO_STATE}_count${STOP}`), 0);
});

test('a dry run says nothing of the state of the machine', async () => {
  const { metrics } = await watch((observer) => {
    move(observer, queued(true), ACT, { ...REACHED, reason: 'dry_run' });
  });
  assert.equal(value(metrics, `${STATE}="stopped"}`), undefined);
});

test('a label that is not read is told once, and counted each time', async () => {
  const { log, metrics } = await watch((observer) => {
    const origin = { who: { name: 'am', remote: '10.0.0.5' }, method: 'POST', route: 'hostname' } as const;
    const { intent } = queued();
    const asked = (['region', 'region', 'client'] as const).map(
      (label) => ({ outcome: 'intent', fingerprint: 'feed', intent, ignoredLabels: [label] }) as const,
    );
    observer.answered({ id: 'd', origin, asked, receipts: [] });
  });
  assert.deepEqual(
    log.flatMap(({ label }) => label ?? []),
    ['region', 'client'],
  );
  assert.equal(value(metrics, 'ec2_operator_labels_ignored_total{label="region"}'), 2);
});

test('what the engine sees and what guards and doors say is counted', async () => {
  const { metrics } = await watch((observer) => {
    observer.saw({ ...INSTANCE, state: 'pending' });
    observer.judged([{ guard: 'settled', verdict: 'wait' }]);
    observer.loginFailed();
    observer.called({ action: 'StopInstances', code: 'OK', instances: 3, ms: 20, throttled: false }, INSTANCE.place);
  });
  assert.equal(value(metrics, `${STATE}="pending"}`), 1);
  assert.equal(value(metrics, 'ec2_operator_guard_verdicts_total{guard="settled",verdict="wait"}'), 1);
  assert.equal(value(metrics, 'ec2_operator_logins_failed_total'), 1);
  assert.equal(value(metrics, 'ec2_operator_batch_size_sum{action="StopInstances"}'), 3);
});

test('a warning is logged with the time of its stop, once; its reminder and its answer are counted and logged', async () => {
  const warned = { at: MADE, stopsAt: MADE + 900_000 };
  const warns: Event = { type: 'wait', reason: 'warned', until: warned.stopsAt, message: 'it stops', warned };
  const reminds: Event = { ...warns, warned: { ...warned, reminded: true } };
  const { log, metrics } = await watch((observer) => {
    move(observer, queued(), warns, warns, reminds, reminds, { ...warns, reason: 'held' });
  });
  const stopsAt = new Date(warned.stopsAt).toISOString();
  assert.deepEqual(
    log.map((line) => [line['reason'], line['stopsAt'], line['isReminder'], line['warningEnded']]),
    [
      ['warned', stopsAt, undefined, undefined],
      ['warned', stopsAt, true, undefined],
      ['held', undefined, undefined, 'held'],
    ],
  );
  assert.equal(value(metrics, 'ec2_operator_warnings_total'), 1);
  assert.equal(value(metrics, 'ec2_operator_warnings_ended_total{answer="held"}'), 1);
  assert.equal(value(metrics, 'ec2_operator_warnings_ended_total{answer="stopped"}'), 0);
});
