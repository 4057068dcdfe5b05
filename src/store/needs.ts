/** The alerts that ask for a machine that runs. */
import { alertOf } from '../domain/cause.ts';
import type { StandingAlert } from '../domain/need.ts';
import { toCause } from './rows.ts';
import type { Db } from './schema.ts';

/** A sample is enough: each of them keeps the machine running. */
const MAX_STANDING = 20;

/** As `Store.standingStarts`. */
export async function standingStarts(db: Db, instance: string): Promise<readonly StandingAlert[]> {
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
