import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { CompiledQuery, Kysely, type LogEvent } from 'kysely';
import type { AuditQuery } from './audit-entry.ts';
import { migrate } from './migrate.ts';
import { readAudit } from './read-audit.ts';
import type { Database } from './schema.ts';
import { openSqliteFile, sqliteDialect } from './sqlite-dialect.ts';

const FILTERS: readonly Omit<AuditQuery, 'limit'>[] = [
  {},
  { who: 'alertmanager' },
  { event: 'state' },
  { who: 'alertmanager', cursor: { at: 5, id: 5 } },
  { event: 'state', cursor: { at: 5, id: 5 } },
];

test('what is asked for by operation is found by operation, however much its sender has sent', async (t) => {
  const { db, queries } = await open(t);
  for (const filter of FILTERS) {
    await readAudit(db, { ...filter, operation: 'one', limit: 10 });
    const last = queries.at(-1);
    assert.ok(last !== undefined);
    const plan = await db.executeQuery(CompiledQuery.raw(`explain query plan ${last.sql}`, [...last.parameters]));
    assert.match(JSON.stringify(plan.rows), /audit_operation/, JSON.stringify(filter));
    assert.doesNotMatch(JSON.stringify(plan.rows), /ORDER BY/, JSON.stringify(filter));
  }
});

test('the entries of an operation are read page by page', async (t) => {
  const { db } = await open(t);
  await db
    .insertInto('audit')
    .values(
      Array.from({ length: 5 }, (_, index) => ({
        // The clock was set back meanwhile.
        at: 10 - index,
        event: 'state',
        operation_id: null,
        delivery_id: null,
        who: null,
        entry: JSON.stringify({ at: 10 - index, event: 'state' }),
      })),
    )
    .execute();
  await db.executeQuery(CompiledQuery.raw('pragma foreign_keys = off'));
  await db.updateTable('audit').set({ operation_id: 'one' }).execute();
  const seen: number[] = [];
  let page = await readAudit(db, { operation: 'one', limit: 2 });
  while (page.length > 0) {
    seen.push(...page.map(({ id }) => id));
    page = await readAudit(db, { operation: 'one', limit: 2, cursor: page.at(-1) });
  }
  assert.deepEqual(seen, [5, 4, 3, 2, 1]);
});

async function open(t: TestContext): Promise<{ db: Kysely<Database>; queries: LogEvent['query'][] }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-audit-'));
  const queries: LogEvent['query'][] = [];
  const log = ({ query }: LogEvent): void => {
    queries.push(query);
  };
  const db = new Kysely<Database>({
    dialect: sqliteDialect(openSqliteFile(path.join(directory, 'test.sqlite'))),
    log,
  });
  t.after(async () => {
    await db.destroy();
    await rm(directory, { recursive: true });
  });
  await migrate(db, { counter: { type: 'integer', define: (column) => column.autoIncrement() } });
  return { db, queries };
}
