/**
 * Keeps a schedule behind each lease, which stops the machine if the operator is gone. It looks when it is nudged and once a minute;
 * a schedule stands half an hour behind the stop, so an outage of AWS or the database shorter than that makes none of them come.
 */
import { placeKey } from '../domain/instance.ts';
import {
  stepTo,
  type FailingSchedule,
  type KeptSchedule,
  type LeaseEnd,
  type ScheduleSettings,
  type ScheduleStep,
  type ScheduleOutcome,
} from '../domain/schedule.ts';
import { Ec2Error } from '../ec2/port.ts';
import { tellError } from '../ec2/remedies.ts';
import type { Observer } from '../observe/observer.ts';
import type { Schedules } from '../schedules/port.ts';
import type { Store } from '../store/port.ts';
import { sleep } from './sleep.ts';

export interface ScheduleParts {
  readonly store: Pick<Store, 'leaseEnds' | 'schedules' | 'claimSchedule' | 'settleSchedule'>;
  readonly schedules: Schedules;
  /** Absent: no schedules are wanted, and those that are left from before are removed. */
  readonly settings: ScheduleSettings | undefined;
  /** The longest that one change in EventBridge takes, in milliseconds. */
  readonly callLimitMs: number;
  /** Unique to this process. */
  readonly owner: string;
  readonly clock: () => number;
  readonly observer: Pick<Observer, 'scheduled' | 'schedulesFail' | 'scheduleCame' | 'fault'>;
}

export interface ScheduleKeeper {
  /** Looks at all leases once. */
  readonly tick: (signal?: AbortSignal) => Promise<void>;
  /** Says that a lease, or what delays its stop, has changed. */
  readonly nudge: () => void;
  /** Resolves when the signal is aborted and the last change has its answer. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

const EVERY_MS = 60_000;
/** Every request nudges; the leases are read again no sooner than this. */
const SOONEST_MS = 1_000;
/** A pause is so many times as long as the look before it: thousands of leases take a twentieth of the process. */
const PAUSES = 20;
/** A change that failed is tried again no sooner than this. */
const RETRY_MS = 30_000;
/** The schedules that are changed at the same time. */
const AT_ONCE = 8;
/** An answer may be lost or late: a claim lasts longer than the call, by this. */
const CLAIM_MARGIN_MS = 30_000;

type Change = Exclude<ScheduleStep, { readonly step: 'keep' }>;
type Failing = Map<string, FailingSchedule & { readonly triedAt: number }>;

export function createScheduleKeeper(parts: ScheduleParts): ScheduleKeeper {
  const { store, settings, clock, observer } = parts;
  const failing: Failing = new Map();
  let wake = Promise.withResolvers<void>();
  const nudge = (): void => {
    wake.resolve();
  };

  const tick: ScheduleKeeper['tick'] = async (signal) => {
    const now = clock();
    const ends = settings === undefined ? [] : await store.leaseEnds(now);
    const kept = await store.schedules();
    for (const schedule of kept) if (schedule.isSure && schedule.at <= now) observer.scheduleCame(schedule);
    const changes = changesTo(ends, kept, settings, now);
    const wanted = new Set(changes.map(({ schedule }) => schedule.instance));
    for (const instance of failing.keys()) if (!wanted.has(instance)) failing.delete(instance);
    const due = changes.filter(({ schedule }) => now >= (failing.get(schedule.instance)?.triedAt ?? 0) + RETRY_MS);
    const isDone = await changeAll(parts, due, { kept, failing, isOver: () => signal?.aborted === true });
    if (due.length > 0 || failing.size === 0) observer.schedulesFail([...failing.values()]);
    if (!isDone) nudge();
  };

  const tickSafely = async (signal: AbortSignal): Promise<void> => {
    try {
      await tick(signal);
    } catch (error) {
      observer.fault('the schedules of leases could not be looked at', error);
    }
  };

  return {
    tick,
    nudge,
    run: async (signal) => {
      while (!signal.aborted) {
        wake = Promise.withResolvers();
        const begin = performance.now();
        await tickSafely(signal);
        const pauseMs = Math.min(EVERY_MS, SOONEST_MS + (performance.now() - begin) * PAUSES);
        await sleep(pauseMs, signal);
        await Promise.race([wake.promise, sleep(EVERY_MS - pauseMs, signal)]);
      }
    },
  };
}

/** The schedules that come soonest are first. */
function changesTo(
  ends: readonly LeaseEnd[],
  kept: readonly KeptSchedule[],
  settings: ScheduleSettings | undefined,
  now: number,
): readonly Change[] {
  const ofLease = new Map(ends.map((end) => [end.instance, end]));
  const ofSchedule = new Map(kept.map((schedule) => [schedule.instance, schedule]));
  const comesAt = ({ schedule }: Change): number => ofSchedule.get(schedule.instance)?.at ?? Infinity;
  return [...new Set([...ofSchedule.keys(), ...ofLease.keys()])]
    .map((instance) => stepTo(ofLease.get(instance), ofSchedule.get(instance), settings, now))
    .filter((step) => step.step !== 'keep')
    .toSorted((one, other) => Number(comesAt(one) > comesAt(other)) - Number(comesAt(one) < comesAt(other)));
}

interface Round {
  readonly kept: readonly KeptSchedule[];
  readonly failing: Failing;
  readonly isOver: () => boolean;
}

/** @returns false when some are left: after a minute the moments that they were decided for are outdated */
async function changeAll(
  parts: ScheduleParts,
  changes: readonly Change[],
  { kept, failing, isOver }: Round,
): Promise<boolean> {
  const before = new Map(kept.map((schedule) => [schedule.instance, schedule]));
  const startedAt = performance.now();
  /** They do not answer: the rest of their schedules waits for the next look. */
  const silent = new Set<string>();
  const queue = [...changes];
  const changeSome = async (): Promise<void> => {
    while (!isOver() && performance.now() - startedAt < EVERY_MS) {
      const change = queue.shift();
      if (change === undefined) return;
      const { instance, place } = change.schedule;
      if (silent.has(placeKey(place))) continue;
      const known = before.get(instance);
      const triedAt = parts.clock();
      const error = await changeOne(parts, change, known === undefined);
      if (error?.code === 'ClientTimeout' || error?.code === 'ClientConnection') silent.add(placeKey(place));
      const times = (failing.get(instance)?.times ?? 0) + 1;
      const at = known?.at ?? change.schedule.at;
      if (error === undefined) failing.delete(instance);
      else failing.set(instance, { instance, at, times, message: tellError(error), triedAt });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, changeSome));
  return queue.length === 0;
}

/** @returns the error of AWS, after which it is not known how the schedule is */
async function changeOne(parts: ScheduleParts, change: Change, isNew: boolean): Promise<Ec2Error | undefined> {
  const { store, schedules, owner, clock, observer } = parts;
  const { step, schedule } = change;
  const now = clock();
  const until = now + parts.callLimitMs + CLAIM_MARGIN_MS;
  if (!(await store.claimSchedule({ owner, now, until, isNew, schedule }))) return undefined;
  const settle = async (outcome: ScheduleOutcome): Promise<void> => store.settleSchedule(owner, schedule, outcome);
  try {
    if (step === 'put') await schedules.put(schedule);
    else await schedules.remove(schedule);
  } catch (error) {
    await settle('unknown');
    if (!(error instanceof Ec2Error)) throw error;
    observer.scheduled({ ...schedule, step, code: error.code });
    return error;
  }
  await settle(step === 'put' ? 'set' : 'gone');
  observer.scheduled({ ...schedule, step, code: 'OK' });
  return undefined;
}
