/** Puts the dead man's switch together. */
import { randomUUID } from 'node:crypto';
import type { Config } from './config/schema.ts';
import { callLimitMs, type Ec2Settings } from './ec2/accounts.ts';
import { createScheduleKeeper, type ScheduleKeeper, type ScheduleParts } from './engine/keep-schedules.ts';
import { createSchedules } from './schedules/native.ts';
import { scheduleSettings } from './settings.ts';

interface KeeperParts extends Pick<ScheduleParts, 'store' | 'clock' | 'observer'> {
  readonly ec2Settings: Ec2Settings;
}

interface OpenKeeper extends Pick<ScheduleKeeper, 'tick' | 'nudge'> {
  /** Looks by itself until it is disposed. */
  start(): AsyncDisposable;
}

/** Also works where no schedules are configured: those of an earlier configuration are then removed. Loads nothing without any. */
export function openScheduleKeeper(config: Config, parts: KeeperParts): OpenKeeper {
  const { ec2Settings, store, clock, observer } = parts;
  const schedules = createSchedules(ec2Settings);
  const keeper = createScheduleKeeper({
    store,
    schedules,
    settings: scheduleSettings(config),
    callLimitMs: callLimitMs(ec2Settings),
    owner: randomUUID(),
    clock,
    observer,
  });
  return {
    tick: keeper.tick,
    nudge: keeper.nudge,
    start: () => {
      const ending = new AbortController();
      const ended = keeper.run(ending.signal);
      return {
        [Symbol.asyncDispose]: async () => {
          ending.abort();
          // A call that waits for AWS would hold up the shutdown.
          schedules.close();
          await ended;
        },
      };
    },
  };
}
