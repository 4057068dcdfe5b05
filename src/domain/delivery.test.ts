import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextWith, type ContextChange } from '../../test/support/guard-context.ts';
import { GUARD_SETTINGS, HOUR, LEASE, NOON } from '../../test/support/operation.ts';
import { channelWith, tellingOf } from '../../test/support/telling.ts';
import { stopAfterTelling } from './delivery.ts';
import { judge } from './guard.ts';
import type { Told } from './notice.ts';
import type { Warned } from './warned.ts';
import { OUTDATED_MS } from './warning.ts';

const MINUTE = 60_000;
const AT = NOON - 15 * MINUTE;
const WARNED: Warned = { at: AT, stopsAt: NOON };
const ML = channelWith({ name: 'ml' });
const BUS = channelWith({ name: 'bus', kind: 'webhook' });
const TELLING = tellingOf(ML, BUS);

function toldBy(channel: string, sentAt?: number, change: Partial<Told> = {}): Told {
  const state = sentAt === undefined ? 'pending' : 'sent';
  return { channel, warnedAt: AT, state, ...(sentAt === undefined ? {} : { sentAt }), ...change };
}

/** Of a stop that was warned of a quarter of an hour ago. */
function judged({ settings, ...change }: ContextChange) {
  const context = contextWith({ warned: WARNED, ...change, settings: { telling: TELLING, ...settings } });
  const { verdict } = judge(context);
  if (verdict.verdict !== 'wait') return verdict.verdict;
  const { reason, until, warned } = verdict;
  const minutes = (until - context.now) / MINUTE;
  if (warned === undefined || warned === 'over') return `${reason} ${minutes}${warned === undefined ? '' : ' over'}`;
  return `${reason} ${minutes} since ${(warned.at - AT) / MINUTE}`;
}

describe('a warned stop whose time has come', () => {
  const table: readonly (readonly [string, ContextChange, string])[] = [
    ['was told at once', { told: [toldBy('ml', AT)] }, 'allow'],
    ['was told within a minute', { told: [toldBy('ml', AT + MINUTE)] }, 'allow'],
    ['was told late: people have as long to answer', { told: [toldBy('ml', NOON - 5 * MINUTE)] }, 'warned 10 since 0'],
    [
      'was told late, and is put off for it once',
      { told: [toldBy('ml', AT - 5 * MINUTE)], warned: { ...WARNED, toldAt: NOON - 5 * MINUTE } },
      'allow',
    ],
    [
      'was told by two channels: the first counts',
      { told: [toldBy('ml', NOON), toldBy('owners', AT + 1_000)] },
      'allow',
    ],
    ['was not told', { told: [toldBy('ml')] }, 'warning_undelivered 1'],
    ['could not be told', { told: [toldBy('ml', undefined, { state: 'failed' })] }, 'warning_undelivered 1'],
    [
      'was told by an earlier warning alone',
      { told: [toldBy('ml', AT - HOUR, { warnedAt: AT - HOUR }), toldBy('ml')] },
      'warning_undelivered 1',
    ],
    [
      'was not told for very long: it is not warned of afresh',
      { told: [toldBy('ml')], now: NOON + 3 * OUTDATED_MS },
      'warning_undelivered 1',
    ],
    [
      'was told in the end, long after its time',
      { told: [toldBy('ml', NOON + 3 * OUTDATED_MS)], now: NOON + 3 * OUTDATED_MS },
      'warned 15 since 0',
    ],
    [
      'was told, and then forgotten: it is warned of afresh',
      { told: [toldBy('ml', AT)], now: NOON + OUTDATED_MS + MINUTE },
      'warned 15 since 46',
    ],
    ['was told to a program alone', { told: [toldBy('bus', AT), toldBy('ml')] }, 'warning_undelivered 1'],
    [
      'has nobody to be told but a program',
      { told: [toldBy('bus', AT)], settings: { telling: tellingOf(BUS) } },
      'allow',
    ],
    [
      'has nobody to be told but a program, which did not hear of it',
      { told: [toldBy('bus')], settings: { telling: tellingOf(BUS) } },
      'warning_undelivered 1',
    ],
    ['was told by a channel that is gone', { told: [toldBy('old', AT), toldBy('ml')] }, 'allow'],
    ['has no channel left', { told: [toldBy('old')], settings: { telling: tellingOf() } }, 'allow'],
    [
      'has no channel left that warns of this machine',
      { told: [toldBy('ml')], settings: { telling: tellingOf({ ...ML, only: { team: 'ml' } }) } },
      'allow',
    ],
    [
      'has no channel left that tells warnings',
      { told: [toldBy('ml')], settings: { telling: tellingOf({ ...ML, tells: new Set(['stopped']) }) } },
      'allow',
    ],
    ['began before there were channels: it is warned of afresh', { told: [] }, 'warned 15 since 15'],
    [
      'began before there were channels, and its owner wants no warning now',
      { told: [], instance: { tags: { 'ec2-operator:warn': '0s' } } },
      'allow',
    ],
    [
      'was not told, where that does not matter',
      { told: [toldBy('ml')], settings: { warn: { ...GUARD_SETTINGS.warn, ifUndelivered: 'stop' } } },
      'allow',
    ],
    [
      'was told late, where it would not wait',
      {
        told: [toldBy('ml', NOON - 5 * MINUTE)],
        settings: { warn: { ...GUARD_SETTINGS.warn, ifUndelivered: 'stop' } },
      },
      'warned 10 since 0',
    ],
    [
      'was not told, and is held',
      { told: [toldBy('ml')], voice: { holds: [], pauses: [], lease: LEASE } },
      'leased 60',
    ],
    [
      'is a person’s by now',
      { told: [toldBy('ml')], intent: { cause: { by: 'person', name: 'pia', beganAt: NOON } } },
      'allow',
    ],
  ];
  for (const [name, change, expected] of table) test(name, () => assert.equal(judged(change), expected));

  test('says through which channels people could not be told', () => {
    const { verdict, guard } = judge(contextWith({ warned: WARNED, told: [], settings: { telling: TELLING } }));
    assert.deepEqual([verdict.verdict, guard], ['wait', 'warned']);
    const untold = judge(contextWith({ warned: WARNED, told: [toldBy('ml')], settings: { telling: TELLING } }));
    assert.ok(untold.verdict.verdict === 'wait');
    assert.match(untold.verdict.message, /^no channel could deliver the warning that .* is to stop \(ml\);/);
  });

  test('waits for its window although nobody was told yet', () => {
    const windows = [
      {
        kind: 'forbid',
        verbs: ['stop'],
        from: 12 * 60 + 10,
        to: 12 * 60 + 40,
        days: [1, 2, 3, 4, 5, 6, 7],
        zone: 'UTC',
      },
    ] as const;
    assert.equal(
      judged({ told: [toldBy('ml')], settings: { windows } }),
      'windows 40',
      'told now, it would stop at 12:15',
    );
  });
});

