import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BY_ALERT, BY_PERSON, HOUR, intentWith, NOON, queuedWith } from '../../test/support/operation.ts';
import type { LeaseCause } from './cause.ts';
import type { ResolvedInstance } from './instance.ts';
import { moveOn, type Evidence, type Move } from './move.ts';
import { newsSchema, NOTICE_KINDS, TOLD_BY_DEFAULT, type NewNotice, type NoticeKind } from './notice.ts';
import { noticesOf } from './notices-of.ts';
import type { Event, Operation } from './operation.ts';
import type { ChannelRule, TellingSettings } from './telling.ts';
import type { Warned } from './warned.ts';

const MINUTE = 60_000;
const WARNED: Warned = { at: NOON, stopsAt: NOON + 15 * MINUTE };
const BY_LEASE: LeaseCause = { by: 'lease', lease: 'lease-1', name: 'pia', beganAt: NOON };
const ALL_KINDS: ReadonlySet<NoticeKind> = new Set(Object.keys(NOTICE_KINDS).filter((kind) => isKind(kind)));

function isKind(kind: string): kind is NoticeKind {
  return Object.hasOwn(NOTICE_KINDS, kind);
}

const instance: ResolvedInstance = {
  id: 'i-00000000000000001',
  place: { region: 'eu-central-1' },
  name: 'gpu-1',
  owner: 'pia',
  type: 'g5.xlarge',
  billing: { usage: 'RunInstances', system: 'Linux/UNIX', tenancy: 'default' },
  audience: [{ channel: 'ops' }, { channel: 'owners', recipient: 'pia@example.com' }, { channel: 'gone' }],
};

function tellingWith(ops: Partial<ChannelRule> = {}): TellingSettings {
  const rule = { kind: 'slack', tells: ALL_KINDS, toOwner: false, quietHours: [] };
  return {
    escalations: [],
    owners: { tags: ['owner'], email: '{owner}', domains: ['example.com'] },
    channels: [
      { ...rule, name: 'ops', ...ops },
      { ...rule, name: 'owners', kind: 'email', tells: new Set(TOLD_BY_DEFAULT), toOwner: true },
      { ...rule, name: 'others' },
    ],
  };
}

/** Carries an operation through events, a minute apart. */
function movesOf(first: Operation, events: readonly (Event & { readonly evidence?: Evidence })[]): readonly Move[] {
  let before = first;
  return events.map(({ evidence, ...event }, index) => {
    const move = moveOn(before, event, NOON + index * MINUTE, evidence);
    before = move.after;
    return move;
  });
}

function toldBy(
  first: Operation,
  events: readonly (Event & { readonly evidence?: Evidence })[],
  telling = tellingWith(),
): readonly NewNotice[] {
  const notices = movesOf(first, events).flatMap((move) => noticesOf(move, telling));
  for (const { news } of notices) assert.deepEqual(newsSchema.parse(news), news);
  return notices;
}

/** As a channel hears it that is told everything: kinds of which others hear nothing are left out. */
function heard(notices: readonly NewNotice[], channel = 'ops'): readonly NoticeKind[] {
  const known = new Set<string>();
  return notices
    .filter((notice) => notice.channel === channel)
    .filter(({ thread, follows }) => {
      if (follows === true && !known.has(thread)) return false;
      known.add(thread);
      return true;
    })
    .map(({ news: { kind } }) => kind);
}

function wait(
  reason: Extract<Event, { type: 'wait' }>['reason'],
  more: Partial<Extract<Event, { type: 'wait' }>> = {},
): Event {
  return { type: 'wait', reason, until: NOON + HOUR, message: 'm', instance, ...more };
}

const WARNS = wait('warned', { until: WARNED.stopsAt, warned: WARNED });
const REMINDS = wait('warned', { until: WARNED.stopsAt, warned: { ...WARNED, reminded: true } });
const ACT: Event = { type: 'act', instance, acted: { launchedAt: 0 } };
const ACCEPT: Event = { type: 'accept', instance, acted: { launchedAt: 0 }, at: NOON };
const DONE: Event = { type: 'succeed', reason: 'state_reached', message: 'gpu-1 is stopped', at: NOON };
const END = { message: 'm', at: NOON, instance } as const;
const STOP = queuedWith();
const START = queuedWith({ intent: intentWith({ verb: 'start', cause: BY_PERSON }) });

