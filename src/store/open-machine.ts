import { sql, type RawBuilder } from 'kysely';

/**
 * The machine of an open operation, by the index `operation_open_machine`. An operation that was asked for by the machine's id, and has
 * not looked at it yet, is about it too. Asked for `instance_id`, SQLite would rather read all that was ever done to the machine.
 */
export function openMachine(): RawBuilder<string> {
  return sql<string>`coalesce(instance_id, target)`;
}
