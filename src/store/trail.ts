/** An operation's history: written in the transaction of what it records, never changed afterwards. */
import type { Kysely, Transaction } from 'kysely';
import * as z from 'zod';
import { STATES } from '../domain/operation.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { TrailEntry } from './port.ts';
import type { Database } from './schema.ts';

const trailEntry = z.object({
  at: z.number(),
  event: z.enum(['state', 'joined']),
  state: z.exactOptional(z.enum(STATES)),
  reason: z.exactOptional(z.string()),
  message: z.exactOptional(z.string()),
  guard: z.exactOptional(z.string()),
  requestId: z.exactOptional(z.string()),
  code: z.exactOptional(z.string()),
}) satisfies z.ZodType<TrailEntry>;

export async function appendTrail(
  transaction: Transaction<Database>,
  entries: readonly { readonly operation: string; readonly entry: TrailEntry }[],
): Promise<void> {
  const rows = entries.map(({ operation, entry }) => ({
    operation_id: operation,
    at: entry.at,
    entry: JSON.stringify(entry),
  }));
  for (const some of chunks(rows, CHUNK)) await transaction.insertInto('trail').values(some).execute();
}

/** Oldest first. */
export async function readTrail(db: Kysely<Database>, operation: string): Promise<readonly TrailEntry[]> {
  const rows = await db
    .selectFrom('trail')
    .select('entry')
    .where('operation_id', '=', operation)
    .orderBy('id')
    .execute();
  return rows.map((row) => trailEntry.parse(JSON.parse(row.entry)));
}
