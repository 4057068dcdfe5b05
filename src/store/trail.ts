/** An operation's history: what the log says of it. */
import type { Kysely, Transaction } from 'kysely';
import type { Operation } from '../domain/operation.ts';
import { TRAIL_EVENTS, trailEntrySchema, type TrailEntry } from '../domain/trail.ts';
import { append } from './audit.ts';
import { readJson } from './rows.ts';
import type { Database } from './schema.ts';

/** Stands in the place of an entry, so that the others are shown. */
export const UNREADABLE = 'another version of ec2-operator wrote this entry, and this one cannot read it';

export async function appendTrail(
  transaction: Transaction<Database>,
  moves: readonly { readonly after: Pick<Operation, 'id'>; readonly entry: TrailEntry }[],
): Promise<void> {
  await append(
    transaction,
    moves.map(({ after, entry }) => ({ operation: after.id, entry })),
  );
}

/** Oldest first. Later notifications of the same alert, whose receipts name the operation, are no part of its history. */
export async function readTrail(db: Kysely<Database>, operation: string): Promise<readonly TrailEntry[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['at', 'entry'])
    .where('operation_id', '=', operation)
    .where('event', 'in', TRAIL_EVENTS)
    .orderBy('id')
    .execute();
  return rows.map(({ at, entry }) => readJson(trailEntrySchema, entry) ?? { at, event: 'state', message: UNREADABLE });
}
