/** The tokens that were made while the server ran. Their texts are nowhere here, only their hashes. */
import type { Kysely } from 'kysely';
import * as z from 'zod';
import { SCOPES } from '../domain/scope.ts';
import type { NewToken, StoredToken } from './port.ts';
import type { Database, TokenRow } from './schema.ts';

/** @returns false when an unrevoked token has this name already */
export async function createToken(db: Kysely<Database>, token: NewToken): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('token')
    .values({
      sha256: token.sha256,
      name: token.name,
      scopes: JSON.stringify(token.scopes),
      selector: token.only === undefined ? null : JSON.stringify(token.only),
      created_at: token.createdAt,
      expires_at: token.expiresAt ?? null,
      revoked_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows) === 1;
}

export async function listTokens(db: Kysely<Database>): Promise<readonly StoredToken[]> {
  const rows = await db.selectFrom('token').selectAll().orderBy('created_at').orderBy('sha256').execute();
  return rows.map(toToken);
}

/** @returns false when no unrevoked token has this name */
export async function revokeToken(db: Kysely<Database>, name: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('token')
    .set({ revoked_at: now })
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** A scope of a newer version opens nothing here. */
const scopes = z.array(z.string()).transform((given) => SCOPES.filter((scope) => given.includes(scope)));
const selector = z.record(z.string(), z.string());

function toToken(row: TokenRow): StoredToken {
  return {
    name: row.name,
    sha256: row.sha256,
    scopes: scopes.parse(JSON.parse(row.scopes)),
    ...(row.selector === null ? {} : { only: selector.parse(JSON.parse(row.selector)) }),
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
