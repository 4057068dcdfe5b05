/** The last question before a call, and the mark that the call is being sent: one transaction, under the locks of pauses and machines. */
import { mayHaveBeenSent } from '../domain/operation.ts';
import { chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import { lockOperations } from './locks.ts';
import type { SendAnswer, SendRequest } from './port.ts';
import { toOperations } from './rows.ts';
import type { Transaction } from './schema.ts';
import { showOperation } from './shown.ts';
import { standingOf } from './standing.ts';
import type { SentStop } from './voice-port.ts';

/** As `Store.send`. */
export async function send(
  transaction: Transaction,
  owner: string,
  requests: readonly SendRequest[],
  now: number,
  parts: Pick<Differences, 'concurrent' | 'lockInstances' | 'sharePauses'>,
): Promise<readonly SendAnswer[]> {
  await parts.sharePauses(transaction);
  await parts.lockInstances(
    transaction,
    requests.map(({ instance }) => instance),
  );
  const ids = [...new Set(requests.map(({ id }) => id))];
  const rows = await lockOperations(transaction, ids, parts);
  const acting = toOperations(rows.filter((row) => row.owner === owner && row.state === 'acting'));
  const standing = await standingOf(transaction, acting, now);
  const dry = new Set(acting.filter(({ intent }) => intent.dryRun).map(({ id }) => id));
  const answers = requests.map(({ id, whyNot }): SendAnswer => {
    const why = whyNot(standing.get(id));
    if (why !== undefined) return { outcome: 'held_back', why };
    if (!standing.has(id)) throw new Error(`expected operation ${id} to be held back, because its claim has ended`);
    return dry.has(id) ? { outcome: 'go' } : { outcome: 'go', sentAt: now };
  });
  const sent = requests.flatMap(({ id }, index) => {
    const answer = answers[index];
    return answer?.outcome === 'go' && answer.sentAt !== undefined ? [id] : [];
  });
  for (const some of chunks(sent))
    await transaction.updateTable('operation').set({ sent_at: now }).where('id', 'in', some).execute();
  return answers;
}

/** How far the clocks of replicas may differ, in milliseconds. */
const SKEW_MS = 5_000;

/**
 * The stops of a machine that are too late to keep back, oldest first: those that are open, and those that ended lately. Under the
 * machine's lock, no other is about to be sent.
 *
 * @param lookedAt when the machine was looked at: a stop that ended later may have stopped it since
 */
export async function sentStops(
  transaction: Transaction,
  instance: string,
  lookedAt = Infinity,
): Promise<readonly SentStop[]> {
  const rows = await transaction
    .selectFrom('operation')
    .selectAll()
    .where('instance_id', '=', instance)
    .where((row) =>
      lookedAt === Infinity
        ? row('ended_at', 'is', null)
        : row.or([row('ended_at', 'is', null), row('ended_at', '>=', lookedAt - SKEW_MS)]),
    )
    .where('verb', '=', 'stop')
    .where('dry_run', '=', 0)
    .orderBy('id')
    .execute();
  return rows
    .map(showOperation)
    .filter(mayHaveBeenSent)
    .map(({ id, sentAt }) => ({ id, sentAt }));
}
