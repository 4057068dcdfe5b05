/** List prices in the store over SQL. */
import { sql } from 'kysely';
import type { Priced } from '../domain/price.ts';
import type { MachineTable } from './machine-schema.ts';
import type { ToldPrice } from './price-port.ts';
import type { Db, Transaction } from './schema.ts';
import { toBilled } from './seen-machine.ts';

const KEPT_FOR_MS = 365 * 86_400_000;

export async function readListPrices(db: Db): Promise<ReadonlyMap<string, ToldPrice>> {
  const rows = await db.selectFrom('list_price').selectAll().execute();
  return new Map(
    rows.map(({ key, per_hour: perHour, told_at: at }) => [key, { ...(perHour === null ? {} : { perHour }), at }]),
  );
}

export async function keepListPrice(transaction: Transaction, key: string, { perHour, at }: ToldPrice): Promise<void> {
  const told = { per_hour: perHour ?? null, told_at: at };
  await transaction
    .insertInto('list_price')
    .values({ key, ...told })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(told).where('list_price.told_at', '<=', at))
    .execute();
  await transaction
    .deleteFrom('list_price')
    .where('told_at', '<', at - KEPT_FOR_MS)
    .execute();
}

export async function readPricedMachines(db: Db): Promise<readonly Priced[]> {
  const { rows } = await sql<Pick<MachineTable, 'type' | 'lifecycle' | 'billing' | 'availability_zone'>>`
    select distinct type, lifecycle, billing, availability_zone from machine where forgotten_at is null`.execute(db);
  return rows.map(({ type, lifecycle, billing, availability_zone: availabilityZone }) => ({
    type,
    availabilityZone,
    ...(lifecycle === null ? {} : { lifecycle }),
    ...toBilled({ billing, committed: null }),
  }));
}
