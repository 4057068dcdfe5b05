/** What a sender has asked for: has opened, joined or repeated. */
import type { Kysely } from 'kysely';
import { TRAIL_EVENTS } from '../domain/trail.ts';
import type { AuditEvent } from './audit-entry.ts';
import type { Database } from './schema.ts';

/** As `Store.hasAskedFor`. */
export async function hasAskedFor(db: Kysely<Database>, who: string, operation: string): Promise<boolean> {
  const row = await db
    .selectFrom('audit')
    .select('id')
    .where('operation_id', '=', operation)
    .where('who', '=', who)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What is recorded of an operation when a sender asks for it. */
const EVENTS = [...TRAIL_EVENTS, 'receipt'] as const satisfies readonly AuditEvent[];

/** So much of what a sender did last is looked at, of each event: of one that sends every minute, not all can be. */
const LATEST = 2_000;

/** @returns the operations that a sender has asked for lately, each once, newest first */
export async function latestAskedBy(db: Kysely<Database>, who: string): Promise<readonly string[]> {
  const [state, joined, receipt] = EVENTS.map((event) => {
    const latest = db
      .selectFrom('audit')
      .select('operation_id')
      .where('who', '=', who)
      .where('event', '=', event)
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(LATEST);
    return db.selectFrom(latest.as('latest')).select('operation_id').where('operation_id', 'is not', null);
  });
  if (state === undefined || joined === undefined || receipt === undefined) return [];
  const rows = await state.unionAll(joined).unionAll(receipt).execute();
  return [...new Set(rows.flatMap(({ operation_id: id }) => id ?? []))].toSorted().toReversed();
}
