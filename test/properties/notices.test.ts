/** What people are told, whatever an operation goes through, and whatever their channels want to hear. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Cause } from '../../src/domain/cause.ts';
import type { ResolvedInstance } from '../../src/domain/instance.ts';
import { VERBS } from '../../src/domain/intent.ts';
import { isRepeat, moveOn, type Move } from '../../src/domain/move.ts';
import { newsSchema, NOTICE_KINDS, type NewNotice, type NoticeKind } from '../../src/domain/notice.ts';
import { noticesOf } from '../../src/domain/notices-of.ts';
import { isAllowed, isOpen, type Event, type Operation } from '../../src/domain/operation.ts';
import { WAITING_REASONS, type WaitingReason } from '../../src/domain/reason.ts';
import type { ChannelRule, TellingSettings } from '../../src/domain/telling.ts';
import { warningNews } from '../../src/domain/warning.ts';
import { BY_ALERT, BY_PERSON, intentWith, NOON, queuedWith } from '../support/operation.ts';
import { tellingOf } from '../support/telling.ts';
import { moment, RUNS } from './rows.ts';

const MINUTE = 60_000;
const PARAMETERS = { numRuns: Math.min(RUNS * 2, 20_000) };
const NAMES = ['ml', 'owners', 'ops', 'bus'] as const;
const KINDS = Object.keys(NOTICE_KINDS).filter((kind): kind is NoticeKind => Object.hasOwn(NOTICE_KINDS, kind));
const REASONS = Object.keys(WAITING_REASONS).filter((name): name is WaitingReason =>
  Object.hasOwn(WAITING_REASONS, name),
);

const instance: ResolvedInstance = {
  id: 'i-00000000000000001',
  place: { region: 'eu-central-1' },
  type: 'g5.xlarge',
  audience: [{ channel: 'ml' }, { channel: 'owners', recipient: 'pia@example.com' }, { channel: 'bus' }],
};

const quietHours = fc.array(
  fc.record({
    from: fc.integer({ min: 0, max: 1_439 }),
    to: fc.integer({ min: 0, max: 1_440 }),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'),
  }),
  { maxLength: 1 },
);

const telling: fc.Arbitrary<TellingSettings> = fc
  .record({
    rules: fc.tuple(...NAMES.map(() => fc.record({ tells: fc.subarray(KINDS), quietHours }))),
    escalations: fc.subarray([
      { to: 'ops', undeliveredMs: 5 * MINUTE },
      { to: 'ops', held: 3, withinMs: 10_000 * MINUTE },
      { to: 'ml', undeliveredMs: MINUTE },
    ]),
  })
  .map(({ rules, escalations }) => {
    const channels = NAMES.map((name, index): ChannelRule => {
      const { tells, quietHours: hours } = rules[index] ?? { tells: [], quietHours: [] };
      const forbid = { kind: 'forbid', verbs: VERBS, days: [1, 2, 3, 4, 5, 6, 7] } as const;
      return {
        name,
        kind: name === 'bus' ? 'webhook' : 'slack',
        tells: new Set(tells),
        toOwner: name === 'owners',
        quietHours: hours.map((range) => ({ ...range, ...forbid })),
      };
    });
    return { ...tellingOf(...channels), escalations };
  });

/** One step of an operation: which event, after how many minutes, with what beside. */
const step = fc.record({
  type: fc.constantFrom('wait', 'wait', 'wait', 'wait', 'act', 'accept', 'succeed', 'refuse', 'fail', 'cancel'),
  reason: fc.oneof(fc.constantFrom('warned' as const, 'held' as const, 'leased' as const), fc.constantFrom(...REASONS)),
  minutes: fc.integer({ min: 0, max: 60 }),
  message: fc.constantFrom('one', 'two'),
  isAfresh: fc.boolean(),
  isLive: fc.constantFrom(undefined, undefined, undefined, true, false),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const cause = fc.constantFrom<Cause>(BY_ALERT, BY_PERSON, { by: 'lease', lease: 'l', name: 'pia', beganAt: NOON });

const story = fc.record({
  verb: fc.constantFrom('stop', 'stop', 'start'),
  dryRun: fc.boolean(),
  cause,
  at: moment,
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
});

function eventOf({ type, reason, message, isAfresh, isLive }: Step, operation: Operation, at: number): Event {
  const more = { instance, ...(isLive === undefined ? {} : { isLive }) };
  const acted = { launchedAt: 0 };
  switch (type) {
    case 'wait': {
      const { warned } = operation;
      const until = at + 15 * MINUTE;
      const fresh = warned === undefined || isAfresh ? { at, stopsAt: until } : { ...warned, reminded: true as const };
      return { type, reason, until, message, ...more, ...(reason === 'warned' ? { warned: fresh } : {}) };
    }
    case 'act':
      return { type, acted, ...more };
    case 'accept':
      return { type, acted, at, ...more };
    case 'succeed':
      return { type, reason: isAfresh ? 'state_reached' : 'already_in_state', message, at, ...more };
    case 'refuse':
      return { type, reason: 'opt_out', message, at, ...more };
    case 'fail':
      return { type, reason: 'deadline', message, at, ...more };
    default:
      return { type: 'cancel', reason: 'by_person', message, at, ...more };
  }
}

function movesOf({
  verb,
  dryRun,
  cause: by,
  at: began,
  steps,
}: typeof story extends fc.Arbitrary<infer T> ? T : never) {
  let operation: Operation = queuedWith({ intent: intentWith({ verb, dryRun, cause: by }) });
  let at = began;
  const moves: Move[] = [];
  for (const one of steps) {
    at += one.minutes * MINUTE;
    const event = eventOf(one, operation, at);
    if (!isOpen(operation) || !isAllowed(operation.state, event.type)) continue;
    const move = moveOn(operation, event, at);
    moves.push(move);
    operation = move.after;
  }
  return moves;
}

function isQuiet({ quietHours: hours }: ChannelRule, at: number): boolean {
  return hours.some(({ from, to, zone }) => {
    const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
    const minute = clock.hour * 60 + clock.minute;
    return to > from ? from <= minute && minute < to : minute >= from || minute < to;
  });
}

const isWarning = ({ news }: NewNotice): boolean => news.kind === 'warning' || news.kind === 'lease_ending';
const AT_NIGHT: ReadonlySet<NoticeKind> = new Set(['warning', 'lease_ending', 'failed']);

describe(`whatever an operation goes through (${PARAMETERS.numRuns} cases)`, () => {
  test('each warning that begins, and each reminder, is told once to each address that wants to hear it', () => {
    fc.assert(
      fc.property(story, telling, (given, settings) => {
        const seen = new Set<string>();
        for (const move of movesOf(given)) {
          const { began, reminded } = warningNews(move);
          const isDry = move.after.intent.dryRun;
          const isTold = (began === true || reminded === true) && !isDry && move.after.intent.verb === 'stop';
          const told = noticesOf(move, settings).filter(
            (notice) => isWarning(notice) && !('isEscalation' in notice.news),
          );
          const isLease = given.cause.by === 'lease';
          const wanting = (instance.audience ?? []).filter(({ channel }) => {
            const { tells } = settings.channels.find(({ name }) => name === channel) ?? { tells: new Set() };
            return tells.has('warning') || (isLease && tells.has('lease_ending'));
          });
          if (!isTold) assert.deepEqual(told, []);
          else
            assert.deepEqual(
              told.map(({ channel, recipient }) => ({ channel, ...(recipient === undefined ? {} : { recipient }) })),
              wanting,
            );
          for (const { channel, recipient = '', subject, news } of told) {
            const key = JSON.stringify([channel, recipient, news.kind, subject]);
            assert.ok(!seen.has(key), 'the table of notices would leave it out');
            seen.add(key);
          }
        }
      }),
      PARAMETERS,
    );
  });

  test('nothing is told of a dry run that was asked for, nor of a repeat, nor to anybody who is not configured', () => {
    fc.assert(
      fc.property(story, telling, (given, settings) => {
        for (const move of movesOf(given)) {
          const notices = noticesOf(move, settings);
          const { intent } = move.after;
          if (isRepeat(move) || (intent.dryRun && intent.notLive !== true)) assert.deepEqual(notices, []);
          if (intent.dryRun) assert.ok(notices.every(({ follows }) => follows === true));
          for (const { channel, recipient, news, follows } of notices) {
            assert.deepEqual(newsSchema.parse(news), news);
            const isFurther = settings.escalations.some(({ to }) => to === channel);
            const own = (instance.audience ?? []).some((one) => one.channel === channel && one.recipient === recipient);
            const rule = settings.channels.find(({ name }) => name === channel);
            assert.ok(rule !== undefined && ((own && rule.tells.has(news.kind)) || isFurther));
            if (news.kind === 'kept' || news.kind === 'not_stopped') assert.ok(follows === true || isFurther);
          }
        }
      }),
      PARAMETERS,
    );
  });

  test('quiet hours delay nothing that people have to know at once, and nothing else is told in them', () => {
    fc.assert(
      fc.property(story, telling, (given, settings) => {
        for (const move of movesOf(given)) {
          for (const { channel, news, availableAt } of noticesOf(move, settings)) {
            const rule = settings.channels.find(({ name }) => name === channel);
            assert.ok(rule !== undefined);
            const { from, to } = rule.quietHours[0] ?? { from: 0, to: 1 };
            // They would never end.
            const isEndless = from === to || (from === 0 && to === 1_440);
            if (AT_NIGHT.has(news.kind)) {
              const isLater = 'isEscalation' in news;
              assert.ok(isLater ? availableAt > move.at : availableAt === move.at);
            } else if (isEndless) assert.equal(availableAt, move.at);
            else {
              assert.ok(availableAt >= move.at && !isQuiet(rule, availableAt));
              if (!isQuiet(rule, move.at) && !changesClock(move.at)) assert.equal(availableAt, move.at);
            }
          }
        }
      }),
      PARAMETERS,
    );
  });

  test('a warning for a further channel comes after those for the machine’s own, and once', () => {
    fc.assert(
      fc.property(story, telling, (given, settings) => {
        const further = movesOf(given).flatMap((move) =>
          noticesOf(move, settings).flatMap((notice) => ('isEscalation' in notice.news ? [{ notice, move }] : [])),
        );
        for (const { notice, move } of further) {
          assert.equal(warningNews(move).began, true);
          const own = noticesOf(move, settings).filter((one) => isWarning(one) && !('isEscalation' in one.news));
          assert.ok(own.length > 0 && own.every(({ channel }) => channel !== notice.channel));
        }
        const keys = further.map(({ notice }) => `${notice.channel} ${notice.subject}`);
        assert.equal(new Set(keys).size, keys.length);
      }),
      PARAMETERS,
    );
  });
});

/** Where clocks change, more may be quiet than they show. */
function changesClock(at: number): boolean {
  return ['Europe/Berlin', 'America/New_York'].some((zone) => {
    const offsets = [-36, 36].map(
      (hours) => Temporal.Instant.fromEpochMilliseconds(at + hours * 3_600_000).toZonedDateTimeISO(zone).offset,
    );
    return offsets[0] !== offsets[1];
  });
}
