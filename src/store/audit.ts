/**
 * The one log of all that happened. An entry is written in the transaction of what it records, and says the same for ever. What
 * repeats the latest entry about an alert is counted at that entry.
 */
import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { NewEntry } from './audit-entry.ts';
import { chunks, filledChunks, readChunks } from './chunks.ts';
import { expectAll } from './locks.ts';
import type { AuditRow, Transaction } from './schema.ts';

export async function append(transaction: Transaction, added: readonly NewEntry[]): Promise<void> {
  const keyed = added.map((each) => ({ ...each, key: each.repeats === undefined ? null : digestOf(each.repeats) }));
  const latest = await readLatest(
    transaction,
    keyed.flatMap(({ key }) => key ?? []),
  );
  const replaced: Latest[] = [];
  const fresh: AuditRow[] = [];
  for (const { key, ...each } of keyed) {
    const { entry } = each;
    const known = key === null ? undefined : latest.get(key);
    // An operation is opened once: nothing repeats that.
    const content = key === null || entry.event === 'state' ? null : contentOf(each);
    if (known !== undefined && content !== null && known.content === content) {
      repeat(known, entry.at);
      continue;
    }
    const row = { ...toRow(each), repeat_key: content === null ? null : key, content };
    fresh.push(row);
    if (known !== undefined) replaced.push(known);
    if (key !== null) latest.set(key, { row, content, repeats: 0, lastAt: entry.at });
  }
  for (const { row } of replaced) if (row !== undefined) row.repeat_key = null;
  await count(transaction, [...replaced, ...latest.values()]);
  await outdate(
    transaction,
    replaced.flatMap(({ id }) => id ?? []),
  );
  for (const some of chunks(fresh)) await transaction.insertInto('audit').values(some).execute();
}

/** The latest entry with its key: a row of the table, or one that is about to be written. */
interface Latest {
  readonly id?: number;
  readonly row?: AuditRow;
  readonly content: string | null;
  /** In this transaction. */
  repeats: number;
  lastAt: number;
}

function repeat(known: Latest, at: number): void {
  known.repeats += 1;
  known.lastAt = Math.max(known.lastAt, at);
  if (known.row === undefined) return;
  known.row.times = known.repeats + 1;
  known.row.last_at = known.lastAt;
}

async function readLatest(transaction: Transaction, keys: readonly string[]): Promise<Map<string, Latest>> {
  const found = await readChunks(keys, async (some) =>
    transaction
      .selectFrom('audit')
      .select(['id', 'repeat_key', 'content', 'at'])
      .where('repeat_key', 'in', some)
      .execute(),
  );
  return new Map(
    found.map(({ id, repeat_key: key, content, at }) => [key ?? '', { id, content, repeats: 0, lastAt: at }]),
  );
}

async function count(transaction: Transaction, known: readonly Latest[]): Promise<void> {
  const counted = known.filter(({ id, repeats }) => id !== undefined && repeats > 0);
  // Nearly always, all are repeated once, at the same moment.
  for (const same of Map.groupBy(counted, ({ repeats, lastAt }) => `${repeats} ${lastAt}`).values()) {
    const { repeats = 0, lastAt = 0 } = same[0] ?? {};
    for (const some of filledChunks(inOrder(same.flatMap(({ id }) => id ?? [])))) {
      const { numUpdatedRows } = await transaction
        .updateTable('audit')
        .set({
          times: sql<number>`coalesce(times, 1) + ${repeats}`,
          // A replica whose clock is behind makes it no earlier.
          last_at: sql<number>`case when last_at > ${lastAt} then last_at else cast(${lastAt} as bigint) end`,
        })
        .where('id', 'in', some)
        .executeTakeFirst();
      expectAll(some, numUpdatedRows);
    }
  }
}

async function outdate(transaction: Transaction, ids: readonly number[]): Promise<void> {
  for (const some of filledChunks(inOrder(ids)))
    await transaction.updateTable('audit').set({ repeat_key: null }).where('id', 'in', some).execute();
}

function inOrder(ids: readonly number[]): number[] {
  return ids.toSorted((one, other) => one - other);
}

function toRow({ operation, entry }: NewEntry): Omit<AuditRow, 'repeat_key' | 'content'> {
  return {
    at: entry.at,
    event: entry.event,
    operation_id: operation ?? null,
    delivery_id: 'delivery' in entry ? (entry.delivery ?? null) : null,
    who: entry.who ?? null,
    instance_id: 'instance' in entry ? entry.instance : null,
    entry: JSON.stringify(entry),
    times: null,
    last_at: null,
  };
}

/** A digest of what makes two entries the same: all but when and by which request they came. */
function contentOf({ operation, entry }: NewEntry): string {
  const said = { ...entry, at: 0, delivery: '', traceId: '' };
  return digestOf(JSON.stringify([operation ?? '', said]));
}

/** Long enough that no two texts share it. */
function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
