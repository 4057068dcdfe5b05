/** The operations that a sender has opened, joined or repeated. */
import { TRAIL_EVENTS } from '../domain/trail.ts';
import type { AuditEvent } from './audit-entry.ts';
import type { Db } from './schema.ts';

/** As `Store.hasAskedFor`. */
export async function hasAskedFor(db: Db, who: string, operation: string): Promise<boolean> {
  const row = await db
    .selectFrom('audit')
    .select('id')
    .where('operation_id', '=', operation)
    .where('who', '=', who)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The entries that are written when a sender asks for an operation. */
const EVENTS = [...TRAIL_EVENTS, 'receipt'] as const satisfies readonly AuditEvent[];

/** How many of a sender's latest entries are read, of each event: Alertmanager writes several a minute. */
const LATEST = 2_000;

/** @returns the ids of the operations that a sender has asked for lately, each once, newest first */
export async function latestAskedBy(db: Db, who: string): Promise<readonly string[]> {
  const [first, ...others] = EVENTS.map((event) => {
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
  if (first === undefined) return [];
  const rows = await others.reduce((all, part) => all.unionAll(part), first).execute();
  return [...new Set(rows.flatMap(({ operation_id: id }) => id ?? []))].toSorted().toReversed();
}
