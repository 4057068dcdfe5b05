import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BY_PERSON, HOUR, intentWith, NOON, queuedWith } from '../../test/support/operation.ts';
import type { Interval } from './machine.ts';
import type { Notice } from './notice.ts';
import type { Operation } from './operation.ts';
import type { MachinePast, OperationPast } from './timeline-line.ts';
import { timeline } from './timeline.ts';
import type { TrailEntry } from './trail.ts';

const ID = 'i-00000000000000001';
const MINUTE = 60_000;
const READING = { zone: 'Europe/Berlin', now: NOON + 6 * HOUR };
const NOTHING: MachinePast = { intervals: [], operations: [], said: [], notices: [] };

function tell(past: Partial<MachinePast>): readonly string[] {
  return timeline({ ...NOTHING, ...past }, READING).map(({ kind, text }) => `${kind}: ${text}`);
}

function interval(state: Interval['state'], since: number, why: Interval['why'] = { by: 'before' }): Interval {
  return { instance: ID, state, since, why };
}

function byAlert(operation = 'operation-1'): Interval['why'] {
  return { by: 'alert', operation, who: 'UnusedGPU' };
}

/** An operation that has come to an end, with the entry that says so. */
function ended(
  id: string,
  at: number,
  end: {
    readonly message: string;
    readonly state: 'refused' | 'cancelled' | 'failed' | 'succeeded';
    readonly reason: TrailEntry['reason'];
  },
  intent: Parameters<typeof intentWith>[0] = {},
): OperationPast {
  const base = {
    id,
    intent: intentWith(intent),
    createdAt: at - MINUTE,
    attempts: 0,
    message: end.message,
    endedAt: at,
  };
  const operation = ((): Operation => {
    switch (end.state) {
      case 'refused':
        return { ...base, state: 'refused', reason: 'opt_out' };
      case 'cancelled':
        return { ...base, state: 'cancelled', reason: 'by_person' };
      case 'failed':
        return { ...base, state: 'failed', reason: 'deadline' };
      case 'succeeded':
        return { ...base, state: 'succeeded', reason: 'state_reached' };
    }
  })();
  const { state, reason, message } = end;
  return { operation, trail: [{ at, event: 'state', state, message, ...(reason === undefined ? {} : { reason }) }] };
}

