/** The keeper of schedules, on a real store and the embedded EventBridge. Its input, the ends of leases, is the test's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FailingSchedule, LeaseEnd, ScheduleSettings } from '../domain/schedule.ts';
import type { ScheduleCall } from '../observe/observer.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/port.ts';
import {
  ACCOUNTS,
  GROUP,
  OWN,
  ROLE,
  startSchedulerSite,
  type SchedulerSite,
} from '../../test/contract/scheduler-site.ts';
import { idOf, REGION } from '../../test/support/fleet.ts';
import { temporaryDirectory } from '../../test/support/operator.ts';
import { createScheduleKeeper, type ScheduleKeeper } from './keep-schedules.ts';

const MINUTE = 60_000;
const place = { region: REGION };
const settings: ScheduleSettings = { group: GROUP, roleArnIn: () => ROLE };

interface Kept extends AsyncDisposable, SchedulerSite {
  readonly store: Store;
  readonly keeper: ScheduleKeeper;
  ends: readonly LeaseEnd[];
  readonly told: ScheduleCall[];
  failing: readonly FailingSchedule[];
  readonly came: string[];
  /** A keeper that comes after this one, or works beside it. */
  readonly other: (by?: ScheduleSettings) => ScheduleKeeper;
  /** How many minutes from now each schedule comes. */
  readonly minutes: () => readonly number[];
}

async function start(accounts?: Readonly<Record<string, unknown>>): Promise<Kept> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await startSchedulerSite(accounts));
  const store = await openSqliteStore(await temporaryDirectory(stack));
  stack.defer(async () => store.close());
  const open = (by: ScheduleSettings | undefined, owner: string): ScheduleKeeper =>
    createScheduleKeeper({
      store: { ...store, leaseEnds: async () => Promise.resolve(kept.ends) },
      schedules: site.schedules,
      settings: by,
      callLimitMs: MINUTE,
      owner,
      clock: site.clock.now,
      observer: {
        scheduled: (call) => kept.told.push(call),
        schedulesFail: (failing) => (kept.failing = failing),
        scheduleCame: ({ instance }) => kept.came.push(instance),
        fault: (what, error) => assert.fail(`${what}: ${String(error)}`),
      },
    });
  const running = stack.move();
  const kept: Kept = {
    ...site,
    store,
    keeper: open(settings, 'first'),
    ends: [],
    told: [],
    failing: [],
    came: [],
    other: (by) => open(by, 'other'),
    minutes: () => site.sandbox.schedules().map(({ at }) => Math.floor((at - site.clock.now()) / MINUTE)),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
  return kept;
}

function end(kept: Kept, minutes: number, machine = 1): LeaseEnd {
  return { instance: idOf(machine), place, earliest: kept.clock.now() + minutes * MINUTE };
}

const about = (minutes: readonly number[], wanted: number): void => {
  assert.equal(minutes.length, 1);
  const [found = 0] = minutes;
  assert.ok(found >= wanted && found <= wanted + 1, `in ${found} minutes, not ${wanted}`);
};

describe('a schedule', () => {
  test('follows its lease, moves with each delay, and goes with it', async () => {
    await using kept = await start();
    kept.ends = [end(kept, 60)];
    await kept.keeper.tick();
    about(kept.minutes(), 90);
    kept.ends = [end(kept, 120)];
    await kept.keeper.tick();
    about(kept.minutes(), 150);
    await kept.keeper.tick();
    assert.equal(kept.told.length, 2, 'what stays costs no call');
    kept.ends = [end(kept, 60)];
    await kept.keeper.tick();
    about(kept.minutes(), 90);
    kept.ends = [];
    await kept.keeper.tick();
    assert.deepEqual([kept.minutes(), await kept.store.schedules()], [[], []]);
    assert.deepEqual(
      kept.told.map(({ step, code }) => `${step} ${code}`),
      ['put OK', 'put OK', 'put OK', 'remove OK'],
    );
  });

  test('never comes while its stop is put off again and again, for a day', async () => {
    await using kept = await start();
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      kept.ends = [end(kept, minute < 60 ? 60 - minute : 1)];
      await kept.keeper.tick();
      kept.clock.advance(MINUTE);
    }
    assert.equal(kept.sandbox.instance(idOf(1)).state, 'running');
    assert.deepEqual(kept.came, []);
    assert.ok(kept.told.length < 400, `${kept.told.length} calls`);
  });

  test('comes half an hour after the stop if nobody moves it', async () => {
    await using kept = await start();
    kept.ends = [end(kept, 60)];
    await kept.keeper.tick();
    kept.clock.advance(89 * MINUTE);
    assert.equal(kept.sandbox.instance(idOf(1)).state, 'running');
    kept.clock.advance(2 * MINUTE);
    assert.notEqual(kept.sandbox.instance(idOf(1)).state, 'running');
    kept.ends = [];
    await kept.other(settings).tick();
    assert.deepEqual(kept.came, [idOf(1)], 'and an operator that comes back says so');
    assert.deepEqual(await kept.store.schedules(), []);
  });

  test('is removed where no schedules are wanted any more', async () => {
    await using kept = await start();
    kept.ends = [end(kept, 60)];
    await kept.keeper.tick();
    await kept.other().tick();
    assert.deepEqual([kept.minutes(), await kept.store.schedules()], [[], []]);
  });

  test('moves to another group by way of none', async () => {
    await using kept = await start();
    kept.ends = [end(kept, 60)];
    await kept.keeper.tick();
    const elsewhere = kept.other({ ...settings, group: 'default' });
    await elsewhere.tick();
    assert.deepEqual(kept.minutes(), []);
    await elsewhere.tick();
    assert.equal(kept.sandbox.schedules()[0]?.group, 'default');
  });
});

