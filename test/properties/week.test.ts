/** A week of people, alerts and leases by chance, minute by minute, beside a ledger that is kept by hand. */
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { machine } from '../support/fleet.ts';
import { as, configWith } from '../support/tokens.ts';
import { startVirtualOperator } from '../support/virtual-operator.ts';
import { RUNS } from './rows.ts';
import { config, PEOPLE, TEAMS, week } from './week-acts.ts';
import { newBus } from './week-bus.ts';
import { MINUTE } from './week-ledger.ts';
import { begin } from './week-life.ts';

/** A week takes half a second. */
const WEEKS = RUNS > 1_000 ? 2_000 : 15;
const MONDAY = Date.UTC(2026, 10, 23, 8);

test(`no stop of its own accord within a hold, a lease or a pause, or before people were told and had their time, and every one that is due after them (${WEEKS} weeks)`, async () => {
  await fc.assert(
    fc.asyncProperty(week, config, async (acts, settings) => {
      mock.timers.reset();
      mock.timers.enable({ apis: ['Date'], now: MONDAY });
      const bus = newBus();
      await using operator = await startVirtualOperator({
        machines: TEAMS.map((team, index) => machine(index + 1, { launched: '24h ago', tags: { team } })),
        config: configWith(
          Object.fromEntries(
            [...PEOPLE, 'admin', 'alertmanager'].map((name) => [
              name,
              { scopes: [name === 'admin' ? 'admin' : 'start', 'stop', 'read'] },
            ]),
          ),
          { ...settings, guards: { min_uptime: 'off', flapping: 'off', fleet_limit: 'off' } },
        ),
        token: as('admin'),
        timers: mock.timers,
        deliver: bus.deliver,
      });
      const life = begin(operator, bus, settings);
      for (const [pause, one] of acts) {
        await life.pass(pause * MINUTE);
        await life.live(one);
      }
      await life.finish();
    }),
    { numRuns: WEEKS, endOnFailure: RUNS > 1_000 },
  );
});