describe('a timeline', () => {
  test('tells when the machine changed its state, and who or what has caused it; the newest first', () => {
    assert.deepEqual(
      tell({
        intervals: [
          interval('running', NOON - 3 * HOUR),
          interval('stopping', NOON - 2 * HOUR, byAlert()),
          interval('stopped', NOON - 2 * HOUR + MINUTE, byAlert()),
          interval('pending', NOON, { by: 'person', operation: 'operation-2', who: 'pia' }),
          interval('running', NOON + MINUTE, { by: 'person', operation: 'operation-2', who: 'pia' }),
          interval('stopped', NOON + HOUR, { by: 'outside', detail: 'Client.UserInitiatedShutdown' }),
          interval('running', NOON + 2 * HOUR, { by: 'outside' }),
          interval('stopping', NOON + 3 * HOUR, { by: 'lease', operation: 'operation-3', who: 'pia' }),
        ],
      }),
      [
        'moving: Stopped: the lease of pia was over; this takes a minute or two.',
        'runs: Started outside ec2-operator, such as in the AWS console or by a tool.',
        'off: Stopped outside ec2-operator, such as in the AWS console or by a tool.',
        'runs: Started by pia.',
        'off: Stopped by alert UnusedGPU.',
        'runs: It was running already when ec2-operator saw it first.',
      ],
    );
  });

  test('says what the alert has seen, and who was told, beside the stop, and not a second time', () => {
    const about = { annotations: { description: 'No GPU above 2 % for 40 minutes' } };
    const cause = { by: 'alert', fingerprint: 'f1', alertname: 'UnusedGPU', beganAt: NOON - HOUR, about } as const;
    const stop = ended(
      'operation-1',
      NOON,
      { state: 'succeeded', reason: 'state_reached', message: 'it is stopped' },
      { cause },
    );
    const [line, ...others] = timeline(
      {
        ...NOTHING,
        intervals: [interval('stopped', NOON, byAlert())],
        operations: [stop],
        notices: [stopped('sent', 'ml'), stopped('sent', 'owners', 'pia@example.com'), stopped('failed', 'phone')],
      },
      READING,
    );
    assert.deepEqual(others, []);
    assert.equal(line?.operation, 'operation-1');
    assert.deepEqual(line.more, [
      'No GPU above 2 % for 40 minutes.',
      'Told: ml, owners (pia@example.com).',
      'Could not be told: phone (the server refused it).',
    ]);
  });

  test('tells fifty refusals as one line with their number, and begins anew when the machine changes its state', () => {
    const refusal = {
      state: 'refused',
      reason: 'opt_out',
      message: `the tag of ${ID} forbids it (guard opt_out)`,
    } as const;
    const operations = Array.from({ length: 50 }, (_, index) => ended(`o-${index}`, NOON + index * MINUTE, refusal));
    const later = ended('o-later', NOON + 3 * HOUR, refusal);
    const lines = timeline(
      {
        ...NOTHING,
        operations: [later, ...operations],
        intervals: [interval('running', NOON + 2 * HOUR, { by: 'outside' })],
      },
      READING,
    );
    assert.deepEqual(
      lines.map(({ kind, at, repeated }) => ({ kind, at, ...repeated })),
      [
        { kind: 'refused', at: NOON + 3 * HOUR },
        { kind: 'runs', at: NOON + 2 * HOUR },
        { kind: 'refused', at: NOON + 49 * MINUTE, times: 50, since: NOON },
      ],
    );
    assert.equal(lines[0]?.text, 'The stop by alert UnusedGPU was refused: the tag of it forbids it.');
    assert.equal(lines[2]?.operation, 'o-49', 'it leads to the last one');
  });

  test('tells two refusals that alternate as two lines', () => {
    const operations = Array.from({ length: 20 }, (_, index) =>
      ended(`o-${index}`, NOON + index * MINUTE, {
        state: 'refused',
        reason: 'opt_out',
        message: index % 2 === 0 ? 'one reason' : 'another reason',
      }),
    );
    assert.equal(tell({ operations }).length, 2);
  });

  test('tells warnings, waits and a cancel of one operation, each at its time', () => {
    const operation = ended('operation-1', NOON + HOUR, {
      state: 'cancelled',
      reason: 'by_person',
      message: 'cancelled by pia from 10.0.0.9',
    });
    const waits = (at: number, reason: string, message: string): TrailEntry => ({
      at,
      event: 'state',
      state: 'waiting',
      reason,
      message,
    });
    const trail = [
      { at: NOON - 2 * MINUTE, event: 'state', state: 'queued', who: 'alertmanager' } as const,
      waits(NOON - MINUTE, 'min_uptime', 'gpu-1 (i-00000000000000001, eu-central-1a) was launched 3m ago'),
      waits(NOON, 'warned', 'people were told that it stops at 2026-11-22T12:15:00.000Z'),
      { at: NOON + 1, event: 'joined', alertname: 'UnusedGPU' } as const,
      waits(NOON + MINUTE, 'held', 'pia holds gpu-1 (i-00000000000000001) until 2026-11-22T14:00:00.000Z'),
      ...operation.trail,
    ];
    assert.deepEqual(tell({ operations: [{ operation: operation.operation, trail }] }), [
      'cancelled: The stop by alert UnusedGPU was cancelled by pia from 10.0.0.9.',
      'kept: The stop by alert UnusedGPU waits: pia holds it until 15:00 CET.',
      'warned: The stop by alert UnusedGPU was announced: people were told that it stops at 13:15 CET.',
      'waits: The stop by alert UnusedGPU waits: it was launched 3m ago.',
    ]);
  });

  test('tells the end of an alert without its fingerprint', () => {
    const message = 'the alert "UnusedGPU" (30f5c723b860ea93) was resolved, and no other cause asks for it';
    const operation = ended('operation-1', NOON, { state: 'cancelled', reason: 'resolved', message });
    assert.deepEqual(tell({ operations: [operation] }), [
      'cancelled: The stop by alert UnusedGPU was cancelled: the alert "UnusedGPU" was resolved, and no other cause asks for it.',
    ]);
  });

  test('tells an operation that is under way', () => {
    const operation = queuedWith({ intent: intentWith({ verb: 'start', cause: BY_PERSON }) });
    assert.deepEqual(tell({ operations: [{ operation, trail: [] }] }), [
      'asked: Anna asks for a start; it is being carried out.',
    ]);
  });

  test('tells a dry run in one line, as what it is', () => {
    const past = ended(
      'operation-1',
      NOON,
      {
        state: 'succeeded',
        reason: 'dry_run',
        message: `would stop gpu-1 (${ID}, eu-central-1a): every guard allows it`,
      },
      { dryRun: true },
    );
    assert.deepEqual(tell({ operations: [past] }), [
      'rehearsed: A dry run of the stop by alert UnusedGPU: would stop it: every guard allows it.',
    ]);
  });

  test('tells holds and leases by their holders, at the clock of the reader', () => {
    const until = '2026-11-22T18:00:00.000Z';
    assert.deepEqual(
      tell({
        said: [
          { at: NOON, event: 'hold', who: 'pia', message: `held gpu-1 (${ID}) for pia until ${until} ("training")` },
          { at: NOON + 1, event: 'hold', who: 'max', message: `released "gpu (1)" (${ID}) for pia until ${until}` },
          {
            at: NOON + 2,
            event: 'lease',
            who: 'pia',
            message: `made the lease of gpu-1 (${ID}) to pia until ${until}`,
          },
          {
            at: NOON + 3,
            event: 'lease',
            who: 'pia',
            message: `a stop of the machine ended the lease of ${ID} to pia until ${until}`,
          },
        ],
      }),
      [
        'kept: A stop of the machine ended the lease until 19:00 CET.',
        'kept: pia made the lease until 19:00 CET.',
        'kept: max released it for pia; it was held until 19:00 CET.',
        'kept: pia held it until 19:00 CET ("training").',
      ],
    );
  });

  test('text of others is one short line without hidden characters, wherever it comes from', () => {
    const nasty = `<script>alert(1)</script>\u202e\u0000\n${'A'.repeat(10_000)}`;
    const cause = {
      by: 'alert',
      fingerprint: 'f1',
      alertname: nasty,
      beganAt: NOON,
      about: { annotations: { description: nasty } },
    } as const;
    const past = ended('operation-1', NOON, { state: 'refused', reason: 'opt_out', message: nasty }, { cause });
    const lines = timeline(
      {
        intervals: [
          interval('running', NOON, { by: 'outside', detail: nasty }),
          interval('stopped', NOON + 1, { by: 'alert', operation: 'operation-1', who: nasty }),
        ],
        operations: [past],
        said: [{ at: NOON, event: 'hold', who: nasty, message: nasty }],
        notices: [stopped('failed', 'ml', nasty, nasty)],
      },
      READING,
    );
    assert.equal(lines.length, 4);
    for (const { text, more } of lines)
      for (const each of [text, ...more]) {
        assert.doesNotMatch(each, /[\p{Cc}\u202e]/u);
        assert.ok(each.length < 900, `${each.length}`);
      }
  });
});

function stopped(state: 'sent' | 'failed', channel: string, recipient?: string, error?: string): Notice {
  return {
    id: 'notice-1',
    channel,
    ...(recipient === undefined ? {} : { recipient }),
    news: {
      kind: 'stopped',
      at: NOON,
      machine: { id: ID },
      operation: 'operation-1',
      cause: 'alert',
      by: 'UnusedGPU',
      message: 'it is stopped',
    },
    subject: 'operation-1',
    thread: 'operation-1',
    availableAt: NOON,
    createdAt: NOON,
    attempts: 1,
    state,
    ...(state === 'sent' ? { sentAt: NOON } : { error: error ?? 'the server refused it' }),
  };
}
