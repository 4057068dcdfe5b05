/** When people wanted which machine, also one that runs: each start that a person asks for is a wish. */
import type { Move } from '../domain/move.ts';
import type { Operation } from '../domain/operation.ts';
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
    const who = intent.cause.by === 'person' ? intent.cause.name : '';
    await transaction
      .insertInto('wish')
      .values({ operation_id: id, instance_id: instance, who, at: createdAt })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await transaction
      .updateTable('stop')
      .set({ wanted_at: createdAt, changed_at: at })
      .where('instance_id', '=', instance)
      .where('ended_at', '=', LASTS)
      .where('wanted_at', 'is', null)
      .where('stopped_at', '<=', createdAt)
      .execute();
  }
}

/** The machine that a person wants; undefined for every other operation, and as long as it is not known. */
function wantedBy({ intent: { verb, cause, dryRun }, instance }: Operation): string | undefined {
  return verb === 'start' && cause.by === 'person' && !dryRun ? instance?.id : undefined;
}
