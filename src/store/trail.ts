/** An operation's history: what the log says of it. */
import type { Kysely, Transaction } from 'kysely';
import * as z from 'zod';
import { STATES } from '../domain/operation.ts';
import { append } from './audit.ts';
import type { TrailEntry } from './port.ts';
import { readJson, time } from './rows.ts';
import type { Database } from './schema.ts';

const optionalText = z.exactOptional(z.string());

export const trailEntry = z.object({
  at: time,
  event: z.enum(['state', 'joined']),
  state: z.exactOptional(z.enum(STATES)),
  reason: optionalText,
  message: optionalText,
  guard: optionalText,
  verdicts: z.exactOptional(
    z.array(
      z.object({
        guard: z.string(),
        verdict: z.enum(['allow', 'wait', 'refuse', 'passed']),
        message: optionalText,
      }),
    ),
  ),
  requestId: optionalText,
  code: optionalText,
  who: optionalText,
  remote: optionalText,
  delivery: optionalText,
  fingerprint: optionalText,
  alertname: optionalText,
  traceId: optionalText,
}) satisfies z.ZodType<TrailEntry>;

/** Stands in the place of an entry, so that the others are shown. */
export const UNREADABLE = 'another version of ec2-operator wrote this entry, and this one cannot read it';

export async function appendTrail(
  transaction: Transaction<Database>,
  entries: readonly { readonly operation: string; readonly entry: TrailEntry }[],
): Promise<void> {
  await append(transaction, entries);
}

/** Oldest first. Later notifications of the same alert, whose receipts name the operation, are no part of its history. */
export async function readTrail(db: Kysely<Database>, operation: string): Promise<readonly TrailEntry[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['at', 'entry'])
    .where('operation_id', '=', operation)
    .where('event', 'in', ['state', 'joined'])
    .orderBy('id')
    .execute();
  return rows.map(({ at, entry }) => readJson(trailEntry, entry) ?? { at, event: 'state', message: UNREADABLE });
}
