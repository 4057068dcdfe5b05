import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fateOf, isTriedAgain, type DueNotice } from './notice-fate.ts';
import type { News } from './notice.ts';

const NOW = Date.UTC(2026, 10, 27, 13);
const MINUTE = 60_000;
const about = { at: NOW, machine: { id: 'i-0123456789abcdef0' }, operation: 'o' };
const warned = { at: NOW, stopsAt: NOW + 15 * MINUTE };
const warning = {
  kind: 'warning',
  ...about,
  cause: 'alert',
  by: 'GpuIdle',
  warnedAt: NOW,
  stopsAt: warned.stopsAt,
} as const;
const stopped: News = { kind: 'stopped', ...about, cause: 'alert', by: 'GpuIdle', message: '' };

function due(more: Partial<DueNotice> = {}): DueNotice {
  return {
    news: warning,
    follows: false,
    wasTold: false,
    isOvertaken: false,
    told: [],
    operation: { isOpen: true, warned },
    ...more,
  };
}

/** When people are told that the machine stops, in minutes from now; why they are not told otherwise. */
function told(notice: DueNotice, afterMinutes = 0): number | string {
  const fate = fateOf(notice, NOW + afterMinutes * MINUTE, (channel) => channel === 'bus');
  if (fate.fate === 'outdated') return fate.why;
  return 'stopsAt' in fate.news ? (fate.news.stopsAt - NOW) / MINUTE : fate.news.kind;
}

test('a warning is told as long as the stop waits for it', () => {
  assert.equal(told(due()), 15);
  assert.equal(told(due({ operation: { isOpen: false, warned } })), 'its operation has ended');
  assert.equal(
    told(due({ operation: { isOpen: true, isUnderWay: true, warned } }), 16),
    'the machine is being stopped',
  );
  assert.equal(told(due({ operation: { isOpen: true } })), 'the stop does not wait for the warning any more');
  const afresh = { at: NOW + 1, stopsAt: NOW + 20 * MINUTE };
  assert.equal(told(due({ operation: { isOpen: true, warned: afresh } })), 'people are warned afresh');
});

test('people who are told late have as long to answer', () => {
  assert.equal(told(due(), 1), 15);
  assert.equal(told(due(), 5), 20);
  assert.equal(told(due(), 60), 75, 'the stop waits until it is told');
});

test('who is told after others is told the time that holds for all', () => {
  const first = { channel: 'ops', warnedAt: NOW, state: 'sent', sentAt: NOW + 5 * MINUTE } as const;
  assert.equal(told(due({ told: [first] }), 10), 20);
  assert.equal(told(due({ told: [{ ...first, sentAt: NOW + 2_000 }] }), 10), 15);
  assert.equal(told(due({ told: [{ ...first, sentAt: NOW + 2_000 }] }), 15), 'the time of the stop has come');
  const earlier = { ...first, warnedAt: NOW - 60 * MINUTE, sentAt: NOW - 60 * MINUTE };
  assert.equal(told(due({ told: [earlier] }), 5), 20, 'another warning does not count');
});

test('a program that was told does not answer for people', () => {
  const bus = { channel: 'bus', warnedAt: NOW, state: 'sent', sentAt: NOW } as const;
  const ops = { channel: 'ops', warnedAt: NOW, state: 'pending' } as const;
  assert.equal(told(due({ told: [bus, ops] }), 5), 20);
  assert.equal(told(due({ told: [bus] }), 5), 15, 'unless only programs are told');
});

test('the time that the operation was put off to is told', () => {
  const put = { ...warned, stopsAt: NOW + 22 * MINUTE, toldAt: NOW + 7 * MINUTE };
  assert.equal(told(due({ operation: { isOpen: true, warned: put } }), 8), 22);
});

test('a reminder tells the time that the operation has', () => {
  const news: News = { ...warning, stopsAt: NOW + 20 * MINUTE, isReminder: true };
  const moved = { at: NOW, stopsAt: NOW + 20 * MINUTE, reminded: true, toldAt: NOW + 5 * MINUTE } as const;
  assert.equal(told(due({ news, operation: { isOpen: true, warned: moved } }), 18), 20);
  assert.equal(told(due({ news, operation: { isOpen: true, warned: moved } }), 20), 'the time of the stop has come');
});

test('a reminder right after a warning that was late tells the time that the warning has told', () => {
  const news: News = { ...warning, isReminder: true };
  const late = { channel: 'ops', warnedAt: NOW, state: 'sent', sentAt: NOW + 14 * MINUTE } as const;
  const operation = { isOpen: true, warned: { ...warned, reminded: true } } as const;
  assert.equal(told(due({ news, told: [late], operation }), 14), 29);
  assert.equal(told(due({ news, told: [{ ...late, sentAt: NOW }], operation }), 14), 15);
});

test('what follows a notice that was not sent need not be told, and what was overtaken would mislead', () => {
  assert.equal(told(due({ news: stopped })), 'stopped');
  assert.equal(told(due({ news: stopped, follows: true })), 'it follows a notice that was not sent');
  assert.equal(told(due({ news: stopped, follows: true, wasTold: true })), 'stopped');
  assert.equal(told(due({ news: stopped, isOvertaken: true })), 'a later notice was sent before this one was due');
});

test('warnings are tried as long as their stop waits, tests for minutes, and everything else for a day', () => {
  const isTried = (news: News, hours: number, attempts = 6): boolean =>
    isTriedAgain({ news, createdAt: NOW, attempts }, NOW + hours * 60 * MINUTE);
  const trial: News = { kind: 'test', at: NOW, who: 'ada' };
  assert.deepEqual([isTried(warning, 100), isTried(stopped, 23.9), isTried(stopped, 24)], [true, true, false]);
  assert.deepEqual([isTried(trial, 0.05), isTried(trial, 0.1)], [true, false]);
  assert.deepEqual(
    [isTried(stopped, 99, 5), isTried(trial, 1, 1)],
    [true, false],
    'first tried after a day of silence',
  );
});

test('a warning for a further channel is sent only if no other has told people', () => {
  const escalated: News = { ...warning, isEscalation: true };
  const by = { channel: 'ml', warnedAt: NOW, state: 'sent', sentAt: NOW + MINUTE } as const;
  assert.equal(told(due({ news: escalated, told: [by] }), 5), 'another channel has told people');
  assert.equal(told(due({ news: escalated, told: [{ channel: 'ml', warnedAt: NOW, state: 'failed' }] }), 5), 20);
  assert.equal(told(due({ news: escalated, told: [{ ...by, channel: 'bus' }] }), 1), 15, 'a program is not people');
  assert.equal(told(due({ news: escalated, told: [{ ...by, warnedAt: NOW - MINUTE }] }), 5), 20, 'another warning');
  assert.equal(told(due({ news: warning, told: [by] }), 5), 15, 'its own channels are told all the same');
});
