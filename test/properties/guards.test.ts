/** What holds of the guards whatever the fleet, the configuration, the time and the alerts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { windowSchema } from '../../src/config/guards.ts';
import { tellOutlook } from '../../src/domain/outlook.ts';
import { GUARDS, GUARD_NAMES, judge, type GuardName, type Judgement } from '../../src/domain/guard.ts';
import { GUARD_REASONS } from '../../src/domain/guard-reasons.ts';
import type { GuardContext, Wait } from '../../src/domain/verdict.ts';
import { nextFree } from '../../src/domain/window.ts';
import { holds, isFree } from '../support/guard-table.ts';
import { contextOf, guardsConfig, moment, row, RUNS, windowConfig } from './rows.ts';

const SECOND = 1_000;

const PARAMETERS = { numRuns: RUNS };

describe(`whatever the fleet, the configuration, the time and the alerts (${RUNS} cases)`, () => {
  test('nothing is done that the table of guards refuses or puts off, and all else is done', () => {
    fc.assert(
      fc.property(row, guardsConfig, (given, config) => {
        const judgement = judge(contextOf(given, config));
        const { refused, waits } = holds(given, config);
        const refusing = namesOf(judgement, 'refuse');
        // The table does not tell windows that come from such that never do.
        const isNever = refusing.delete('windows');
        assert.deepEqual(refusing, new Set(refused));
        // In the hours around the change of summer time, more may be forbidden than clocks show.
        const waiting = namesOf(judgement, 'wait');
        // People are warned once nothing else holds the stop back.
        const isWarned = waiting.delete('warned');
        assert.equal(isWarned, waits.includes('warned') && !isNever && refusing.size + waiting.size === 0);
        if (isNever) waiting.add('windows');
        if (changesClock(given.now) && !waits.includes('windows')) waiting.delete('windows');
        assert.deepEqual(waiting, new Set(waits.filter((guard) => guard !== 'warned')));
        if (judgement.verdict.verdict === 'allow') assert.deepEqual([...refused, ...waits], []);
      }),
      PARAMETERS,
    );
  });

  test('each refusal, and each wait, names a guard that on its own says the very same', () => {
    fc.assert(
      fc.property(row, guardsConfig, (given, config) => {
        const context = contextOf(given, config);
        const { verdict, guard, verdicts } = judge(context);
        if (verdict.verdict === 'allow') {
          assert.equal(guard, undefined);
          return;
        }
        assert.ok(guard !== undefined && !context.settings.off.has(guard));
        assert.deepEqual(GUARDS[guard].ask(context), verdict);
        assert.ok(GUARD_REASONS[guard].includes(verdict.reason), `${guard} gives ${verdict.reason}`);
        assert.equal(verdicts.find((judged) => judged.guard === guard)?.verdict, verdict.verdict);
        assert.ok(verdict.message.length > 0 && verdict.message.length < 1_000);
      }),
      PARAMETERS,
    );
  });

  test('no stop is let through before the end of a wait, and the guard that waited is content at its end', () => {
    fc.assert(
      fc.property(
        row,
        guardsConfig,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (given, config, share) => {
          const context = contextOf(given, config);
          const { verdict, guard } = judge(context);
          if (verdict.verdict !== 'wait' || guard === undefined) return;
          if (verdict.until <= given.now) return assertOnlyWarnsAfresh(context, verdict, guard);
          // These know when it will be right; the others look again sooner than that.
          if (guard !== 'min_uptime' && guard !== 'windows' && guard !== 'fleet_limit') return;
          const { warned, ...unwarned } = context;
          const later = verdict.warned === 'over' || warned === undefined ? unwarned : { ...unwarned, warned };
          const ask = (now: number) => GUARDS[guard].ask({ ...later, now }).verdict;
          // Warnings end with a second: a look is right up to a second sooner, and the places of a fleet up to a second later.
          const most = Math.max(0, verdict.until - given.now - SECOND);
          const end = guard === 'fleet_limit' ? verdict.until + SECOND : verdict.until;
          const sooner = given.now + Math.floor(most * share);
          // The shortest wait for a place in a fleet may be longer than it takes, and a wait that ends a warning leaves another case behind.
          const isLonger = guard === 'fleet_limit' && verdict.until === given.now + 5 * SECOND;
          if (context.instance.launchedAt <= given.now && !isLonger && verdict.warned !== 'over')
            assert.equal(ask(sooner), 'wait');
          if (!/at no time/.test(verdict.message) && context.instance.launchedAt <= given.now)
            assert.equal(ask(end), 'allow');
        },
      ),
      PARAMETERS,
    );
  });

  test('a dry run is told what would be done', () => {
    fc.assert(
      fc.property(row, guardsConfig, (given, config) => {
        const context = contextOf(given, config);
        const real = judge(context);
        const dry = judge({ ...context, intent: { ...context.intent, dryRun: true } });
        assert.deepEqual(dry, real);
        const told = tellOutlook(context.intent, context.instance, dry);
        const isWarned = real.verdict.verdict === 'wait' && real.verdict.reason === 'warned';
        const wait = isWarned ? 'would warn ' : 'would wait until ';
        const words = { allow: `would ${given.verb} `, wait, refuse: `would not ${given.verb} ` };
        assert.ok(told.startsWith(words[real.verdict.verdict]), told);
        if (real.guard !== undefined && !isWarned) assert.ok(told.includes(`(${real.guard}: `), told);
      }),
      PARAMETERS,
    );
  });

  test('in whichever order the guards stand, each machine of a fleet gets the same answer', () => {
    const order = fc.shuffledSubarray([...GUARD_NAMES], { minLength: GUARD_NAMES.length });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), guardsConfig, order, (fleet, config, names) => {
        for (const given of fleet) {
          const context = contextOf(given, config);
          const [usual, other] = [judge(context), judge(context, names)];
          assert.equal(other.verdict.verdict, usual.verdict.verdict);
          for (const verdict of ['allow', 'wait', 'refuse', 'overridden'] as const)
            assert.deepEqual(namesOf(other, verdict), namesOf(usual, verdict));
        }
      }),
      PARAMETERS,
    );
  });

  test('windows: a moment is free only if the clocks say so, and the next free one is not missed', () => {
    fc.assert(
      fc.property(
        fc.array(windowConfig, { maxLength: 3 }),
        moment,
        fc.integer({ min: 1, max: 7 * 24 * 60 }),
        (configs, now, minutes) => {
          const windows = configs.map((config) => windowSchema.parse(config));
          const about = windows.filter(({ verbs, only }) => verbs.includes('stop') && only === undefined);
          const free = nextFree(about, now);
          if (free !== undefined) assert.ok(isFree(configs, ORDINARY, free), 'free by the clocks');
          const later = now + minutes * 60_000;
          // Nothing in between is free; around the change of summer time there may be more that is forbidden.
          if ((free === undefined || later < free) && !changesClock(later))
            assert.ok(!isFree(configs, ORDINARY, later));
        },
      ),
      PARAMETERS,
    );
  });
});

const ORDINARY = { verb: 'stop', tags: {} } as const;

function namesOf({ verdicts }: Judgement, verdict: string): Set<GuardName> {
  return new Set(verdicts.filter((judged) => judged.verdict === verdict).map(({ guard }) => guard));
}

/** Whether any of the zones in use changes between summer and winter time within a day and a half of this moment. */
function changesClock(at: number): boolean {
  return ['Europe/Berlin', 'America/New_York'].some((zone) => {
    const offsets = [-36, 36].map(
      (hours) => Temporal.Instant.fromEpochMilliseconds(at + hours * 3_600_000).toZonedDateTimeISO(zone).offset,
    );
    return offsets[0] !== offsets[1];
  });
}

/** Such a wait takes back a warning that named another time: without it, the next look comes to an end that lies ahead. */
function assertOnlyWarnsAfresh(context: GuardContext, { until, reason, warned }: Wait, guard: GuardName): void {
  const { warned: old, ...unwarned } = context;
  assert.equal(until, context.now);
  assert.ok(old !== undefined && (reason === 'leased' || warned === 'over'));
  const next = GUARDS[guard].ask(unwarned);
  assert.ok(next.verdict !== 'wait' || next.until > context.now);
}
