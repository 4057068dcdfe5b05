/** The volumes of machines in the store over SQL. */
import { sql } from 'kysely';
import type { MachineInPlace } from '../domain/machine.ts';
import type { Volume } from '../domain/volume.ts';
import { chunks } from './chunks.ts';
import { lockMachines } from './read-machines.ts';
import { readPlace } from './rows.ts';
import type { Db, Transaction } from './schema.ts';
import { volumesText } from './seen-machine.ts';

/** As `Store.machinesWithOldVolumes`. */
export async function readOldVolumes(db: Db, since: number): Promise<readonly MachineInPlace[]> {
  const rows = await db
    .selectFrom('machine')
    .select(['id', 'place'])
    .where('forgotten_at', 'is', null)
    .where('state', 'not in', ['shutting-down', 'terminated'])
    .where((column) => column.or([column('volumes_at', 'is', null), column('volumes_at', '<', since)]))
    .orderBy('id')
    .execute();
  return rows.map(({ id, place }) => ({ id, place: readPlace(place) ?? {} }));
}

/** As `Store.keepVolumes`. */
export async function keepVolumes(
  transaction: Transaction,
  found: ReadonlyMap<string, readonly Volume[]>,
  at: number,
  concurrent: boolean,
): Promise<void> {
  await lockMachines(transaction, [...found.keys()], concurrent);
  const byText = Map.groupBy(found, ([, volumes]) => volumesText(volumes));
  for (const [text, those] of byText) {
    for (const ids of chunks(those.map(([id]) => id)))
      await transaction
        .updateTable('machine')
        .set({ volumes: text, volumes_at: at })
        .where('id', 'in', ids)
        .where(sql<boolean>`coalesce(volumes_at, 0) <= ${at}`)
        .execute();
  }
}