describe('a stop is warned of', () => {
  const unwarned = (change: ContextChange) => {
    const { verdict, warning } = judge(contextWith(change));
    return verdict.verdict === 'wait' ? warning?.channels : verdict.verdict;
  };
  const byLease = { cause: { by: 'lease', lease: 'l', name: 'pia', beganAt: NOON } } as const;
  const lease = { ...LEASE, id: 'l', until: NOON };
  const ending = channelWith({ name: 'ending', tells: new Set(['lease_ending']) });
  const table: readonly (readonly [string, ContextChange, readonly string[] | 'allow'])[] = [
    ['without channels not at all', {}, 'allow'],
    ['without channels where that is configured', { settings: { warn: { ...GUARD_SETTINGS.warn, always: true } } }, []],
    ['where a channel tells warnings', { settings: { telling: tellingOf(ML) } }, ['ml']],
    ['by people’s channels, not by programs', { settings: { telling: TELLING } }, ['ml']],
    ['by a program alone', { settings: { telling: tellingOf(BUS) } }, ['bus']],
    ['nowhere for other machines', { settings: { telling: tellingOf({ ...ML, only: { team: 'ml' } }) } }, 'allow'],
    ['nowhere without an owner', { settings: { telling: tellingOf({ ...ML, toOwner: true }) } }, 'allow'],
    [
      'to the owner',
      { settings: { telling: tellingOf({ ...ML, toOwner: true }) }, instance: { tags: { owner: 'pia@example.com' } } },
      ['ml'],
    ],
    [
      'not where the machine’s owner wants none',
      { settings: { telling: tellingOf(ML) }, instance: { tags: { 'ec2-operator:warn': '0s' } } },
      'allow',
    ],
    ['nowhere by what tells the ends of leases', { settings: { telling: tellingOf(ending) } }, 'allow'],
    [
      'at the end of a lease by what tells it',
      { settings: { telling: tellingOf(ending) }, intent: byLease, voice: { holds: [], pauses: [], lease } },
      ['ending'],
    ],
  ];
  for (const [name, change, expected] of table) test(name, () => assert.deepEqual(unwarned(change), expected));
});

test('people who were told late have as long to answer as the others', () => {
  const table = [
    [AT - HOUR, NOON],
    [AT, NOON],
    [AT + MINUTE, NOON],
    [AT + MINUTE + 1, NOON + MINUTE + 1_000],
    [NOON + HOUR, NOON + HOUR + 15 * MINUTE],
  ] as const;
  for (const [told, stopsAt] of table) assert.equal(stopAfterTelling(WARNED, told), stopsAt);
  const short = { at: AT, stopsAt: AT + MINUTE };
  assert.equal(stopAfterTelling(short, AT + 6_000), AT + MINUTE);
  assert.equal(stopAfterTelling(short, AT + 58_000), AT + MINUTE + 58_000, 'nobody has two seconds to answer');
  assert.equal(stopAfterTelling({ at: AT, stopsAt: AT + 5_000 }, AT + 2_000), AT + 5_000);
  const put = { ...WARNED, stopsAt: NOON + 5 * MINUTE, toldAt: AT + 5 * MINUTE };
  assert.equal(stopAfterTelling(put, AT + 5 * MINUTE), put.stopsAt, 'once');
});
