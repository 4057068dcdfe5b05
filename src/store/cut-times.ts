/** Takes back what a clock that ran ahead has written of machines: times that are yet to come would count as newer than every sighting. */
import { sql } from 'kysely';
import { chunks } from './chunks.ts';
import { LASTS } from './machine-schema.ts';
import type { Transaction } from './schema.ts';

/** Of these machines, nothing is later than `cut` any more. Their intervals still follow one another. */
export async function cutTimes(transaction: Transaction, ids: readonly string[], cut: number): Promise<void> {
  for (const some of chunks(ids.toSorted())) {
    await transaction
      .updateTable('machine_seen')
      .set({ seen_at: cut })
      .where('machine_id', 'in', some)
      .where('seen_at', '>', cut)
      .execute();
    await transaction
      .updateTable('machine')
      .set({ since_at: atMost('since_at', cut), forgotten_at: atMost('forgotten_at', cut) })
      .where('id', 'in', some)
      .execute();
    // Intervals do not overlap, so at most one that ends later than the cut has begun before it.
    await transaction
      .deleteFrom('interval')
      .where('instance_id', 'in', some)
      .where('until_at', '<', LASTS)
      .where('until_at', '>', cut)
      .where('since_at', '>=', cut)
      .execute();
    await transaction
      .updateTable('interval')
      .set({ until_at: cut })
      .where('instance_id', 'in', some)
      .where('until_at', '<', LASTS)
      .where('until_at', '>', cut)
      .execute();
    await transaction
      .updateTable('interval')
      .set({ since_at: cut })
      .where('instance_id', 'in', some)
      .where('until_at', '=', LASTS)
      .where('since_at', '>', cut)
      .execute();
    await cutStops(transaction, some, cut);
  }
}

/** A stop begins and ends with intervals of its machine. */
async function cutStops(transaction: Transaction, ids: readonly string[], cut: number): Promise<void> {
  for (const column of ['stopped_at', 'wanted_at', 'ready_at', 'used_at', 'ended_at', 'changed_at'] as const)
    await transaction
      .updateTable('stop')
      .set({ [column]: cut })
      .where('instance_id', 'in', ids)
      .where(column, '>', cut)
      .where(column, '<', LASTS)
      .execute();
}

/** SQL has no value for the smaller of two that both databases write alike. */
function atMost(column: 'since_at' | 'forgotten_at', cut: number) {
  return sql<number>`case when ${sql.ref(column)} > ${cut} then cast(${cut} as bigint) else ${sql.ref(column)} end`;
}

/** The machines of which something is later. */
export async function machinesAhead(transaction: Transaction, latest: number): Promise<readonly string[]> {
  const machines = await transaction
    .selectFrom('machine')
    .innerJoin('machine_seen', 'machine_seen.machine_id', 'machine.id')
    .select('machine.id')
    .where((row) =>
      row.or([row('seen_at', '>', latest), row('since_at', '>', latest), row('forgotten_at', '>', latest)]),
    )
    .execute();
  const ended = await transaction
    .selectFrom('interval')
    .select('instance_id as id')
    .where('until_at', '>', latest)
    .where('until_at', '<', LASTS)
    .execute();
  return [...new Set([...machines, ...ended].map(({ id }) => id))];
}
