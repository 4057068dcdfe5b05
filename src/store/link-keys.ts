/** The keys that sign links. They are never recorded in the log. */
import { randomBytes } from 'node:crypto';
import type { TokenActor } from './audit-entry.ts';
import { append } from './audit.ts';
import type { LinkKey } from './notice-port.ts';
import type { LinkKeyRow, Transaction } from './schema.ts';

/** Longer than any link is valid, in milliseconds. */
export const VERIFIES_FOR_MS = 15 * 24 * 60 * 60_000;

/** As `Store.linkKeys`. */
export async function linkKeys(transaction: Transaction, now: number): Promise<readonly LinkKey[]> {
  const known = await readKeys(transaction, now);
  if (known.some(({ expiresAt }) => expiresAt === undefined)) return known;
  await transaction
    .insertInto('link_key')
    .values(newKey(now))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return readKeys(transaction, now);
}

/** As `Store.rotateLinkKey`. Of two replicas that rotate at once, the second meets a conflict, and is run again. */
export async function rotateLinkKey(
  transaction: Transaction,
  now: number,
  by: TokenActor,
  revokes = false,
): Promise<LinkKey> {
  await transaction.updateTable('link_key').set({ retired_at: now }).where('retired_at', 'is', null).execute();
  if (revokes)
    await transaction
      .updateTable('link_key')
      .set({ retired_at: now - VERIFIES_FOR_MS })
      .execute();
  const row = newKey(now);
  await transaction.insertInto('link_key').values(row).execute();
  const { name: who, remote } = by;
  const others = revokes ? 'do not work any more' : 'stay valid';
  const message = `made a new key for links: ${row.kid} signs from now on, and links that were signed before ${others}`;
  const entry = { at: now, event: 'link_key', who, ...(remote === undefined ? {} : { remote }), message } as const;
  await append(transaction, [{ entry }]);
  return toKey(row);
}

async function readKeys(transaction: Transaction, now: number): Promise<readonly LinkKey[]> {
  const rows = await transaction
    .selectFrom('link_key')
    .selectAll()
    .where((row) => row.or([row('retired_at', 'is', null), row('retired_at', '>', now - VERIFIES_FOR_MS)]))
    .execute();
  const keys = rows.map(toKey);
  return keys.toSorted((one, other) => (other.expiresAt ?? Infinity) - (one.expiresAt ?? Infinity));
}

function newKey(now: number): LinkKeyRow {
  const kid = randomBytes(6).toString('base64url');
  return { kid, secret: randomBytes(32).toString('base64url'), created_at: now, retired_at: null };
}

function toKey({ kid, secret, created_at: createdAt, retired_at: retiredAt }: LinkKeyRow): LinkKey {
  return { kid, secret, createdAt, ...(retiredAt === null ? {} : { expiresAt: retiredAt + VERIFIES_FOR_MS }) };
}
