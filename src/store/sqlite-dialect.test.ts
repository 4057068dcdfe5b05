import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely, sql } from 'kysely';
import { sqliteDialect } from './sqlite-dialect.ts';

test('a statement that was prepared before its table got a column has that column', async () => {
  await using db = new Kysely<unknown>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  const all = async () => (await sql`select * from machine`.execute(db)).rows;
  await sql`create table machine (id text)`.execute(db);
  await sql`insert into machine values ('i-1')`.execute(db);
  assert.deepEqual(await all(), [{ id: 'i-1' }]);
  await sql`alter table machine add column launched_at bigint default 7`.execute(db);
  assert.deepEqual(await all(), [{ id: 'i-1', launched_at: 7 }]);
});

test('an integer that no number can hold does not fail the rows beside it', async () => {
  await using db = new Kysely<unknown>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  const { rows } = await sql`select 9007199254740993 as number union all select 1`.execute(db);
  assert.deepEqual(rows, [{ number: 9_007_199_254_740_992 }, { number: 1 }]);
});
