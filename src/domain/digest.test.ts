import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestsOf, type DigestFacts } from './digest.ts';
import { messageOf } from './message.ts';
import { intentWith } from '../../test/support/operation.ts';
import type { Operation } from './operation.ts';
import type { NewNotice } from './notice.ts';
import type { StopRecord } from './stop-record.ts';
import { createStopColumns } from './stop-columns.ts';
import type { ChannelRule, TellingSettings } from './telling.ts';

const HOUR_MS = 3_600_000;
const UNTIL = Date.parse('2026-11-23T08:00:00Z');
const SINCE = UNTIL - 7 * 24 * HOUR_MS;
const READING = { zone: 'Europe/Berlin', now: UNTIL, isQuiet: false, subject: 's' };

function stop(instance: string, hours: number, more: Partial<StopRecord> = {}): StopRecord {
  const stoppedAt = SINCE + 24 * HOUR_MS;
  return {
    operation: `op-${instance}`,
    instance,
    place: {},
    name: instance.replace('i-', 'gpu-'),
    by: 'alert',
    rule: 'UnusedGPU',
    stoppedAt,
    back: { at: stoppedAt + hours * HOUR_MS, by: 'person' },
    price: { perHour: 2, currency: 'USD', basis: 'list' },
    ...more,
  };
}

function facts(records: readonly StopRecord[], tags: Readonly<Record<string, Record<string, string>>>): DigestFacts {
  return {
    since: SINCE,
    until: UNTIL,
    stops: createStopColumns(records),
    tags: new Map(Object.entries(tags)),
    waiting: [],
    capMs: 7 * 24 * HOUR_MS,
    now: UNTIL,
  };
}

function telling(...channels: readonly Partial<ChannelRule>[]): TellingSettings {
  return {
    channels: channels.map((given, index) => ({
      name: `c${index}`,
      kind: 'teams',
      tells: new Set(['digest']),
      toOwner: false,
      quietHours: [],
      ...given,
    })),
    owners: { tags: ['owner'], email: '{owner}@example.com', domains: ['example.com'] },
    escalations: [],
  };
}

function tell({ news, channel, recipient }: NewNotice): string {
  return `${recipient ?? channel}: ${messageOf(news, READING).title}`;
}

const TWO = [stop('i-1', 10), stop('i-2', 0.25)];
const TAGS = { 'i-1': { owner: 'ann', team: 'ml' }, 'i-2': { owner: 'bo', team: 'web' } };

test('a digest tells dollars and regrets in one line', () => {
  const [notice] = digestsOf(facts(TWO, TAGS), telling({}));
  assert.ok(notice !== undefined);
  const { title, text, links } = messageOf(notice.news, { ...READING, publicUrl: 'https://ec2.example.com' });
  assert.equal(title, 'The week until 09:00 CET: 10 h saved, $20.50 at list price, 50 % of stops regretted (1 of 2)');
  assert.match(text, /After 1 of them, the machine was wanted back within 30 minutes\. People waited 0 min/);
  assert.deepEqual(
    links.map(({ url }) => url),
    [
      'https://ec2.example.com/savings?since=2026-11-16T08%3A00%3A00.000Z&until=2026-11-23T08%3A00%3A00.000Z&by=machine',
    ],
  );
});

test('a digest says which hours have no dollars', () => {
  const { price: _, ...free } = stop('i-2', 3);
  const factsOf = (records: readonly StopRecord[]) => {
    const [notice] = digestsOf(facts(records, TAGS), telling({}));
    assert.ok(notice !== undefined);
    return messageOf(notice.news, READING).facts.map(({ name, value }) => `${name}: ${value}`);
  };
  assert.ok(factsOf([stop('i-1', 10), free]).includes('Without a known price: 3 h'));
  assert.ok(factsOf([free]).includes('Dollars: no price is known'));
  assert.doesNotMatch(factsOf(TWO).join('\n'), /Without a known price/);
});

