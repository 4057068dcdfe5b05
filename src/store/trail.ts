/** An operation's history, which is part of the log. */
import { TRAIL_EVENTS, trailEntrySchema, type TrailEntry } from '../domain/trail.ts';
import { clampTime } from '../domain/time.ts';
import { readChunks } from './chunks.ts';
import { readJson } from './read-json.ts';
import type { AuditRow, Db } from './schema.ts';

export const UNREADABLE = 'another version of ec2-operator wrote this entry, and this one cannot read it';

/** As `Store.trail`. Receipts that name the operation are not part of its history. */
export async function readTrail(db: Db, operation: string): Promise<readonly TrailEntry[]> {
  return (await readTrails(db, [operation])).get(operation) ?? [];
}

/** How often an entry came, and when last. */
export function repetitionsOf({ times, last_at: lastAt }: Pick<AuditRow, 'times' | 'last_at'>): {
  readonly times?: number;
  readonly lastAt?: number;
} {
  return times === null || lastAt === null ? {} : { times, lastAt: clampTime(lastAt) };
}

/** As `Store.trails`. */
export async function readTrails(
  db: Db,
  operations: readonly string[],
): Promise<ReadonlyMap<string, readonly TrailEntry[]>> {
  const rows = await readChunks(operations, async (some) =>
    db
      .selectFrom('audit')
      .select(['operation_id', 'at', 'entry', 'times', 'last_at'])
      .where('operation_id', 'in', some)
      .where('event', 'in', TRAIL_EVENTS)
      .orderBy('operation_id')
      .orderBy('id')
      .execute(),
  );
  const trails = new Map<string, TrailEntry[]>();
  for (const { operation_id: operation, at, entry, ...row } of rows) {
    const trail = trails.get(operation ?? '') ?? [];
    const written = readJson(trailEntrySchema, entry) ?? { at, event: 'state', message: UNREADABLE };
    trail.push({ ...written, ...repetitionsOf(row) });
    trails.set(operation ?? '', trail);
  }
  return trails;
}
