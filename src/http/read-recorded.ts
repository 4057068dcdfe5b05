/** Reads what the record says of machines, in parts between which other work gets its turn. */
import { setImmediate as turn } from 'node:timers/promises';
import type { AlertSpan } from '../domain/alert-span.ts';
import type { Machine } from '../domain/machine.ts';
import { typeOf, type PastUse } from '../domain/past-use.ts';
import { recordedUse, type Period } from '../domain/recorded-use.ts';
import type { StopRecord } from '../domain/stop-record.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError } from './problem.ts';

const DAY_MS = 86_400_000;
/** More would fill the memory. */
const MOST_SPANS = 200_000;
const MACHINES_IN_PART = 50;

export interface Recorded {
  readonly past: readonly PastUse[];
  /** Alerts that asked for a stop of a machine that was never found. */
  readonly unnamed: number;
  /** How long starts after stops took until the machine was ready, in milliseconds. */
  readonly startsMs: readonly number[];
}

/** @param windowMs how long the rules look back now @throws ProblemError where it is too much */
export async function readRecorded(
  { store, clock }: Pick<HttpParts, 'store' | 'clock'>,
  period: Period,
  windowMs: number,
): Promise<Recorded> {
  const { machines, unnamed } = await readSpans(store, period);
  const past: PastUse[] = [];
  const startsMs: number[] = [];
  const ids = [...machines.keys()];
  for (let at = 0; at < ids.length; at += MACHINES_IN_PART) {
    const some = ids.slice(at, at + MACHINES_IN_PART);
    const [intervals, stops, rows] = await Promise.all([
      store.intervals(some, period.since),
      store.stops({ ...period, instances: some }),
      store.machineRows(some, clock()),
    ]);
    const known = new Map(rows.map(({ machine }) => [machine.id, machine]));
    const stopsOf = Map.groupBy(stops, ({ instance }) => instance);
    for (const id of some) {
      const machine = known.get(id);
      const own = stopsOf.get(id) ?? [];
      const types = [machine, ...own].flatMap((one) => one?.type ?? []);
      const history = {
        machine: id,
        ...(machine === undefined ? {} : pricedAs(machine)),
        ...typeOf(new Set(types)),
        spans: machines.get(id) ?? [],
        stops: own,
        intervals: intervals.get(id) ?? [],
      };
      past.push(...recordedOrNone(recordedUse(history, period, windowMs)));
    }
    startsMs.push(...stops.flatMap(startOf));
    await turn();
  }
  return { past, unnamed, startsMs };
}

/** As it is billed now. */
function pricedAs({ tags, lifecycle, billing, availabilityZone }: Machine): Partial<PastUse> {
  return {
    tags,
    availabilityZone,
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(billing === undefined ? {} : { billing }),
  };
}

function recordedOrNone(past: PastUse | undefined): readonly PastUse[] {
  return past === undefined ? [] : [past];
}

function startOf({ back, readyAt }: StopRecord): readonly number[] {
  return back === undefined || readyAt === undefined || readyAt < back.at ? [] : [readyAt - back.at];
}

/** Day by day, because a row takes its time. */
async function readSpans(
  store: Pick<HttpParts['store'], 'alertSpans'>,
  { since, until }: Period,
): Promise<{ readonly machines: ReadonlyMap<string, readonly AlertSpan[]>; readonly unnamed: number }> {
  const machines = new Map<string, AlertSpan[]>();
  let [count, unnamed] = [0, 0];
  for (let from = since; from < until; from += DAY_MS) {
    const spans = await store.alertSpans({ since: from, until: Math.min(until, from + DAY_MS) });
    for (const span of spans) {
      // A longer one was read with the day before.
      if (span.asked.verb !== 'stop' || (span.since < from && from > since)) continue;
      if (span.instance === undefined) unnamed += 1;
      else {
        const known = machines.get(span.instance);
        if (known === undefined) machines.set(span.instance, [span]);
        else known.push(span);
      }
      count += 1;
    }
    if (count > MOST_SPANS)
      throw new ProblemError(400, `days: expected at most ${MOST_SPANS} alerts in them, got more: ask for fewer days`);
    await turn();
  }
  return { machines, unnamed };
}
