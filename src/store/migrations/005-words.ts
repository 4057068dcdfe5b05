import { sql, type Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

/** Persons' words about machines, ends of episodes that no operation served, and signed deliveries. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('word')
    .addColumn('instance_id', 'text', (column) => column.notNull())
    .addColumn('verb', 'text', (column) => column.notNull().check(sql`verb in ('start', 'stop')`))
    .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('request', 'cancel')`))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('word_once', ['instance_id', 'verb', 'kind'])
    .execute();
  await createIndexes(db, 'index word_at on word (at)');

  await letEpisodesStandAlone(db);

  await db.schema
    .createTable('signature')
    .addColumn('digest', 'text', (column) => column.primaryKey().notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await createIndexes(db, 'index signature_expires on signature (expires_at)');
}

/** The operation becomes optional. SQLite cannot drop a constraint, so both databases create the table anew. */
async function letEpisodesStandAlone(db: Kysely<unknown>): Promise<void> {
  const columns = sql.raw('key, operation_id, seen_at, resolved_at, cause');
  await sql`create table episode_before as select ${columns} from episode`.execute(db);
  await db.schema.dropTable('episode').execute();
  await db.schema
    .createTable('episode')
    .addColumn('key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('operation_id', 'text', (column) => column.references('operation.id').onDelete('cascade'))
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('resolved_at', 'bigint')
    .addColumn('cause', 'text')
    .execute();
  await sql`insert into episode (${columns}) select ${columns} from episode_before`.execute(db);
  await db.schema.dropTable('episode_before').execute();
  await createIndexes(
    db,
    'index episode_operation on episode (operation_id)',
    // Episodes without an operation are pruned by themselves.
    'index episode_alone on episode (seen_at) where operation_id is null',
  );
}