test('each channel and each owner hears of its own machines alone', () => {
  const notices = digestsOf(
    facts(TWO, TAGS),
    telling(
      {},
      { only: { team: 'ml' } },
      { only: { team: 'none' } },
      { toOwner: true, kind: 'email' },
      { recipients: ['cfo@example.com'] },
      { tells: new Set(['warning']) },
    ),
  );
  const week = 'The week until 09:00 CET:';
  assert.deepEqual(notices.map(tell), [
    `c0: ${week} 10 h saved, $20.50 at list price, 50 % of stops regretted (1 of 2)`,
    `c1: ${week} 10 h saved, $20.00 at list price, 0 % of stops regretted (0 of 1)`,
    `c2: ${week} nothing was stopped`,
    `ann@example.com: ${week} 10 h saved, $20.00 at list price, 0 % of stops regretted (0 of 1)`,
    `bo@example.com: ${week} 0.3 h saved, $0.50 at list price, 100 % of stops regretted (1 of 1)`,
    `cfo@example.com: ${week} 10 h saved, $20.50 at list price, 50 % of stops regretted (1 of 2)`,
  ]);
});

test('an owner outside of the domains gets no mail, nor one whose machines were not stopped', () => {
  const tags = { 'i-1': { owner: 'eve@elsewhere.example' }, 'i-3': { owner: 'ann' } };
  assert.deepEqual(digestsOf(facts([stop('i-1', 5)], tags), telling({ toOwner: true })), []);
});

test('what the bill drops by, and hours without a price, are told apart', () => {
  const { price: _, ...free } = stop('i-1', 10);
  const [unpriced] = digestsOf(facts([free], TAGS), telling({}));
  assert.ok(unpriced !== undefined);
  assert.doesNotMatch(JSON.stringify(messageOf(unpriced.news, READING)), /\$/);
  const reserved = stop('i-2', 10, { committed: { kind: 'capacity_block', id: 'cr-1' } });
  const [both] = digestsOf(facts([stop('i-1', 10), reserved], TAGS), telling({}));
  assert.ok(both !== undefined);
  assert.match(
    messageOf(both.news, READING).text,
    /The bill drops by \$20\.00, after discounts and without what is paid for anyway/,
  );
});

test('all replicas write the same subject, and quiet hours delay the digest', () => {
  const night = { kind: 'forbid', verbs: ['start', 'stop'], days: [1, 2, 3, 4, 5, 6, 7], zone: 'UTC' } as const;
  const [one, other] = digestsOf(facts(TWO, TAGS), telling({}, { quietHours: [{ ...night, from: 0, to: 600 }] }));
  assert.equal(one?.subject, 'digest:2026-11-23T08:00:00.000Z');
  assert.equal(other?.subject, one.subject);
  assert.equal(other.availableAt, UNTIL + 2 * HOUR_MS);
});

test('the stop that waits the longest is told, with the reason, to those whom its machine concerns', () => {
  const waiting = (id: string, hours: number, channel: string): Operation => ({
    id: `op-${id}`,
    state: 'waiting',
    reason: 'held',
    until: UNTIL,
    message: `${id} is held: pia holds it`,
    createdAt: UNTIL - hours * HOUR_MS,
    attempts: 0,
    intent: intentWith({ verb: 'stop' }),
    instance: { id, place: {}, audience: [{ channel }] },
  });
  const given = {
    ...facts(TWO, TAGS),
    waiting: [waiting('i-7', 90, 'c1'), waiting('i-8', 9, 'c0'), waiting('i-9', 0.5, 'c2')],
  };
  const texts = digestsOf(given, telling({}, {}, {})).map(({ news }) => messageOf(news, READING).text);
  assert.match(texts[0] ?? '', /The stop of i-8 waits the longest, since 00:00 CET: i-8 is held: pia holds it\./);
  assert.match(texts[1] ?? '', /The stop of i-7 waits the longest/);
  assert.doesNotMatch(texts[2] ?? '', /waits the longest/, 'half an hour is not long');
});
