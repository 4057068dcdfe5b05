/** Writes what a worker has found out. Every write is fenced: it counts only while the worker still owns the operation. */
import type { Transaction } from 'kysely';
import { transition, type Operation } from '../domain/operation.ts';
import { beats } from '../domain/rival.ts';
import type { Change, Settled } from './port.ts';
import { toColumns, toOperation } from './rows.ts';
import type { Database } from './schema.ts';
import { appendTrail } from './trail.ts';

export async function settle(
  transaction: Transaction<Database>,
  owner: string,
  changes: readonly Change[],
): Promise<readonly Settled[]> {
  const answers: Settled[] = [];
  for (const change of changes) {
    const answer = await settleOne(transaction, owner, change);
    answers.push(answer);
  }
  const written = changes.filter((_, index) => answers[index]?.outcome === 'written');
  await appendTrail(
    transaction,
    written.flatMap(({ after, trail }) => trail.map((entry) => ({ operation: after.id, entry }))),
  );
  return answers;
}

async function settleOne(transaction: Transaction<Database>, owner: string, change: Change): Promise<Settled> {
  const { before, after, availableAt } = change;
  if (after.state === 'acting' && !after.intent.dryRun) {
    const blocked = await makeWay(transaction, after);
    if (blocked !== undefined) return blocked;
  }
  const released = availableAt === undefined ? {} : { available_at: availableAt, owner: null };
  const result = await transaction
    .updateTable('operation')
    .set({ ...toColumns(after), ...released })
    .where('id', '=', before.id)
    .where('owner', '=', owner)
    .where('state', '=', before.state)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n ? { outcome: 'written' } : { outcome: 'lost' };
}

/**
 * Looks for open operations that want the opposite of the same instance. One that is being carried out must end first.
 * Among those that wait, the loser is cancelled: it would undo what the winner is about to do.
 */
async function makeWay(
  transaction: Transaction<Database>,
  acting: Operation & { readonly state: 'acting' },
): Promise<Settled | undefined> {
  const rows = await transaction
    .selectFrom('operation')
    .selectAll()
    .where('instance_id', '=', acting.instance.id)
    .where('verb', '!=', acting.intent.verb)
    .where('ended_at', 'is', null)
    .execute();
  const rivals = rows.map(toOperation).filter(({ intent }) => !intent.dryRun);
  const busy = rivals.find(({ state }) => state === 'acting' || state === 'verifying');
  if (busy !== undefined) return { outcome: 'rival', rival: busy.id, yields: false };
  const winner = rivals.find((rival) => beats(rival, acting));
  if (winner !== undefined) return { outcome: 'rival', rival: winner.id, yields: true };
  for (const rival of rivals) await supersede(transaction, rival, acting);
  return undefined;
}

async function supersede(
  transaction: Transaction<Database>,
  loser: Operation,
  winner: Operation & { readonly state: 'acting' },
): Promise<void> {
  const at = winner.acted.at;
  const message = `operation ${winner.id} wants to ${winner.intent.verb} the same instance and takes precedence`;
  const cancelled = transition(loser, { type: 'cancel', reason: 'superseded', message, at });
  await transaction
    .updateTable('operation')
    .set({ ...toColumns(cancelled), available_at: at, owner: null })
    .where('id', '=', loser.id)
    .execute();
  await appendTrail(transaction, [
    { operation: loser.id, entry: { at, event: 'state', state: 'cancelled', reason: 'superseded', message } },
  ]);
}
