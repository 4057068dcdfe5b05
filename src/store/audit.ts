/** The one log of all that happened. An entry is written in the transaction of what it records, and never changed. */
import type { NewEntry } from './audit-entry.ts';
import { chunks } from './chunks.ts';
import type { AuditRow, Transaction } from './schema.ts';

export async function append(transaction: Transaction, added: readonly NewEntry[]): Promise<void> {
  for (const some of chunks(added.map(toRow))) await transaction.insertInto('audit').values(some).execute();
}

function toRow({ operation, entry }: NewEntry): AuditRow {
  return {
    at: entry.at,
    event: entry.event,
    operation_id: operation ?? null,
    delivery_id: 'delivery' in entry ? (entry.delivery ?? null) : null,
    who: entry.who ?? null,
    instance_id: 'instance' in entry ? entry.instance : null,
    entry: JSON.stringify(entry),
  };
}
