/** Kysely over PostgreSQL. A transaction sets everything that it relies on, because a pooler may give it any session. */
import {
  CompiledQuery,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type PostgresPool,
} from 'kysely';
import type { Timeouts } from './postgres-pool.ts';

export function postgresDialect(pool: PostgresPool, timeouts: Timeouts): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new CarefulDriver(pool, beginning(timeouts)),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

/**
 * A single round trip. A database or role may have `synchronous_commit = off`, which loses acknowledged commits in a crash, although
 * senders were told that theirs are on disk. Settings stronger than `on` stay.
 */
function beginning({ statement }: Timeouts): CompiledQuery {
  return CompiledQuery.raw(
    [
      'begin',
      `set local statement_timeout = ${statement}`,
      `set local idle_in_transaction_session_timeout = ${statement}`,
      `select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'`,
    ].join('; '),
  );
}

class CarefulDriver extends PostgresDriver {
  readonly #beginning: CompiledQuery;

  constructor(pool: PostgresPool, begin: CompiledQuery) {
    super({ pool });
    this.#beginning = begin;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(this.#beginning);
  }
}
