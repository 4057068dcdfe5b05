import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOUR, NOON, queuedWith } from '../../test/support/operation.ts';
import { channelWith, tellingOf } from '../../test/support/telling.ts';
import { moveOn } from './move.ts';
import type { NewNotice } from './notice.ts';
import { noticesOf } from './notices-of.ts';
import type { Event, Operation } from './operation.ts';
import type { Escalation } from './telling.ts';

const MINUTE = 60_000;
const DAY = 24 * HOUR;
const OWNERS = channelWith({ name: 'owners', kind: 'email', toOwner: true });
const OPS = channelWith({ name: 'ops', only: { team: 'ops' }, tells: new Set(['failed']) });
const MAIL = channelWith({ name: 'mail', kind: 'email', only: { team: 'ops' }, recipients: ['a@b.org', 'c@d.org'] });
const instance = {
  id: 'i-1',
  place: {},
  audience: [{ channel: 'owners', recipient: 'pia@example.com' }],
};
const UNDELIVERED = { to: 'ops', undeliveredMs: 5 * MINUTE };
const HELD = { to: 'ops', held: 3, withinMs: 7 * DAY };

const WARNS: Event = {
  type: 'wait',
  reason: 'warned',
  until: NOON + 15 * MINUTE,
  message: 'm',
  instance,
  warned: { at: NOON, stopsAt: NOON + 15 * MINUTE },
};
const HELD_BACK: Event = { type: 'wait', reason: 'held', until: NOON + HOUR, message: 'm', instance };

/** The notices for other channels than the owner's. */
function furtherOf(events: readonly Event[], ...escalations: readonly Escalation[]): readonly NewNotice[] {
  let operation: Operation = queuedWith();
  const telling = { ...tellingOf(OWNERS, OPS, MAIL), escalations };
  return events.flatMap((event) => {
    const move = moveOn(operation, event, NOON);
    operation = move.after;
    return noticesOf(move, telling).filter(({ channel }) => channel !== 'owners');
  });
}

describe('a warning that may not reach anybody', () => {
  test('is written for another channel as well, due once that is certain', () => {
    const [further, ...more] = furtherOf([WARNS], UNDELIVERED);
    assert.ok(further?.news.kind === 'warning');
    assert.deepEqual(
      [further.channel, further.availableAt, further.subject, further.thread, further.news.isEscalation],
      ['ops', NOON + 5 * MINUTE, `operation-1:${NOON}:undelivered`, 'operation-1', true],
    );
    assert.deepEqual(more, []);
  });

  test('is written once, and not for reminders', () => {
    const reminder: Event = {
      ...WARNS,
      warned: { at: NOON, stopsAt: NOON + 15 * MINUTE, reminded: true },
    };
    assert.equal(furtherOf([WARNS, WARNS, reminder], UNDELIVERED).length, 1);
  });

  test('has a sequel, for those who were told of it', () => {
    const ends: readonly Event[] = [
      HELD_BACK,
      { type: 'cancel', reason: 'by_person', message: 'm', at: NOON },
      { type: 'fail', reason: 'ec2_error', message: 'm', at: NOON },
      { type: 'succeed', reason: 'state_reached', message: 'm', at: NOON },
    ];
    const sequels = ends.flatMap((end) => furtherOf([WARNS, end], UNDELIVERED).slice(1));
    assert.deepEqual(
      sequels.map(({ channel, news, follows }) => [channel, news.kind, follows]),
      ['kept', 'not_stopped', 'failed', 'stopped'].map((kind) => ['ops', kind, true]),
    );
  });

  test('is no news for a channel that has it anyway', () => {
    const telling = { ...tellingOf(channelWith({ name: 'ops' })), escalations: [UNDELIVERED] };
    const told = { ...WARNS, instance: { ...instance, audience: [{ channel: 'ops' }] } };
    const notices = noticesOf(moveOn(queuedWith(), told, NOON), telling);
    assert.deepEqual(
      notices.map(({ channel, availableAt }) => [channel, availableAt]),
      [['ops', NOON]],
    );
  });

  test('goes to every address of a list, and to no owner', () => {
    const to = (name: string) => furtherOf([WARNS], { ...UNDELIVERED, to: name }).map(({ recipient }) => recipient);
    assert.deepEqual(to('mail'), ['a@b.org', 'c@d.org']);
    assert.deepEqual(to('owners'), []);
    assert.deepEqual(to('gone'), []);
  });

  test('is not written where no channel was to tell it', () => {
    const telling = { ...tellingOf({ ...OWNERS, tells: new Set(['stopped']) }, OPS), escalations: [UNDELIVERED] };
    assert.deepEqual(noticesOf(moveOn(queuedWith(), WARNS, NOON), telling), []);
  });
});

describe('a machine that is kept', () => {
  const counts = { times: 3, since: NOON - 7 * DAY };

  test('is news for another channel if it was kept often', () => {
    const [kept, ...more] = furtherOf([WARNS, HELD_BACK], HELD);
    assert.deepEqual(
      [kept?.channel, kept?.news.kind, kept?.subject, kept?.counts],
      ['ops', 'kept', `operation-1:${NOON}`, { ...counts, isOnlyThen: true }],
    );
    assert.deepEqual(more, []);
  });

  test('is told with how often, where it is told anyway', () => {
    const telling = { ...tellingOf(channelWith({ name: 'ops' })), escalations: [HELD] };
    const reached = { ...instance, audience: [{ channel: 'ops' }] };
    const { after } = moveOn(queuedWith(), { ...WARNS, instance: reached }, NOON);
    const notices = noticesOf(moveOn(after, { ...HELD_BACK, instance: reached }, NOON), telling);
    assert.deepEqual(
      notices.map((notice) => notice.counts),
      [{ ...counts, isOnlyThen: false }],
    );
  });

  test('for longer than people were told was not kept once more', () => {
    const longer: Event = { ...HELD_BACK, message: 'another' };
    const subjects = furtherOf([WARNS, HELD_BACK, longer], HELD).map(({ subject }) => subject);
    assert.deepEqual(subjects, [`operation-1:${NOON}`, `operation-1:${NOON}:again`]);
  });
});
