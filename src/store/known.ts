/** The background of a delivery's alerts: their episodes, the open operations for the same work, and persons' words. */
import type { KnownEpisode, KnownOperation, OpenWork } from '../domain/admission.ts';
import { traitsOf } from '../domain/cause.ts';
import { standsBy, workKey, type Intent } from '../domain/intent.ts';
import type { Word } from '../domain/word.ts';
import { readChunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import { lockUnread } from './locks.ts';
import { toCause, toInstance, toIntent, type InstanceColumns, toWaitingReason } from './rows.ts';
import type { Db, Transaction } from './schema.ts';
import { readWords } from './words.ts';

export interface Known {
  /** By the key of the work. */
  readonly open: Map<string, OpenWork>;
  /** By their keys. */
  readonly episodes: Map<string, KnownEpisode>;
  readonly words: readonly Word[];
}

export async function readKnown(db: Db, intents: readonly Intent[], ended: readonly string[] = []): Promise<Known> {
  // In this order: an operation that ends between the two queries is found done, instead of neither open nor done.
  const open = await readOpen(db, intents);
  const episodes = await readEpisodes(db, [...intents.flatMap((intent) => standsBy(intent) ?? []), ...ended]);
  const machines = [...episodes.values()].flatMap(({ operation }) => operation?.instance?.id ?? []);
  return { open, episodes, words: await readWords(db, machines) };
}

/**
 * Deliveries about the same work or the same alert take turns over all replicas: none decides by rows that another is about to
 * change. Then the operations that they may change or name are locked, so that none is pruned meanwhile.
 */
export async function takeTurn(
  transaction: Transaction,
  intents: readonly Intent[],
  ended: readonly string[],
  heard: readonly string[],
  lockWork: Differences['lockWork'],
): Promise<void> {
  const works = intents.flatMap(worksOf);
  const episodes = [...intents.flatMap((intent) => standsBy(intent) ?? []), ...ended];
  await lockWork(transaction, [...works, ...episodes, ...heard]);
  const open = await readChunks(works, async (some) => {
    const rows = transaction.selectFrom('operation').select('id').where('work_key', 'in', some);
    return rows.where('ended_at', 'is', null).execute();
  });
  const served = await readChunks(episodes, async (some) =>
    transaction.selectFrom('episode').select('operation_id as id').where('key', 'in', some).execute(),
  );
  const ids = [...open, ...served].flatMap(({ id }) => id ?? []);
  await lockUnread(transaction, ids);
}

async function readOpen(db: Db, intents: readonly Intent[]): Promise<Known['open']> {
  const rows = await readChunks(intents.flatMap(worksOf), async (some) =>
    db
      .selectFrom('operation')
      .select(['work_key', 'id', 'intent', 'state', 'reason'])
      .where('work_key', 'in', some)
      .where('ended_at', 'is', null)
      .execute(),
  );
  return new Map(
    rows.map((row) => {
      const { id, state, reason } = row;
      const waitsFor = state === 'waiting' && reason !== null ? toWaitingReason(reason) : undefined;
      const intent = lazily(() => toIntent(row.intent));
      return [row.work_key, { id, intent, ...(waitsFor === undefined ? {} : { waitsFor }) }];
    }),
  );
}

/** Reads at the first use, and only then: many alerts may ask for the same. */
function lazily<T>(read: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: read() }).value;
}

/** The work of an intent, and of a person's that goes its own way (`goesApart`). */
function worksOf(intent: Intent): readonly string[] {
  return traitsOf(intent.cause).isWord ? [workKey(intent), workKey({ ...intent, apart: true })] : [workKey(intent)];
}

export async function readEpisodes(db: Db, keys: Iterable<string>): Promise<Known['episodes']> {
  const rows = await readChunks(keys, async (some) =>
    db
      .selectFrom('episode')
      .leftJoin('operation', 'operation.id', 'episode.operation_id')
      .select(['key', 'seen_at', 'resolved_at', 'cause', 'id', 'state', 'reason', 'message', 'ended_at', 'dry_run'])
      .select(['instance_id', 'instance_name', 'instance_owner', 'place'])
      .where('key', 'in', some)
      .execute(),
  );
  return new Map(
    rows.map((row): [string, KnownEpisode] => {
      const cause = row.cause === null ? undefined : toCause(row.cause);
      const operation = toKnownOperation(row);
      const known = {
        seenAt: row.seen_at,
        ...(row.resolved_at === null ? {} : { overSince: row.resolved_at }),
        ...(cause === undefined ? {} : { cause }),
        ...(operation === undefined ? {} : { operation }),
      };
      return [row.key, known];
    }),
  );
}

/** Null where the episode has no operation. */
type Joined = {
  readonly [column in 'id' | 'state' | 'reason' | 'message' | keyof InstanceColumns]: string | null;
} & { readonly [column in 'ended_at' | 'dry_run']: number | null };

function toKnownOperation({ id, state, ...row }: Joined): KnownOperation | undefined {
  if (id === null || state === null) return undefined;
  const instance = toInstance(row);
  return {
    id,
    state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.message === null ? {} : { message: row.message }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    dryRun: row.dry_run === 1,
    ...(instance === undefined ? {} : { instance }),
  };
}
