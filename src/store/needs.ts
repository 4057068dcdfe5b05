/** Which alerts ask for a machine that runs. */
import type { Kysely } from 'kysely';
import { alertOf } from '../domain/cause.ts';
import type { StandingAlert } from '../domain/need.ts';
import { toCause } from './rows.ts';
import type { Database } from './schema.ts';

/** More than one is enough to know. */
const MAX_STANDING = 20;

/** @returns those that have asked to start this instance, and that nobody has said are over; the latest first */
export async function standingStarts(db: Kysely<Database>, instance: string): Promise<readonly StandingAlert[]> {
  const rows = await db
    .selectFrom('operation')
    .innerJoin('episode', 'episode.operation_id', 'operation.id')
    .select(['episode.cause', 'episode.seen_at'])
    .where('operation.instance_id', '=', instance)
    .where('operation.verb', '=', 'start')
    .where('episode.resolved_at', 'is', null)
    .where('episode.cause', 'is not', null)
    .orderBy('episode.seen_at', 'desc')
    .limit(MAX_STANDING)
    .execute();
  return rows.flatMap(({ cause: text, seen_at: seenAt }) => {
    const cause = text === null ? undefined : toCause(text);
    const alert = cause && alertOf(cause);
    return alert === undefined ? [] : [{ fingerprint: alert.fingerprint, alertname: alert.alertname, seenAt }];
  });
}
