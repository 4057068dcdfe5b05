/** How operations stand at this moment: what may have changed since the worker that carries them has read them. */
import type { Kysely } from 'kysely';
import { episodeOf } from '../domain/cause.ts';
import type { Operation } from '../domain/operation.ts';
import { findOverruling, keepsBack } from '../domain/precedence.ts';
import { targetKey } from '../domain/target.ts';
import { isNeed, namesOf } from '../domain/word.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Standing } from './port.ts';
import { toOperations } from './rows.ts';
import type { Database } from './schema.ts';
import { readWords } from './words.ts';

/** As `Store.standing`. */
export async function readStanding(
  db: Kysely<Database>,
  owner: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Standing>> {
  const operations = await readOwned(db, owner, ids);
  const alerts = await readAlerts(db, operations);
  const words = await readWords(
    db,
    operations.flatMap(({ intent, instance }) => namesOf(intent, instance?.id)),
  );
  const rivals = await findUnresolvedRivals(db, operations);
  return new Map(
    operations.map((operation): [string, Standing] => {
      const { id, intent, instance } = operation;
      const { seenAt, isOver = false } = alerts.get(id) ?? {};
      const overruledBy = instance === undefined ? undefined : findOverruling(words, instance.id, intent);
      const needed = words.find((word) => word.instance === instance?.id && isNeed(word));
      const rival = rivals.get(id);
      const standing = {
        cause: intent.cause,
        isResolved: isOver && episodeOf(intent.cause) !== undefined,
        ...(overruledBy === undefined ? {} : { overruledBy }),
        ...(needed === undefined ? {} : { needed }),
        ...(seenAt === undefined ? {} : { seenAt }),
        ...(rival === undefined ? {} : { rival }),
      };
      return [id, standing];
    }),
  );
}

/**
 * A person asks for the opposite by the same name, or by the id, and nobody knows yet which machine it leads to: once that is
 * known her operation takes precedence, and until then nothing is done that it would have to undo.
 *
 * @returns by the id of the operation the id of hers
 */
export async function findUnresolvedRivals(
  db: Kysely<Database>,
  operations: readonly Operation[],
): Promise<ReadonlyMap<string, string>> {
  const named = new Map<string, Operation[]>();
  for (const operation of operations) {
    for (const name of namesOf(operation.intent, operation.instance?.id))
      named.set(name, [...(named.get(name) ?? []), operation]);
  }
  const rivals = new Map<string, string>();
  for (const some of chunks([...named.keys()], CHUNK)) {
    const rows = await db
      .selectFrom('operation')
      .selectAll()
      .where('target', 'in', some)
      .where('ended_at', 'is', null)
      .where('instance_id', 'is', null)
      .execute();
    for (const other of toOperations(rows)) {
      for (const operation of named.get(targetKey(other.intent.target)) ?? []) {
        if (keepsBack(other, operation)) rivals.set(operation.id, other.id);
      }
    }
  }
  return rivals;
}

/** As `Store.openOn`. */
export async function openOn(
  db: Kysely<Database>,
  instance: string,
  names: readonly string[],
): Promise<readonly Operation[]> {
  const open = db.selectFrom('operation').selectAll().where('ended_at', 'is', null);
  const there = await open.where('instance_id', '=', instance).execute();
  const unresolved = await open.where('target', 'in', names).where('instance_id', 'is', null).execute();
  return toOperations([...there, ...unresolved]);
}

async function readOwned(db: Kysely<Database>, owner: string, ids: readonly string[]): Promise<readonly Operation[]> {
  const owned: Operation[] = [];
  for (const some of chunks([...new Set(ids)], CHUNK)) {
    const rows = await db
      .selectFrom('operation')
      .selectAll()
      .where('id', 'in', some)
      .where('owner', '=', owner)
      .where('ended_at', 'is', null)
      .execute();
    owned.push(...toOperations(rows));
  }
  return owned;
}

interface Alerts {
  /** Whether there were any, and all of them are over. */
  readonly isOver: boolean;
  /** When a copy of one that is not over came last. */
  readonly seenAt?: number;
}

async function readAlerts(
  db: Kysely<Database>,
  operations: readonly Operation[],
): Promise<ReadonlyMap<string, Alerts>> {
  const alerts = new Map<string, Alerts>();
  const ids = operations.map(({ id }) => id);
  for (const some of chunks(ids, CHUNK)) {
    const rows = await db
      .selectFrom('episode')
      .select(['operation_id', 'seen_at', 'resolved_at'])
      .where('operation_id', 'in', some)
      .$narrowType<{ operation_id: string }>()
      .execute();
    for (const { operation_id: id, seen_at: seenAt, resolved_at: resolvedAt } of rows) {
      const known = alerts.get(id);
      if (resolvedAt === null) alerts.set(id, { isOver: false, seenAt: Math.max(seenAt, known?.seenAt ?? 0) });
      else alerts.set(id, known ?? { isOver: true });
    }
  }
  return alerts;
}
