import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GUARD_SETTINGS } from '../../test/support/operation.ts';
import type { GuardSettings } from './guard-settings.ts';
import { addUse, gapsOf, inOrder, pastUse } from './past-use.ts';
import { unaskedSettings } from './replay-guards.ts';
import { POLICIES, replay, replaySteps, worstOf } from './replay.ts';

const MIN = 60_000;

function use(machine: string, ...minutes: readonly number[]) {
  return pastUse(
    machine,
    minutes.map((minute) => minute * MIN),
  );
}

function sums(quiet: number, ...machines: readonly ReturnType<typeof pastUse>[]) {
  const { idleMs, savedMs, stops, wanted, unknownEnds, regrets } = replay(machines, {
    name: 'p',
    quietMs: quiet * MIN,
  }).total;
  return [idleMs / MIN, savedMs / MIN, stops, wanted, unknownEnds, ...Object.values(regrets)];
}

describe('uses', () => {
  test('in any order, overlapping and touching, become few that lie apart', () => {
    assert.deepEqual(inOrder([50, 60, 0, 10, 10, 20, 5, 8, 55, 70, 30, 30]), [0, 20, 30, 30, 50, 70]);
    const raw: number[] = [];
    for (const [from, until] of [
      [0, 10],
      [10, 20],
      [3, 5],
      [40, 40],
      [40, 45],
    ] as const)
      addUse(raw, from, until);
    assert.deepEqual(raw, [0, 20, 40, 45]);
    addUse(raw, -5, 100);
    assert.deepEqual(inOrder(raw), [-5, 100]);
  });

  test('leave gaps, of which one may end with the unknown', () => {
    const past = { ...use('m', 0, 10, 50, 60), unknown: [20 * MIN, 30 * MIN, 55 * MIN, 58 * MIN] };
    const gaps = [...gapsOf({ ...past, span: { from: 0, until: 90 * MIN } })];
    assert.deepEqual(
      gaps.map(({ from, until, end }) => [from / MIN, until / MIN, end]),
      [
        [10, 20, 'unknown'],
        [30, 50, 'wanted'],
        [60, 90, 'over'],
      ],
    );
  });
});

describe('a policy', () => {
  test('stops a machine that was quiet for its time, and no sooner', () => {
    assert.deepEqual(sums(36, use('m', 0, 10, 46, 50)), [36, 0, 0, 0, 0, 0, 0, 0], 'wanted at that very moment');
    assert.deepEqual(sums(36, use('m', 0, 10, 47, 50)), [37, 1, 1, 1, 0, 1, 1, 1]);
  });

  test('is regretted when the machine is wanted again within the time, to the minute', () => {
    const away = (minutes: number) => sums(10, use('m', 0, 0, 10 + minutes, 10 + minutes)).slice(5);
    assert.deepEqual(
      [away(15), away(16), away(30), away(31), away(60), away(61)],
      [
        [1, 1, 1],
        [0, 1, 1],
        [0, 1, 1],
        [0, 0, 1],
        [0, 0, 1],
        [0, 0, 0],
      ],
    );
  });

  test('saves nothing before the first use and after the last one', () => {
    assert.deepEqual(sums(5, use('m', 100, 200)), [0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('saves nothing in time of which nothing is known, and is not regretted after it', () => {
    const past = { ...use('m', 0, 10, 100, 110), unknown: [40 * MIN, 98 * MIN] };
    assert.deepEqual(sums(20, past), [32, 10, 1, 0, 1, 0, 0, 0]);
  });

  test('has a worst machine', () => {
    const found = replay([use('calm', 0, 1, 900, 901), use('torn', 0, 1, 12, 13, 25, 26)], {
      name: 'p',
      quietMs: 10 * MIN,
    });
    assert.deepEqual(
      worstOf(found, 5).map(({ past, regrets }) => [past.machine, regrets['30m']]),
      [['torn', 2]],
    );
  });

  test('is replayed in steps, so that other work comes between', () => {
    const many = use('m', ...Array.from({ length: 5_000 }, (_, index) => [index * 60, index * 60 + 1]).flat());
    const steps = replaySteps([many], { name: 'p', quietMs: 10 * MIN });
    let count = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next()) count += 1;
    assert.equal(count, 2);
  });

  test('that ships has the window, the time and the minute of the rule that ships', () => {
    assert.deepEqual(
      POLICIES.map(({ quietMs }) => quietMs / MIN),
      [6, 21, 36, 51, 66, 126],
    );
  });
});

describe('guards', () => {
  const guarded = (change: Partial<GuardSettings>, ...past: readonly ReturnType<typeof pastUse>[]) =>
    replay(past, { name: 'p', quietMs: 10 * MIN, guards: { settings: { ...GUARD_SETTINGS, ...change } } }).total;

  test('hold a stop back until the machine is wanted, and are counted', () => {
    const { stops, heldBack } = guarded({ minUptimeMs: 60 * MIN }, use('m', 0, 1, 50, 51));
    assert.deepEqual([stops, heldBack], [0, { min_uptime: 1 }]);
  });

  test('count the stops of a machine: after so many it is flapping', () => {
    const past = use('m', ...Array.from({ length: 8 }, (_, index) => [index * 30, index * 30 + 1]).flat());
    const flapping = { count: 2, perMs: 24 * 60 * MIN };
    const { stops, heldBack } = guarded({ minUptimeMs: 0, flapping }, past);
    assert.deepEqual([stops, heldBack], [2, { flapping: 5 }]);
    assert.equal(guarded({ minUptimeMs: 0, off: new Set(['flapping']), flapping }, past).stops, 7);
  });

  test('a warning that the machine is wanted in gives its place to another', () => {
    const change: Partial<GuardSettings> = {
      minUptimeMs: 0,
      fleetLimits: [{ count: 1, perMs: 24 * 60 * MIN }],
      warn: { beforeMs: 15 * MIN, always: true, ifUndelivered: 'stop' },
    };
    const [wanted, idle] = [use('a', 0, 1, 20, 21), use('b', 0, 25, 300, 301)];
    assert.equal(guarded(change, wanted).stops, 0);
    const { stops, savedMs } = guarded(change, wanted, idle);
    assert.deepEqual([stops, savedMs > 3 * 60 * MIN], [1, true]);
  });

  test('about tags are told as not asked where nobody knows the tags', () => {
    const settings = { ...GUARD_SETTINGS, off: new Set<string>(), requireTag: { key: 'ec2-operator' } };
    assert.equal(guarded(settings, use('m', 0, 1, 900, 901)).stops, 1);
    assert.match(
      unaskedSettings({ settings }, [use('m', 0, 1)]).join(', '),
      /^guards\.require_tag, the tags of owners/,
    );
    const known = { ...use('m', 0, 1, 900, 901), tags: {}, type: 'g5.xlarge' };
    assert.match(unaskedSettings({ settings }, [known]).join(', '), /^holds, leases and pauses/);
    assert.deepEqual(guarded(settings, known).heldBack, { require_tag: 1 });
  });
});
