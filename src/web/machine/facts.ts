/** All that the page of a machine tells, read from the store. */
import { lastDays, USUAL_DAYS } from '../../domain/days.ts';
import type { Interval, MachineRow } from '../../domain/machine.ts';
import type { Operation } from '../../domain/operation.ts';
import { savingsOf } from '../../domain/savings.ts';
import { tellOrigins } from '../../domain/savings-words.ts';
import type { Figures } from '../../domain/savings-tally.ts';
import type { StopRecord } from '../../domain/stop-record.ts';
import { createStopColumns } from '../../domain/stop-columns.ts';
import { timeline } from '../../domain/timeline.ts';
import type { Said, TimelineLine } from '../../domain/timeline-line.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { HttpParts } from '../../http/parts.ts';
import { ProblemError } from '../../http/problem.ts';
import type { AuditEntry } from '../../store/audit-entry.ts';

const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;

/** How far the timeline goes back. The list of operations goes on from there. */
export const TOLD_MS = 14 * DAY_MS;
const MOST_OPERATIONS = 100;
const MOST_SAID = 100;
const MOST_NOTICES = 300;

export interface MachineStory {
  readonly id: string;
  /** Absent where the watch has not seen it. */
  readonly row?: MachineRow;
  /** Of the time that the timeline tells. */
  readonly intervals: readonly Interval[];
  /** Newest first. */
  readonly operations: readonly Operation[];
  /** As it was called when it was stopped last. */
  readonly name?: string;
  readonly lines: readonly TimelineLine[];
  /** By stops of alerts and leases, in the last 30 days. */
  readonly saved: Readonly<Figures>;
  /** By which prices its dollars are. */
  readonly basis: string;
  /** There was more than the timeline tells. */
  readonly isCut: boolean;
}

/** @throws ProblemError with 404 for a machine of which nothing is known */
export async function readStory({ store, savings }: HttpParts, id: string, reading: Reading): Promise<MachineStory> {
  const { now } = reading;
  const since = now - TOLD_MS;
  const saidOf = async (event: 'hold' | 'lease') => store.audit({ machine: id, event, since, limit: MOST_SAID });
  const saved = lastDays(USUAL_DAYS, now, reading.zone);
  const [row, operations, intervals, holds, leases, notices, stops] = await Promise.all([
    store.machine(id, now),
    store.list({ machine: { target: id, instance: id }, limit: MOST_OPERATIONS }),
    store.intervals([id], since),
    saidOf('hold'),
    saidOf('lease'),
    store.notices({ machine: id, limit: MOST_NOTICES }),
    store.stops({ ...saved, instances: [id] }),
  ]);
  const said = [...holds, ...leases].flatMap(toSaid);
  const isKnown = row !== undefined || [operations, said, stops].some(({ length }) => length > 0);
  if (!isKnown) throw new ProblemError(404, unknown(id));
  const lately = operations.filter((each) => !('endedAt' in each) || each.endedAt >= since);
  const trails = await store.trails(lately.map((each) => each.id));
  const past = {
    intervals: intervals.get(id) ?? [],
    operations: lately.map((operation) => ({ operation, trail: trails.get(operation.id) ?? [] })),
    said,
    notices,
  };
  const { total, origins } = savingsOf(createStopColumns(stops), { ...saved, cap: savings.capMs, zone: reading.zone });
  return {
    id,
    ...(row === undefined ? {} : { row }),
    intervals: past.intervals,
    operations,
    // A state that began earlier still lasts, and is told; a step of an operation from before is not.
    ...nameIn(stops),
    lines: timeline(past, reading),
    saved: total.automatic,
    basis: tellOrigins(origins),
    isCut: operations.length === MOST_OPERATIONS || lately.length < operations.length,
  };
}

function nameIn(stops: readonly StopRecord[]): Pick<MachineStory, 'name'> {
  const name = stops.at(-1)?.name;
  return name === undefined ? {} : { name };
}

function toSaid(entry: AuditEntry): readonly Said[] {
  if (entry.event !== 'hold' && entry.event !== 'lease') return [];
  const { at, event, who, message } = entry;
  return [{ at, event, who, message }];
}

function unknown(id: string): string {
  return `Nothing is known of a machine ${id}. Either the id is not right, or the machine is not watched and nothing was ever asked of it, or its records were deleted because they are old. "ec2-operator doctor ${id}" says whether it can be found now`;
}
