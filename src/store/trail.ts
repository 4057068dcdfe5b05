/** An operation's history, which is part of the log. */
import { TRAIL_EVENTS, trailEntrySchema, type TrailEntry } from '../domain/trail.ts';
import { readJson } from './rows.ts';
import type { Db } from './schema.ts';

export const UNREADABLE = 'another version of ec2-operator wrote this entry, and this one cannot read it';

/** Oldest first. Receipts that name the operation are not part of its history. */
export async function readTrail(db: Db, operation: string): Promise<readonly TrailEntry[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['at', 'entry'])
    .where('operation_id', '=', operation)
    .where('event', 'in', TRAIL_EVENTS)
    .orderBy('id')
    .execute();
  return rows.map(({ at, entry }) => readJson(trailEntrySchema, entry) ?? { at, event: 'state', message: UNREADABLE });
}
