/** Writes what a worker has found out. Every write is fenced: it counts only while the worker still owns the operation. */
import type { Transaction } from 'kysely';
import { transition, type Operation } from '../domain/operation.ts';
import { beats } from '../domain/rival.ts';
import type { Differences } from './differences.ts';
import type { Change, Settled } from './port.ts';
import { toColumns, toOperation } from './rows.ts';
import type { Database } from './schema.ts';
import { appendTrail } from './trail.ts';

type Acting = Operation & { readonly state: 'acting' };

export async function settle(
  transaction: Transaction<Database>,
  owner: string,
  changes: readonly Change[],
  differences: Pick<Differences, 'concurrent' | 'lockInstances'>,
): Promise<readonly Settled[]> {
  const instances = changes.flatMap(({ after }) => (needsWay(after) ? [after.instance.id] : []));
  if (instances.length > 0) await differences.lockInstances(transaction, instances);
  const answers: Settled[] = [];
  for (const change of changes) {
    const answer = await settleOne(transaction, owner, change, differences.concurrent);
    answers.push(answer);
  }
  const written = changes.filter((_, index) => answers[index]?.outcome === 'written');
  await appendTrail(
    transaction,
    written.flatMap(({ after, trail }) => trail.map((entry) => ({ operation: after.id, entry }))),
  );
  return answers;
}

/** A dry run changes nothing, so nobody is in its way. */
function needsWay(after: Operation): after is Acting {
  return after.state === 'acting' && !after.intent.dryRun;
}

async function settleOne(
  transaction: Transaction<Database>,
  owner: string,
  { before, after, availableAt }: Change,
  concurrent: boolean,
): Promise<Settled> {
  // Asked first: an owner who has lost the operation must not cancel others for it either.
  const owned = await transaction
    .selectFrom('operation')
    .select('id')
    .where('id', '=', before.id)
    .where('owner', '=', owner)
    .where('state', '=', before.state)
    .$if(concurrent, (query) => query.forUpdate())
    .executeTakeFirst();
  if (owned === undefined) return { outcome: 'lost' };
  if (needsWay(after)) {
    const blocked = await makeWay(transaction, after, concurrent);
    if (blocked !== undefined) return blocked;
  }
  const released = availableAt === undefined ? {} : { available_at: availableAt, owner: null };
  await transaction
    .updateTable('operation')
    .set({ ...toColumns(after), ...released })
    .where('id', '=', before.id)
    .execute();
  return { outcome: 'written' };
}

/**
 * Looks for open operations that want the opposite of the same instance. One that is being carried out must end first.
 * Among those that wait, the loser is cancelled: it would undo what the winner is about to do.
 */
async function makeWay(
  transaction: Transaction<Database>,
  acting: Acting,
  concurrent: boolean,
): Promise<Settled | undefined> {
  const rows = await transaction
    .selectFrom('operation')
    .selectAll()
    .where('instance_id', '=', acting.instance.id)
    .where('verb', '!=', acting.intent.verb)
    .where('ended_at', 'is', null)
    .orderBy('id')
    .$if(concurrent, (query) => query.forUpdate())
    .execute();
  const rivals = rows.map(toOperation).filter(({ intent }) => !intent.dryRun);
  const busy = rivals.find(({ state }) => state === 'acting' || state === 'verifying');
  if (busy !== undefined) return { outcome: 'rival', rival: busy.id, yields: false };
  const winner = rivals.find((rival) => beats(rival, acting));
  if (winner !== undefined) return { outcome: 'rival', rival: winner.id, yields: true };
  for (const rival of rivals) await supersede(transaction, rival, acting);
  return undefined;
}

async function supersede(transaction: Transaction<Database>, loser: Operation, winner: Acting): Promise<void> {
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
