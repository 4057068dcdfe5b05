/**
 * What the record says of a machine, in the form that a replay asks.
 *
 * An alert that asks for a stop says that the machine is idle: since its rule's window began, which is the window's length before the
 * alert. It says so until the alert ends, or until somebody wanted the machine after a stop. Of all other time the record does not know
 * whether the machine was idle: no policy saves anything there.
 */
import type { AlertSpan } from './alert-span.ts';
import type { Interval } from './machine.ts';
import type { PastUse } from './past-use.ts';
import type { Priced } from './price.ts';
import type { StopRecord } from './stop-record.ts';

/** Of one machine, each oldest first. */
export interface MachineHistory extends Pick<PastUse, 'machine' | 'isMixed' | 'tags' | keyof Priced> {
  readonly spans: readonly AlertSpan[];
  /** The stops of ours, whoever asked. */
  readonly stops: readonly StopRecord[];
  readonly intervals: readonly Interval[];
}

export interface Period {
  readonly since: number;
  readonly until: number;
}

/** An alert that is not heard for longer than Alertmanager's usual repetition may be over. */
const SILENT_MS = 5 * 3_600_000;
/** A stop takes its time, and its alert may end a little earlier: without the machine, the rule has no series. */
const SLACK_MS = 15 * 60_000;

interface Idle {
  readonly from: number;
  readonly until: number;
  readonly isWanted: boolean;
}

/** @param windowMs how long the rules look back, as they are now @returns undefined where no alert asked for a stop */
export function recordedUse(history: MachineHistory, period: Period, windowMs: number): PastUse | undefined {
  const { spans, stops: _, intervals, ...known } = history;
  const idle: Idle[] = [];
  for (const span of spans) {
    if (span.asked.verb !== 'stop' || span.asked.resolved === true) continue;
    const begin = Math.max(span.since - windowMs, period.since, idle.at(-1)?.until ?? -Infinity);
    const from = Math.max(begin, runningSince(intervals, span.since) ?? -Infinity);
    const end = endOf(span, history, period);
    // Where another alert has told of a use already, this one goes on from there.
    if (end.until > from) idle.push({ ...end, from, until: Math.min(end.until, period.until) });
  }
  if (idle.length === 0) return undefined;
  const uses = idle.flatMap(({ until, isWanted }) => (isWanted && until <= period.until ? [until, until] : []));
  const launches = intervals.flatMap(({ state, since }) => (state === 'running' ? [since] : []));
  return {
    ...known,
    uses: [...new Set(uses)].flatMap((at) => [at, at]),
    unknown: between(idle, period),
    span: { from: period.since, until: period.until },
    launches,
  };
}

function runningSince(intervals: readonly Interval[], at: number): number | undefined {
  const run = intervals.find(({ state, since, until = Infinity }) => state === 'running' && since <= at && at < until);
  return run?.since;
}

/** When the machine was wanted, or nothing more is known. */
function endOf(span: AlertSpan, { stops, intervals }: MachineHistory, period: Period): Omit<Idle, 'from'> {
  const latest = span.until + SLACK_MS;
  const stop = stops.find(({ stoppedAt }) => span.since <= stoppedAt && stoppedAt <= latest);
  if (stop !== undefined) {
    const wantedAt = stop.wantedAt ?? stop.back?.at;
    if (wantedAt !== undefined && wantedAt <= period.until) return { until: wantedAt, isWanted: true };
    return { until: Math.min(stop.lostAt ?? Infinity, period.until), isWanted: false };
  }
  // Another hand has stopped it: for how long it was not wanted is not known.
  const off = intervals.find(
    ({ state, since }) => state !== 'running' && state !== 'pending' && span.since < since && since <= latest,
  );
  if (off !== undefined) return { until: off.since, isWanted: false };
  switch (span.end) {
    case 'resolved':
      return { until: span.until, isWanted: true };
    case 'unheard':
      return { until: span.until, isWanted: false };
    case 'firing':
      return { until: period.until - span.until <= SILENT_MS ? period.until : span.until, isWanted: false };
  }
}

/** The time of which no alert tells. */
function between(idle: readonly Idle[], { since, until }: Period): readonly number[] {
  const unknown: number[] = [];
  let known = since;
  for (const one of idle) {
    if (one.from > known) unknown.push(known, one.from);
    known = one.until;
  }
  if (until > known) unknown.push(known, until);
  return unknown;
}
