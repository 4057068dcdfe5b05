/** When people wanted which machine, also one that runs: each start that a person asks for is a wish. */
import type { Intent } from '../domain/intent.ts';
import type { Move } from '../domain/move.ts';
import type { Operation } from '../domain/operation.ts';
import { chunks } from './chunks.ts';
import { LASTS } from './machine-schema.ts';
import type { Transaction } from './schema.ts';

/** Writes the wishes of starts whose machine has become known. The first wish after a stop is when the machine was wanted back. */
export async function writeWishes(transaction: Transaction, moves: readonly Move[]): Promise<void> {
  const wishes = moves.flatMap(({ before, after, at }) => {
    const instance = wantedBy(after);
    return instance === undefined || (before !== undefined && wantedBy(before) !== undefined)
      ? []
      : [{ instance, after, at }];
  });
  // Two transactions that write several stops take them in the same order.
  for (const { instance, after, at } of wishes.toSorted((one, other) => (one.instance < other.instance ? -1 : 1))) {
    const { id, createdAt, intent } = after;
    // A person may have joined the start of an alert.
    await writeWish(transaction, { id, instance, intent, since: Math.max(createdAt, intent.cause.beganAt) }, at);
  }
}

/**
 * Writes the wishes of people who have joined the start of an alert: that is no move of the operation. As long as its machine is not
 * known, the move that finds it writes the wish.
 */
export async function writeJoinedWishes(
  transaction: Transaction,
  joined: ReadonlyMap<string, Intent>,
  now: number,
): Promise<void> {
  const wishes = [...joined].filter(([, intent]) => isWish(intent));
  for (const ids of chunks(wishes.map(([id]) => id).toSorted())) {
    const rows = await transaction
      .selectFrom('operation')
      .select(['id', 'instance_id'])
      .where('id', 'in', ids)
      .where('ended_at', 'is', null)
      .where('instance_id', 'is not', null)
      .orderBy('instance_id')
      .execute();
    for (const { id, instance_id: instance } of rows) {
      const intent = joined.get(id);
      if (intent !== undefined && instance !== null)
        await writeWish(transaction, { id, instance, intent, since: now }, now);
    }
  }
}

interface Wish {
  /** The operation's id. */
  readonly id: string;
  readonly instance: string;
  readonly intent: Intent;
  readonly since: number;
}

async function writeWish(transaction: Transaction, { id, instance, intent, since }: Wish, at: number): Promise<void> {
  const who = intent.cause.by === 'person' ? intent.cause.name : '';
  await transaction
    .insertInto('wish')
    .values({ operation_id: id, instance_id: instance, who, at: since })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await transaction
    .updateTable('stop')
    .set({ wanted_at: since, changed_at: at })
    .where('instance_id', '=', instance)
    .where('ended_at', '=', LASTS)
    .where('wanted_at', 'is', null)
    .where('stopped_at', '<=', since)
    .execute();
}

/** The machine that a person wants; undefined for every other operation, and as long as it is not known. */
function wantedBy({ intent, instance }: Operation): string | undefined {
  return isWish(intent) ? instance?.id : undefined;
}

function isWish({ verb, cause, dryRun }: Intent): boolean {
  return verb === 'start' && cause.by === 'person' && !dryRun;
}