const stories: readonly (readonly [string, Operation, readonly Event[], readonly NoticeKind[]])[] = [
  ['a warned stop', STOP, [WARNS, ACT, ACCEPT, DONE], ['warning', 'stopped']],
  ['a repeat', STOP, [WARNS, WARNS, WARNS], ['warning']],
  ['a reminder', STOP, [WARNS, REMINDS, REMINDS, ACT], ['warning', 'warning']],
  ['a stop without a warning', STOP, [ACT, ACCEPT, DONE], ['stopped']],
  ["a person's stop", queuedWith({ intent: intentWith({ cause: BY_PERSON }) }), [ACT, ACCEPT, DONE], ['stopped']],
  ['a hold', STOP, [WARNS, wait('held'), wait('held')], ['warning', 'kept']],
  [
    'a lease, and then a hold',
    STOP,
    [WARNS, wait('leased'), wait('held'), WARNS],
    ['warning', 'kept', 'kept', 'warning'],
  ],
  ['a hold that came before any warning', STOP, [wait('held'), wait('held', { message: 'other' })], []],
  ['a pause', STOP, [WARNS, wait('paused'), wait('paused')], ['warning', 'not_stopped']],
  ['a stop that is put off', STOP, [WARNS, wait('windows', { warned: 'over' })], ['warning', 'not_stopped']],
  ['waits that a warning outlasts', STOP, [WARNS, wait('retry'), wait('windows')], ['warning']],
  ['a cancelled stop', STOP, [WARNS, { type: 'cancel', reason: 'by_person', ...END }], ['warning', 'not_stopped']],
  ['a refused stop', STOP, [WARNS, { type: 'refuse', reason: 'opt_out', ...END }], ['warning', 'not_stopped']],
  ['a refused stop that nobody heard of', STOP, [{ type: 'refuse', reason: 'opt_out', ...END }], []],
  [
    'a machine that stopped by itself',
    STOP,
    [WARNS, { type: 'succeed', reason: 'already_in_state', ...END }],
    ['warning', 'not_stopped'],
  ],
  [
    'the end of a hold, when the alert is resolved',
    STOP,
    [WARNS, wait('held'), { type: 'cancel', reason: 'resolved', ...END }],
    ['warning', 'kept', 'not_stopped'],
  ],
  ['a failed stop', STOP, [ACT, { type: 'fail', reason: 'ec2_error', ...END }], ['failed']],
  ['a failed start', START, [ACT, { type: 'fail', reason: 'ec2_error', ...END }], ['failed']],
  ['a start', START, [ACT, ACCEPT, DONE], ['ready']],
  ['a machine that ran already', START, [{ type: 'succeed', reason: 'already_in_state', ...END }], []],
  [
    'a start that waits for capacity',
    START,
    [wait('capacity'), ACT, wait('capacity', { message: 'again' }), ACT, ACCEPT, DONE],
    ['capacity', 'capacity', 'capacity', 'ready'],
  ],
];

