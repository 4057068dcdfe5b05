/** Tokens that were created by command or API. Only their hashes are stored. */
import * as z from 'zod';
import { SCOPES, type Token } from '../domain/scope.ts';
import { describeSelector } from '../domain/selector.ts';
import { append } from './audit.ts';
import type { TokenActor } from './audit-entry.ts';
import type { NewToken, StoredToken } from './port.ts';
import type { Db, TokenRow, Transaction } from './schema.ts';

/** As `Store.createToken`. */
export async function createToken(transaction: Transaction, token: NewToken, by: TokenActor): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await transaction
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
  if (Number(numInsertedOrUpdatedRows) !== 1) return false;
  await recordToken(transaction, by, token.createdAt, 'made', token);
  return true;
}

export async function listTokens(db: Db): Promise<readonly StoredToken[]> {
  const rows = await db.selectFrom('token').selectAll().orderBy('created_at').orderBy('sha256').execute();
  return rows.map(toToken);
}

export async function recordToken(
  transaction: Transaction,
  by: TokenActor,
  at: number,
  what: 'made' | 'revoked',
  token: Omit<Token, 'sha256'>,
): Promise<void> {
  const message = `${what} ${describe(token)}`;
  const { name, remote } = by;
  const entry = { at, event: 'token', who: name, ...(remote === undefined ? {} : { remote }), message } as const;
  await append(transaction, [{ entry }]);
}

/** Its rights, for people to read years later. The log contains neither a token's text nor its hash. */
function describe(token: Omit<Token, 'sha256'>): string {
  const { name, scopes: opened, only, expiresAt } = token;
  const where = only === undefined ? '' : `, on machines with ${describeSelector(only)} only`;
  const until = expiresAt === undefined ? 'without an end' : `until ${new Date(expiresAt).toISOString()}`;
  return `the token ${name} for ${opened.join(', ')}${where}, ${until}`;
}

/** A scope of a newer version opens nothing here. */
const scopes = z.array(z.string()).transform((given) => SCOPES.filter((scope) => given.includes(scope)));
const selector = z.record(z.string(), z.string());

export function toToken(row: TokenRow): StoredToken {
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
