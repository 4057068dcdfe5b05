/** Forgets what is long over. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import * as audit from './audit.ts';
import type { Database } from './schema.ts';
import * as words from './words.ts';

/** Operations first, with their trails and episodes; then what was recorded of deliveries and of alerts without an operation. */
export async function prune(db: Kysely<Database>, endedBefore: number, limit: number): Promise<number> {
  const old = db
    .selectFrom('operation')
    .select('id')
    .where('ended_at', '<', endedBefore)
    // What was recorded lately is kept for as long as everything else, and so is what it speaks of.
    .where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom('audit')
            .select('audit.id')
            .whereRef('audit.operation_id', '=', 'operation.id')
            .where('audit.at', '>=', endedBefore),
        ),
      ),
    )
    .orderBy('ended_at')
    .limit(limit);
  // An alert that fired for weeks has left thousands of receipts: they go first, a statement at a time. The embedded database
  // would otherwise keep the whole process from everything else.
  do await nextTurn();
  while ((await audit.pruneOf(db, old, limit)) === limit);
  const result = await db.deleteFrom('operation').where('id', 'in', old).executeTakeFirst();
  const operations = Number(result.numDeletedRows);
  let pruned = operations;
  for (const more of [audit.prune, pruneAlone, words.prune])
    if (pruned < limit) pruned += await more(db, endedBefore, limit - pruned);
  return pruned;
}

/** The episodes that no operation served. */
async function pruneAlone(db: Kysely<Database>, before: number, limit: number): Promise<number> {
  const old = db
    .selectFrom('episode')
    .select('key')
    .where('operation_id', 'is', null)
    .where('seen_at', '<', before)
    .orderBy('seen_at')
    .limit(limit);
  const result = await db.deleteFrom('episode').where('key', 'in', old).executeTakeFirst();
  return Number(result.numDeletedRows);
}