describe('people hear of', () => {
  for (const [name, first, events, kinds] of stories)
    test(`${name}: ${kinds.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(heard(toldBy(first, events)), kinds);
    });

  test('nothing of a dry run, but for a stop that was real when they were warned of it', () => {
    const dry = queuedWith({ intent: intentWith({ dryRun: true }) });
    for (const [, { intent }, events] of stories)
      assert.deepEqual(toldBy({ ...dry, intent: { ...intent, dryRun: true } }, events), []);
    const end: Event = { type: 'succeed', reason: 'dry_run', ...END, isLive: false };
    assert.deepEqual(heard(toldBy(STOP, [WARNS, end])), ['warning', 'not_stopped']);
    assert.deepEqual(heard(toldBy(STOP, [end])), []);
  });

  test('nothing where the machine is not known, or reaches nobody', () => {
    const { audience: _, ...deaf } = instance;
    const nobody = WARNS.type === 'wait' ? { ...WARNS, instance: deaf } : WARNS;
    assert.deepEqual(toldBy(STOP, [nobody]), []);
    assert.deepEqual(toldBy(STOP, [{ type: 'cancel', reason: 'by_person', message: 'm', at: NOON }]), []);
  });

  test('a hold that a program renews once, and a longer one again', () => {
    const held = (until: number, holder = 'pia (run-1)'): Event =>
      wait('held', { until, message: `gpu-1 is held: ${holder} holds it until ${new Date(until).toISOString()}` });
    const renewed = Array.from({ length: 5 }, (_, minute) => held(NOON + (5 + minute) * MINUTE));
    assert.deepEqual(heard(toldBy(STOP, [WARNS, ...renewed])), ['warning', 'kept']);
    assert.deepEqual(heard(toldBy(STOP, [WARNS, held(NOON + HOUR), held(NOON + 4 * HOUR)])), [
      'warning',
      'kept',
      'kept',
    ]);
    assert.deepEqual(heard(toldBy(STOP, [WARNS, held(NOON + HOUR), held(NOON + HOUR, 'tom')])), [
      'warning',
      'kept',
      'kept',
    ]);
  });
});

describe('a notice', () => {
  test('goes to the channels of the machine that are configured still and told its kind', () => {
    const warned = toldBy(STOP, [WARNS]);
    assert.deepEqual(
      warned.map(({ channel, recipient }) => [channel, recipient]),
      [
        ['ops', undefined],
        ['owners', 'pia@example.com'],
      ],
    );
    const deaf = tellingWith({ tells: new Set(['stopped']) });
    assert.deepEqual(
      toldBy(STOP, [WARNS], deaf).map(({ channel }) => channel),
      ['owners'],
    );
  });

  test('of a warning has its facts and its evidence', () => {
    const about = { annotations: { summary: 'idle', description: 'no GPU above 2 %', looked_at: 'every GPU' } };
    const first = queuedWith({ intent: intentWith({ cause: { ...BY_ALERT, about } }) });
    const [told] = toldBy(first, [WARNS]);
    assert.deepEqual(told, {
      channel: 'ops',
      subject: `operation-1:${NOON}`,
      thread: 'operation-1',
      availableAt: NOON,
      news: {
        kind: 'warning',
        at: NOON,
        machine: {
          id: 'i-00000000000000001',
          region: 'eu-central-1',
          name: 'gpu-1',
          type: 'g5.xlarge',
          hourly: '$1.01 at list price (us-east-1, 2026-07-20)',
          owner: 'pia',
        },
        operation: 'operation-1',
        cause: 'alert',
        by: 'UnusedGPU',
        evidence: 'no GPU above 2 %',
        since: BY_ALERT.beganAt,
        losesDisk: true,
        warnedAt: NOON,
        stopsAt: WARNED.stopsAt,
      },
    });
  });

  test('of a reminder has its own subject, and says that it is one', () => {
    const [first, , again] = toldBy(STOP, [WARNS, REMINDS]);
    assert.ok(first?.news.kind === 'warning' && again?.news.kind === 'warning');
    assert.deepEqual(
      [first.subject, first.news.isReminder, again.subject, again.news.isReminder],
      [`operation-1:${NOON}`, undefined, `operation-1:${NOON}:again`, true],
    );
  });

  test("of a lease's stop is of its own kind where that is told", () => {
    const first = queuedWith({ intent: intentWith({ cause: BY_LEASE }) });
    const told = toldBy(first, [WARNS]);
    assert.deepEqual(
      told.map(({ channel, news }) => [channel, news.kind, 'by' in news && news.by]),
      [
        ['ops', 'lease_ending', 'pia'],
        ['owners', 'warning', 'pia'],
      ],
    );
  });

  test('of a hold says until when, if that is known', () => {
    const [, kept] = toldBy(STOP, [WARNS, wait('held')]).filter(({ channel }) => channel === 'ops');
    assert.ok(kept?.news.kind === 'kept');
    assert.deepEqual([kept.news.by, kept.news.until], ['hold', NOON + HOUR]);
    const [, endless] = toldBy(STOP, [WARNS, wait('held', { isEndless: true })]).filter(
      ({ channel }) => channel === 'ops',
    );
    assert.ok(endless?.news.kind === 'kept');
    assert.equal('until' in endless.news, false);
  });

  test('that a start waits for capacity is one, however often EC2 is asked', () => {
    const events = [wait('capacity'), ACT, wait('capacity', { message: 'again' })];
    assert.equal(new Set(toldBy(START, events).map(({ subject }) => subject)).size, 1);
  });

  test('that a machine is ready has its addresses', () => {
    const events = [ACT, ACCEPT, { ...DONE, evidence: { addresses: ['10.0.0.1'] } }];
    const ready = toldBy(START, events).find(({ news }) => news.kind === 'ready');
    assert.ok(ready?.news.kind === 'ready');
    assert.deepEqual(ready.news.addresses, ['10.0.0.1']);
  });

  test('waits for the end of quiet hours, unless people have to know at once', () => {
    const nights = {
      kind: 'forbid',
      verbs: ['stop'],
      from: 11 * 60,
      to: 14 * 60,
      days: [1, 2, 3, 4, 5, 6, 7],
      zone: 'Europe/Berlin',
    } as const;
    const told = toldBy(STOP, [WARNS, ACT, ACCEPT, DONE], tellingWith({ quietHours: [nights] }));
    const ops = told.filter(({ channel }) => channel === 'ops');
    assert.deepEqual(
      ops.map(({ news, availableAt }) => [news.kind, availableAt]),
      [
        ['warning', NOON],
        ['stopped', NOON + HOUR],
      ],
      '14:00 in Berlin is 13:00 UTC',
    );
    const never = tellingWith({ quietHours: [{ ...nights, to: 11 * 60 }] });
    const stopped = toldBy(STOP, [ACT, ACCEPT, DONE], never);
    assert.equal(stopped[0]?.availableAt, NOON + 2 * MINUTE, 'quiet hours that never end are none');
  });
});
