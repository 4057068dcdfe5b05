/** How operations stand at this moment: their worker read them earlier. */
import { sql } from 'kysely';
import { episodeOf } from '../domain/cause.ts';
import type { Operation } from '../domain/operation.ts';
import { findKeeper, findOverruling, momentOf } from '../domain/precedence.ts';
import { SILENCE } from '../domain/voice.ts';
import { isNeed, namesOf } from '../domain/word.ts';
import { readChunks } from './chunks.ts';
import { toldOf } from './notices.ts';
import type { Standing } from './port.ts';
import { toOperations } from './rows.ts';
import type { Db } from './schema.ts';
import { readVoices } from './voice.ts';
import { readWords } from './words.ts';

/** As `Store.standing`. */
export async function readStanding(
  db: Db,
  owner: string,
  ids: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Standing>> {
  return standingOf(db, await readOwned(db, owner, ids), now);
}

/** By id, how these operations stand. */
export async function standingOf(
  db: Db,
  operations: readonly Operation[],
  now: number,
): Promise<ReadonlyMap<string, Standing>> {
  const seen = await readSeen(
    db,
    operations.map(({ id }) => id),
  );
  const words = await readWords(
    db,
    operations.flatMap(({ intent, instance }) => namesOf(intent, instance?.id)),
  );
  const unresolved = await readUnresolved(db, operations);
  const voices = await readVoices(
    db,
    operations.flatMap(({ instance }) => instance?.id ?? []),
    now,
  );
  const told = await toldOf(
    db,
    operations.flatMap(({ id, warned }) => (warned === undefined ? [] : [id])),
  );
  return new Map(
    operations.map((operation): [string, Standing] => {
      const { id, intent, instance, warned } = operation;
      const seenAt = seen.get(id);
      const overruledBy = instance === undefined ? undefined : findOverruling(words, instance.id, intent);
      const needed = words.find((word) => word.instance === instance?.id && isNeed(word));
      const rival = findKeeper(operation, unresolved, now);
      const standing = {
        cause: intent.cause,
        voice: voices.get(instance?.id ?? '') ?? SILENCE,
        isResolved: seenAt === null && episodeOf(intent.cause) !== undefined,
        ...(overruledBy === undefined ? {} : { overruledBy }),
        ...(needed === undefined ? {} : { needed }),
        ...(typeof seenAt === 'number' ? { seenAt } : {}),
        ...(rival === undefined ? {} : { rival: rival.id }),
        ...(warned === undefined ? {} : { told: told.get(id) ?? [] }),
      };
      return [id, standing];
    }),
  );
}

/** Operations that have not found their machine yet, and may keep these back (`findKeeper`). */
export async function readUnresolved(db: Db, operations: readonly Operation[]): Promise<readonly Operation[]> {
  const unresolved = db
    .selectFrom('operation')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('instance_id', 'is', null);
  const names = new Set(operations.flatMap(({ intent, instance }) => namesOf(intent, instance?.id)));
  const named = await readChunks(names, async (some) => unresolved.where('target', 'in', some).execute());
  const stops = operations.filter(({ intent }) => intent.verb === 'stop');
  if (stops.length === 0) return toOperations(named);
  const { from, to } = momentOf(stops);
  const starts = unresolved.where('verb', '=', 'start').where('created_at', '>=', from).where('created_at', '<=', to);
  return toOperations([...named, ...(await starts.execute())]);
}

/** As `Store.openOn`. */
export async function openOn(db: Db, instance: string, names: readonly string[]): Promise<readonly Operation[]> {
  const open = db.selectFrom('operation').selectAll().where('ended_at', 'is', null);
  const there = await open.where('instance_id', '=', instance).execute();
  const unresolved = await readChunks(names, async (some) =>
    open.where('target', 'in', some).where('instance_id', 'is', null).execute(),
  );
  return toOperations([...there, ...unresolved]);
}

async function readOwned(db: Db, owner: string, ids: readonly string[]): Promise<readonly Operation[]> {
  const rows = await readChunks(ids, async (some) =>
    db
      .selectFrom('operation')
      .selectAll()
      .where('id', 'in', some)
      .where('owner', '=', owner)
      .where('ended_at', 'is', null)
      .execute(),
  );
  return toOperations(rows);
}

/** By operation, when a copy of an alert that is not over came last; null where all alerts are over. */
async function readSeen(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, number | null>> {
  const rows = await readChunks(ids, async (some) =>
    db
      .selectFrom('episode')
      .select(['operation_id', sql<number | null>`max(case when resolved_at is null then seen_at end)`.as('seen')])
      .where('operation_id', 'in', some)
      .groupBy('operation_id')
      .execute(),
  );
  return new Map(rows.map(({ operation_id: id, seen }) => [id ?? '', seen]));
}
