/** Makes operations of intents: opens one, joins the one that is open, or finds that all is done. */
import type { Kysely, Transaction } from 'kysely';
import { episodeOf, standsBy, weighsMore } from '../domain/cause.ts';
import { workKey, type Intent } from '../domain/intent.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import { newRow, toIntent } from './rows.ts';
import type { Database, EpisodeRow, OperationRow } from './schema.ts';

export interface Request {
  /** The id of the operation that it opens, if it opens one. */
  readonly id: string;
  readonly intent: Intent;
  /**
   * Whether its alert asks for something in both of its states. What was done for one is undone for the other, and is to be
   * done again when the first comes back.
   */
  readonly alternates: boolean;
}

export interface Enqueued {
  readonly outcome: 'accepted' | 'joined' | 'done';
  readonly operation: string;
}

/** @returns one answer per request, in order */
export async function enqueue(
  transaction: Transaction<Database>,
  requests: readonly Request[],
  now: number,
  differences: Pick<Differences, 'announceWork' | 'concurrent'>,
): Promise<readonly Enqueued[]> {
  if (requests.length === 0) return [];
  // In this order: what ends between the two questions is then found done, instead of neither open nor done.
  const open = await findOpen(transaction, requests, differences.concurrent);
  const done = await findDone(transaction, requests);
  const fresh: OperationRow[] = [];
  const joined: { readonly operation: string; readonly intent: Intent }[] = [];
  const heavier = new Map<string, Intent>();
  const episodes = new Map<string, EpisodeRow>();

  const answers = requests.map(({ id, intent, alternates }): Enqueued => {
    const episode = episodeOf(intent.cause);
    const finished = episode === undefined ? undefined : done.get(episode);
    if (finished !== undefined && !(alternates && finished.isOver)) return { outcome: 'done', operation: finished.id };
    const key = workKey(intent);
    const existing = open.get(key);
    const operation = existing?.id ?? id;
    const behind = toEpisode(operation, intent, now);
    if (behind !== undefined) episodes.set(behind.key, behind);
    if (existing !== undefined) {
      joined.push({ operation, intent });
      const asked = existing.intent();
      // What cannot be read cannot be carried: the same work is written again, as it is asked for now.
      if (asked === undefined || weighsMore(intent.cause, asked.cause)) {
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
  if (fresh.length + joined.length > 0) await differences.announceWork(transaction);
  return answers;
}

function toEpisode(operation: string, { cause }: Intent, now: number): EpisodeRow | undefined {
  const key = standsBy(operation, cause);
  if (key === undefined) return undefined;
  return { key, operation_id: operation, seen_at: now, resolved_at: null, cause: JSON.stringify(cause) };
}

/** Two deliveries with the same members take their locks in the same order, so that neither waits for the other in a circle. */
function sorted<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  return rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

interface Done {
  /** The operation. */
  readonly id: string;
  /** Whether the end of the episode was recorded since. */
  readonly isOver: boolean;
}

/** Operations that have succeeded for an episode: Alertmanager sends the whole group again whenever one member changes. */
export async function findDone(
  transaction: Kysely<Database>,
  requests: readonly Pick<Request, 'intent'>[],
): Promise<Map<string, Done>> {
  const keys = requests.map(({ intent }) => episodeOf(intent.cause)).filter((key) => key !== undefined);
  const done = new Map<string, Done>();
  for (const some of chunks([...new Set(keys)], CHUNK)) {
    const rows = await transaction
      .selectFrom('episode')
      .innerJoin('operation', 'operation.id', 'episode.operation_id')
      .select(['episode.key', 'episode.resolved_at', 'operation.id'])
      .where('episode.key', 'in', some)
      .where('operation.state', '=', 'succeeded')
      .execute();
    for (const row of rows) done.set(row.key, { id: row.id, isOver: row.resolved_at !== null });
  }
  return done;
}

/** What is found stays open until this transaction ends: nobody cancels what an alert has just joined. */
export async function findOpen(
  transaction: Kysely<Database>,
  requests: readonly Pick<Request, 'intent'>[],
  concurrent: boolean,
): Promise<Map<string, Open>> {
  const open = new Map<string, Open>();
  for (const some of chunks([...new Set(requests.map(({ intent }) => workKey(intent)))], CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .select(['work_key', 'id', 'intent'])
      .where('work_key', 'in', some)
      .where('ended_at', 'is', null)
      .$if(concurrent, (query) => query.orderBy('id').forKeyShare())
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
        // What fires, again perhaps, is not over.
        resolved_at: excluded.ref('excluded.resolved_at'),
        cause: excluded.ref('excluded.cause'),
      })),
    )
    .execute();
}

/** An open operation, whose intent is read only when somebody joins it. */
interface Open {
  readonly id: string;
  readonly intent: () => Intent | undefined;
}

/**
 * What is open is judged by the cause that weighs most: an old alert must not refuse a new request. What has begun, too: it may
 * have to begin again, and a person who has joined it keeps it, whatever becomes of the alert.
 */
export async function retell(transaction: Transaction<Database>, heavier: ReadonlyMap<string, Intent>): Promise<void> {
  for (const [id, intent] of heavier) {
    await transaction
      .updateTable('operation')
      .set({ intent: JSON.stringify(intent) })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
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
