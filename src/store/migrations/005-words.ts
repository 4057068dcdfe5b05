import { sql, type Kysely } from 'kysely';

/** A person's words about machines, ends of episodes that no operation served, and signed deliveries that have come. */
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
  await db.schema.createIndex('word_at').on('word').column('at').execute();

  await letEpisodesStandAlone(db);

  await db.schema
    .createTable('signature')
    .addColumn('digest', 'text', (column) => column.primaryKey().notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('signature_expires').on('signature').column('expires_at').execute();
}

/** The operation becomes optional. SQLite cannot take a constraint away, so the table is made anew, for both databases. */
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
  await db.schema.createIndex('episode_operation').on('episode').column('operation_id').execute();
  // What no operation served does not go with one.
  await db.schema
    .createIndex('episode_alone')
    .on('episode')
    .column('seen_at')
    .where(sql.ref('operation_id'), 'is', null)
    .execute();
}
