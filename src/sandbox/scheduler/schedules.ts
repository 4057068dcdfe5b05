/** The schedules of a sandbox and their groups. A schedule that is due is carried out, and may then delete itself. */
import { createAlarm } from '../alarm.ts';
import { AwsError } from '../errors.ts';
import type { ScheduleInput } from './input.ts';

/** A schedule in its account and region. */
export interface SandboxSchedule {
  readonly account: string;
  readonly region: string;
  readonly group: string;
  readonly name: string;
  /** When it is carried out, in milliseconds since the epoch. */
  readonly at: number;
  readonly input: ScheduleInput;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

type Key = Pick<SandboxSchedule, 'account' | 'region' | 'group' | 'name'>;
type GroupKey = Omit<Key, 'name'>;

export interface Schedules {
  readonly all: () => readonly SandboxSchedule[];
  readonly find: (key: Key) => SandboxSchedule | undefined;
  readonly put: (schedule: SandboxSchedule) => void;
  readonly remove: (key: Key) => void;
  readonly hasGroup: (key: GroupKey) => boolean;
  readonly addGroup: (key: GroupKey) => void;
  /** Whether a call with this token was carried out before. Keeps the token. */
  readonly isRepeated: (token: string) => boolean;
  /** Carries out what is due. A clock that tests move wakes no timer, so calls do this first. */
  readonly catchUp: () => void;
  readonly close: () => void;
}

interface Pending {
  readonly schedule: SandboxSchedule;
  /** When it is carried out next: its own time, or that of a retry. */
  readonly dueAt: number;
  readonly attempts: number;
}

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** @param fire carries a schedule out; throws AwsError as the target answers */
export function createSchedules(now: () => number, fire: (schedule: SandboxSchedule) => void): Schedules {
  const pending = new Map<string, Pending>();
  /** Carried out, and kept because they do not delete themselves. */
  const completed = new Map<string, SandboxSchedule>();
  const groups = new Set<string>();
  const tokens = new Set<string>();
  const alarm = createAlarm(now, () => catchUp());
  const wakeAtNext = (): void => {
    alarm.set([...pending.values()].map(({ dueAt }) => dueAt));
  };

  const carryOut = (key: string, { schedule, dueAt, attempts }: Pending): void => {
    pending.delete(key);
    const { RetryPolicy } = schedule.input.Target;
    try {
      fire(schedule);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const next = now() + Math.min(RETRY_MS * 2 ** attempts, LONGEST_RETRY_MS);
      const isLate = next - schedule.at > RetryPolicy.MaximumEventAgeInSeconds * 1_000;
      if (error.status >= 500 && !isLate && attempts < RetryPolicy.MaximumRetryAttempts) {
        pending.set(key, { schedule, dueAt: Math.max(next, dueAt), attempts: attempts + 1 });
        return;
      }
    }
    if (schedule.input.ActionAfterCompletion === 'NONE') completed.set(key, schedule);
  };

  function catchUp(): void {
    for (const [key, each] of pending) if (each.dueAt <= now()) carryOut(key, each);
    wakeAtNext();
  }

  return {
    all: () => [...[...pending.values()].map(({ schedule }) => schedule), ...completed.values()],
    find: (key) => pending.get(keyOf(key))?.schedule ?? completed.get(keyOf(key)),
    put: (schedule) => {
      const key = keyOf(schedule);
      completed.delete(key);
      pending.delete(key);
      if (schedule.input.State === 'DISABLED') completed.set(key, schedule);
      else pending.set(key, { schedule, dueAt: schedule.at, attempts: 0 });
      wakeAtNext();
    },
    remove: (key) => {
      completed.delete(keyOf(key));
      pending.delete(keyOf(key));
      wakeAtNext();
    },
    hasGroup: (key) => key.group === 'default' || groups.has(keyOf({ ...key, name: '' })),
    addGroup: (key) => groups.add(keyOf({ ...key, name: '' })),
    isRepeated: (token) => {
      const known = tokens.has(token);
      tokens.add(token);
      return known;
    },
    catchUp,
    close: () => alarm.clear(),
  };
}

function keyOf({ account, region, group, name }: Key): string {
  return `${account} ${region} ${group} ${name}`;
}
