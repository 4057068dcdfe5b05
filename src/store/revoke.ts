/** Revokes a token, and cancels the operations that were asked for with it. */
import type { ExpressionBuilder } from 'kysely';
import type { TokenActor } from './audit-entry.ts';
import { mayHaveBeenSent } from '../domain/operation.ts';
import { tooLate } from '../domain/too-late.ts';
import { cancelLocked, type CancelParts } from './cancel.ts';
import { lockOperations } from './locks.ts';
import type { Revoked } from './port.ts';
import { showOperation } from './shown.ts';
import type { Database, Transaction } from './schema.ts';
import { recordToken, toToken } from './tokens.ts';

/** The remote address of a person who opens the store without a server. */
const HERE = 'command line';

/** As `Store.revokeToken`. */
export async function revokeToken(
  transaction: Transaction,
  name: string,
  now: number,
  by: TokenActor,
  wantsCancel: boolean,
  parts: CancelParts,
): Promise<Revoked | undefined> {
  const revoked = await transaction
    .updateTable('token')
    .set({ revoked_at: now })
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (revoked !== undefined) await recordToken(transaction, by, now, 'revoked', toToken(revoked));
  // The operations of a token can be cancelled after it was revoked, too.
  else if (!wantsCancel || !(await wasToken(transaction, name))) return undefined;
  const open = await openAskedBy(transaction, name);
  if (!wantsCancel) return { open: open.length, moves: [], shared: 0, tooLate: [] };
  const own = open.filter(({ isShared }) => !isShared).map(({ operation }) => operation);
  if (parts.concurrent)
    await parts.lockInstances(
      transaction,
      own.flatMap(({ instance }) => instance?.id ?? []),
    );
  const rows = await lockOperations(
    transaction,
    own.map(({ id }) => id),
    parts,
  );
  const answers = await cancelLocked(transaction, rows, { name: by.name, remote: by.remote ?? HERE }, now, parts);
  const moves = answers.flatMap((answer) => answer.moves);
  const sent = answers.map(({ operation }) => operation).filter(mayHaveBeenSent);
  return {
    open: open.length,
    moves,
    shared: open.length - own.length,
    tooLate: sent.map((operation) => tooLate(operation.intent.verb, operation)),
  };
}

async function wasToken(transaction: Transaction, name: string): Promise<boolean> {
  const row = await transaction.selectFrom('token').select('sha256').where('name', '=', name).executeTakeFirst();
  return row !== undefined;
}

/** The open operations that a sender has asked for, oldest first, and whether others have asked for them, too. */
async function openAskedBy(transaction: Transaction, who: string) {
  const entries = (of: ExpressionBuilder<Database, 'operation'>) =>
    of.selectFrom('audit').select('audit.id').whereRef('audit.operation_id', '=', 'operation.id');
  const rows = await transaction
    .selectFrom('operation')
    .selectAll('operation')
    .select((of) => of.exists(entries(of).where('audit.who', '!=', who)).as('shared'))
    .where('operation.ended_at', 'is', null)
    .where((of) => of.exists(entries(of).where('audit.who', '=', who)))
    .orderBy('operation.id')
    .execute();
  // SQLite has no booleans.
  const open = rows.map(({ shared, ...row }) => ({ operation: showOperation(row), isShared: Boolean(shared) }));
  // A lease's stop was agreed on, and outlives the token.
  return open.filter(({ operation }) => operation.intent.cause.by !== 'lease');
}
