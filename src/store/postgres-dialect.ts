/** Kysely over PostgreSQL. A transaction sets everything that it relies on, because a pooler may give it any session. */
import {
  CompiledQuery,
  OperatorNode,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  PrimitiveValueListNode,
  type BinaryOperationNode,
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
    createQueryCompiler: () => new ArrayCompiler(),
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

/** A list is one parameter, an array: hundreds of them took the server and the client longer than what was asked. */
class ArrayCompiler extends PostgresQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, operator, rightOperand } = node;
    const isAmong = OperatorNode.is(operator) && operator.operator === 'in';
    if (!isAmong || !PrimitiveValueListNode.is(rightOperand)) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(leftOperand);
    this.append(' = any(');
    this.appendValue(rightOperand.values);
    this.append(')');
  }
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
