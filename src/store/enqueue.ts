/** Records a delivery: all of it in one transaction, or nothing. */
import type { Transaction } from 'kysely';
import { workKey, type Intent } from '../domain/intent.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { Enqueued, NewOperation } from './port.ts';
import { newRow, toIntent } from './rows.ts';
import type { Database, EpisodeRow, OperationRow } from './schema.ts';
import { appendTrail } from './trail.ts';

export async function enqueue(
  transaction: Transaction<Database>,
  requests: readonly NewOperation[],
  now: number,
  differences: Pick<Differences, 'announceWork'>,
): Promise<readonly Enqueued[]> {
  // In this order: what ends between the two questions is then found done, instead of neither open nor done.
  const open = await findOpen(transaction, requests);
  const done = await findDone(transaction, requests);
  const fresh: OperationRow[] = [];
  const joined: { readonly operation: string; readonly intent: Intent }[] = [];
  const heavier = new Map<string, Intent>();
  const episodes = new Map<string, EpisodeRow>();

  const answers = requests.map(({ id, intent }): Enqueued => {
    const episode = episodeOf(intent);
    const finished = episode === undefined ? undefined : done.get(episode);
    if (finished !== undefined) return { outcome: 'done', operation: finished };
    const key = workKey(intent);
    const existing = open.get(key);
    const operation = existing?.id ?? id;
    if (episode !== undefined) episodes.set(episode, { key: episode, operation_id: operation, seen_at: now });
    if (existing !== undefined) {
      joined.push({ operation, intent });
      if (weighsMore(intent.cause, existing.intent().cause)) {
        heavier.set(operation, intent);
        open.set(key, { id: operation, intent: () => intent });
      }
      return { outcome: 'joined', operation };
    }
    open.set(key, { id, intent: () => intent });
    fresh.push(newRow(id, intent, now));
    return { outcome: 'accepted', operation };
  });

  for (const rows of chunks(
    sorted(fresh, ({ work_key }) => work_key),
    CHUNK,
  ))
    await transaction.insertInto('operation').values(rows).execute();
  for (const rows of chunks(
    sorted([...episodes.values()], ({ key }) => key),
    CHUNK,
  ))
    await upsertEpisodes(transaction, rows);
  await retell(transaction, heavier);
  await hurry(transaction, joined, now);
  await appendTrail(transaction, [
    ...fresh.map(({ id }) => ({
      operation: id,
      entry: { at: now, event: 'state' as const, state: 'queued' as const },
    })),
    ...joined.map(({ operation, intent }) => ({
      operation,
      entry: { at: now, event: 'joined' as const, message: nameCause(intent) },
    })),
  ]);
  if (fresh.length + joined.length > 0) await differences.announceWork(transaction);
  return answers;
}

/** Two deliveries with the same members take their locks in the same order, so that neither waits for the other in a circle. */
function sorted<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  return rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** Operations that have succeeded for an episode: Alertmanager sends the whole group again whenever one member changes. */
async function findDone(
  transaction: Transaction<Database>,
  requests: readonly NewOperation[],
): Promise<Map<string, string>> {
  const keys = requests.map(({ intent }) => episodeOf(intent)).filter((key) => key !== undefined);
  const done = new Map<string, string>();
  for (const some of chunks([...new Set(keys)], CHUNK)) {
    const rows = await transaction
      .selectFrom('episode')
      .innerJoin('operation', 'operation.id', 'episode.operation_id')
      .select(['episode.key', 'operation.id'])
      .where('episode.key', 'in', some)
      .where('operation.state', '=', 'succeeded')
      .execute();
    for (const row of rows) done.set(row.key, row.id);
  }
  return done;
}

async function findOpen(
  transaction: Transaction<Database>,
  requests: readonly NewOperation[],
): Promise<Map<string, Open>> {
  const open = new Map<string, Open>();
  for (const some of chunks([...new Set(requests.map(({ intent }) => workKey(intent)))], CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .select(['work_key', 'id', 'intent'])
      .where('work_key', 'in', some)
      .where('ended_at', 'is', null)
      .execute();
    for (const row of rows) open.set(row.work_key, { id: row.id, intent: () => toIntent(row.intent) });
  }
  return open;
}

async function upsertEpisodes(transaction: Transaction<Database>, rows: readonly EpisodeRow[]): Promise<void> {
  await transaction
    .insertInto('episode')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((excluded) => ({
        operation_id: excluded.ref('excluded.operation_id'),
        seen_at: excluded.ref('excluded.seen_at'),
      })),
    )
    .execute();
}

/** An open operation, whose intent is read only when somebody joins it. */
interface Open {
  readonly id: string;
  readonly intent: () => Intent;
}

/** Whose cause an operation is judged by when two have asked for it: a person's before an alert's, then the newer. */
function weighsMore(one: Intent['cause'], other: Intent['cause']): boolean {
  return one.by === other.by ? one.beganAt > other.beganAt : one.by === 'person';
}

/** What has not been begun yet is judged by the cause that weighs most: an old alert must not refuse a new request. */
async function retell(transaction: Transaction<Database>, heavier: ReadonlyMap<string, Intent>): Promise<void> {
  for (const [id, intent] of heavier) {
    await transaction
      .updateTable('operation')
      .set({ intent: JSON.stringify(intent) })
      .where('id', '=', id)
      .where('state', 'in', ['queued', 'waiting'])
      .execute();
  }
}

/** Somebody is at the other end of a person's request: what waits is looked at now. */
async function hurry(
  transaction: Transaction<Database>,
  joined: readonly { readonly operation: string; readonly intent: Intent }[],
  now: number,
): Promise<void> {
  const ids = joined.filter(({ intent }) => intent.cause.by === 'person').map(({ operation }) => operation);
  if (ids.length === 0) return;
  await transaction
    .updateTable('operation')
    .set({ available_at: now })
    .where('id', 'in', ids)
    .where('state', '=', 'waiting')
    .where('owner', 'is', null)
    .execute();
}

function episodeOf(intent: Intent): string | undefined {
  return intent.cause.by === 'alert' ? intent.cause.episode : undefined;
}

/** Who asks, as trails name them. */
function nameCause({ cause }: Intent): string {
  return cause.by === 'alert' ? `alert ${cause.alertname} (${cause.fingerprint})` : cause.name;
}
