/** Writes stops that no watch has seen: the past of a demo, a benchmark or a test. */
import path from 'node:path';
import { Kysely } from 'kysely';
import type { StopRecord } from '../domain/stop-record.ts';
import { chunks } from './chunks.ts';
import { openStore } from './open.ts';
import type { Database } from './schema.ts';
import { openSqliteFile, sqliteDialect } from './sqlite-dialect.ts';
import { fromStop } from './stops.ts';

/** @param directory of the embedded database, which no process has open; it is made when it is missing */
export async function importStops(directory: string, stops: readonly StopRecord[]): Promise<void> {
  await (await openStore(undefined, directory)).close();
  const file = path.join(directory, 'ec2-operator.sqlite');
  const db = new Kysely<Database>({ dialect: sqliteDialect(openSqliteFile(file)) });
  try {
    await db.transaction().execute(async (transaction) => {
      for (const some of chunks(stops))
        await transaction
          .insertInto('stop')
          .values(some.map((stop) => fromStop(stop, stop.back?.at ?? stop.lostAt ?? stop.stoppedAt)))
          .execute();
    });
  } finally {
    await db.destroy();
  }
}
