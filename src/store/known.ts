/** What is known of the alerts of deliveries: their episodes, the open operations for the same work, and persons' words. */
import type { Kysely, Transaction } from 'kysely';
import type { KnownEpisode, KnownOperation, OpenWork } from '../domain/admission.ts';
import { standsBy, workKey, type Intent } from '../domain/intent.ts';
import type { Word } from '../domain/word.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import { lockOperations } from './locks.ts';
import { toCause, toInstance, toIntent } from './rows.ts';
import type { Database } from './schema.ts';
import { readWords } from './words.ts';

export interface Known {
  /** By the key of the work. */
  readonly open: Map<string, OpenWork>;
  /** By their keys. */
  readonly episodes: Map<string, KnownEpisode>;
  readonly words: readonly Word[];
}

export async function readKnown(
  db: Kysely<Database>,
  intents: readonly Intent[],
  ended: readonly string[] = [],
): Promise<Known> {
  // In this order: what ends between the two questions is then found done, instead of neither open nor done.
  const open = await readOpen(db, intents);
  const keys = new Set([...intents.map(standsBy).filter((key) => key !== undefined), ...ended]);
  const episodes = await readEpisodes(db, [...keys]);
  const machines = [...episodes.values()].flatMap(({ operation }) => operation?.instance?.id ?? []);
  return { open, episodes, words: await readWords(db, machines) };
}

/**
 * Deliveries about the same work or the same alert take turns over all replicas: none of them decides by what another one is
 * about to change. Then the operations that they may change or speak of are locked: what has ended is not forgotten meanwhile.
 */
export async function takeTurn(
  transaction: Transaction<Database>,
  intents: readonly Intent[],
  ended: readonly string[],
  lockWork: Differences['lockWork'],
): Promise<void> {
  const work = [...new Set(intents.map(workKey))];
  const asking = intents.map(standsBy).filter((key) => key !== undefined);
  await lockWork(transaction, [...work, ...asking, ...ended]);
  const ids: string[] = [];
  for (const some of chunks(work, CHUNK)) {
    const rows = transaction.selectFrom('operation').select('id').where('work_key', 'in', some);
    ids.push(...(await rows.where('ended_at', 'is', null).execute()).map(({ id }) => id));
  }
  for (const some of chunks([...new Set([...asking, ...ended])], CHUNK)) {
    const rows = transaction.selectFrom('episode').select('operation_id').where('key', 'in', some);
    ids.push(...(await rows.execute()).flatMap(({ operation_id: id }) => id ?? []));
  }
  await lockOperations(transaction, ids, { concurrent: true });
}

async function readOpen(db: Kysely<Database>, intents: readonly Intent[]): Promise<Known['open']> {
  const open: Known['open'] = new Map();
  for (const some of chunks([...new Set(intents.map(workKey))], CHUNK)) {
    const rows = await db
      .selectFrom('operation')
      .select(['work_key', 'id', 'intent'])
      .where('work_key', 'in', some)
      .where('ended_at', 'is', null)
      .execute();
    for (const row of rows) open.set(row.work_key, { id: row.id, intent: () => toIntent(row.intent) });
  }
  return open;
}

export async function readEpisodes(db: Kysely<Database>, keys: readonly string[]): Promise<Known['episodes']> {
  const episodes: Known['episodes'] = new Map();
  for (const some of chunks(keys, CHUNK)) {
    const rows = await db
      .selectFrom('episode')
      .leftJoin('operation', 'operation.id', 'episode.operation_id')
      .select(['key', 'seen_at', 'resolved_at', 'cause', 'id', 'state', 'reason', 'message', 'ended_at'])
      .select(['instance_id', 'instance_name', 'place'])
      .where('key', 'in', some)
      .execute();
    for (const row of rows) {
      const cause = row.cause === null ? undefined : toCause(row.cause);
      const operation = toKnownOperation(row);
      episodes.set(row.key, {
        seenAt: row.seen_at,
        ...(row.resolved_at === null ? {} : { overSince: row.resolved_at }),
        ...(cause === undefined ? {} : { cause }),
        ...(operation === undefined ? {} : { operation }),
      });
    }
  }
  return episodes;
}

interface Joined {
  readonly id: string | null;
  readonly state: string | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly ended_at: number | null;
  readonly instance_id: string | null;
  readonly instance_name: string | null;
  readonly place: string | null;
}

function toKnownOperation({ id, state, ...row }: Joined): KnownOperation | undefined {
  if (id === null || state === null) return undefined;
  const instance = toInstance(row);
  return {
    id,
    state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.message === null ? {} : { message: row.message }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(instance === undefined ? {} : { instance }),
  };
}