describe('a crash', () => {
  for (const [what, when] of [
    ['before AWS has seen the call', 'before'],
    ['after AWS has carried the call out', 'after'],
  ] as const) {
    test(`${what}: the next operator makes the schedule sure`, async () => {
      await using kept = await start();
      kept.ends = [end(kept, 60)];
      kept.sandbox.faults.add({ kind: 'reset', when, action: 'CreateSchedule', times: 1 });
      await kept.keeper.tick();
      assert.equal((await kept.store.schedules())[0]?.isSure, false);
      await kept.other(settings).tick();
      assert.equal((await kept.store.schedules())[0]?.isSure, true);
      about(kept.minutes(), 90);
    });

    test(`${what}, with the lease ended meanwhile: no schedule is left`, async () => {
      await using kept = await start();
      kept.ends = [end(kept, 60)];
      kept.sandbox.faults.add({ kind: 'reset', when, action: 'CreateSchedule', times: 1 });
      await kept.keeper.tick();
      kept.ends = [];
      await kept.other(settings).tick();
      assert.deepEqual([kept.minutes(), await kept.store.schedules()], [[], []]);
    });

    test(`${what} to remove it: it is removed`, async () => {
      await using kept = await start();
      kept.ends = [end(kept, 60)];
      await kept.keeper.tick();
      kept.ends = [];
      kept.sandbox.faults.add({ kind: 'reset', when, action: 'DeleteSchedule', times: 1 });
      await kept.keeper.tick();
      assert.equal((await kept.store.schedules()).length, 1);
      await kept.other(settings).tick();
      assert.deepEqual([kept.minutes(), await kept.store.schedules()], [[], []]);
    });
  }
});

describe('while AWS fails', () => {
  const denied = { ...ACCOUNTS, [OWN]: { ...ACCOUNTS[OWN], unauthorized: ['UpdateSchedule'] } };

  test('each schedule is tried again, half a minute later, and counted', async () => {
    await using kept = await start(denied);
    kept.ends = [end(kept, 60), end(kept, 60, 2)];
    for (let look = 0; look < 6; look += 1) {
      await kept.keeper.tick();
      kept.clock.advance(15_000);
    }
    assert.deepEqual(
      kept.failing.map(({ instance, times }) => [instance, times]),
      [
        [idOf(1), 3],
        [idOf(2), 3],
      ],
    );
    assert.match(kept.failing[0]?.message ?? '', /^AccessDeniedException: .*scheduler:UpdateSchedule.*deploy\/iam/s);
    kept.ends = [end(kept, 60)];
    await kept.keeper.tick();
    assert.deepEqual(
      kept.failing.map(({ instance }) => instance),
      [idOf(1)],
      'without its lease it fails no more',
    );
  });

  test('a place that does not answer costs one call, and the others are set', async () => {
    await using kept = await start();
    kept.ends = [end(kept, 60, 1), ...Array.from({ length: 40 }, (_, index) => end(kept, 60, 100 + index))].map(
      (each, index) => (index === 0 ? each : { ...each, place: { region: 'us-east-1' } }),
    );
    kept.sandbox.faults.add({ kind: 'reset', region: 'us-east-1' });
    await kept.keeper.tick();
    assert.ok(kept.failing.length <= 8, `${kept.failing.length} calls`);
    about(kept.minutes(), 90);
  });
});

test('two keepers on one store leave one schedule, where the lease wants it', async () => {
  await using kept = await start();
  const other = kept.other(settings);
  for (let round = 0; round < 30; round += 1) {
    kept.ends = [end(kept, 60 + 10 * (round % 7))];
    await Promise.all([kept.keeper.tick(), other.tick()]);
    kept.clock.advance(MINUTE);
  }
  await kept.keeper.tick();
  const [{ earliest } = assert.fail()] = kept.ends;
  const [{ at } = assert.fail(), ...more] = kept.sandbox.schedules();
  assert.deepEqual([more, (await kept.store.schedules())[0]?.at], [[], at]);
  assert.ok(at >= earliest + 30 * MINUTE && at <= earliest + 36 * MINUTE);
});

test('a keeper runs until it is stopped, and looks when it is nudged', async () => {
  await using kept = await start();
  const ending = new AbortController();
  const ended = kept.keeper.run(ending.signal);
  kept.ends = [end(kept, 60)];
  kept.keeper.nudge();
  await kept.sandbox.until(() => kept.sandbox.schedules().length === 1);
  ending.abort();
  await ended;
});

test('without leases and schedules no call is made', async () => {
  await using kept = await start();
  const before = kept.sandbox.calls.length;
  await kept.keeper.tick();
  await kept.other().tick();
  assert.equal(kept.sandbox.calls.length, before);
});
