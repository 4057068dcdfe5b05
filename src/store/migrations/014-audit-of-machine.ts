import * as z from 'zod';
import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

type Tables = {
  audit: { id: number; event: string; entry: string; instance_id: string | null };
};

/** Entries about holds and leases are found by their machine. Those of operations are found by the machine of the operation. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('audit').addColumn('instance_id', 'text').execute();
  const tables = db.withTables<Tables>();
  const rows = await tables
    .selectFrom('audit')
    .select(['id', 'entry'])
    .where('event', 'in', ['hold', 'lease'])
    .execute();
  const byInstance = Map.groupBy(rows, ({ entry }) => instanceOf(entry));
  for (const [instance, some] of byInstance) {
    if (instance === undefined) continue;
    for (const { id } of some)
      await tables.updateTable('audit').set({ instance_id: instance }).where('id', '=', id).execute();
  }
  await createIndexes(db, 'index audit_instance on audit (instance_id, event, at, id) where instance_id is not null');
}

const about = z.object({ instance: z.string() });

function instanceOf(entry: string): string | undefined {
  try {
    return about.safeParse(JSON.parse(entry)).data?.instance;
  } catch {
    // An entry that cannot be read is about no machine.
    return undefined;
  }
}
