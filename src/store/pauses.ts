/** Begins and ends pauses. The lock of pauses orders them and the calls that are sent: one of the two always sees the other. */
import { traitsOf } from '../domain/cause.ts';
import type { Who } from '../domain/receipt.ts';
import { joinPauses, tellPause, type Pause } from '../domain/voice.ts';
import { append } from './audit.ts';
import type { Differences } from './differences.ts';
import { lookAgainAt } from './look-again.ts';
import type { Transaction } from './schema.ts';
import { showOperation } from './shown.ts';
import type { BegunPause, EndedPause, SentCall } from './voice-port.ts';
import { readPauses, toPause } from './voice.ts';

type Parts = Pick<Differences, 'announceWork' | 'concurrent' | 'lockPauses'>;

/** Each decision reads all of them. */
export const MAX_PAUSES = 100;

/** As `Store.beginPause`. */
export async function beginPause(
  transaction: Transaction,
  pause: Pause,
  by: Who,
  parts: Parts,
): Promise<BegunPause | undefined> {
  const { id, only, until, who, why, createdAt } = pause;
  await parts.lockPauses(transaction);
  const standing = await readPauses(transaction, createdAt);
  const [joined] = standing.flatMap((one) => joinPauses(one, pause) ?? []);
  if (joined !== undefined) return joinPause(transaction, joined, by, createdAt);
  if (standing.length >= MAX_PAUSES) return undefined;
  await transaction
    .insertInto('pause')
    .values({
      id,
      selector: only === undefined ? null : JSON.stringify(only),
      until_at: until ?? null,
      who,
      why,
      created_at: createdAt,
      ended_at: null,
    })
    .execute();
  await recordPause(transaction, by, createdAt, tellPause(pause));
  // Otherwise they would go on to announce a stop that does not come.
  await lookAgainAt(transaction, ['warned', 'warning_undelivered'], createdAt, parts);
  return { pause, sent: await sentCalls(transaction) };
}

async function joinPause(transaction: Transaction, joined: Pause, by: Who, now: number): Promise<BegunPause> {
  const { id, until } = joined;
  await transaction
    .updateTable('pause')
    .set({ until_at: until ?? null })
    .where('id', '=', id)
    .execute();
  await recordPause(transaction, by, now, tellPause(joined));
  return { pause: joined, sent: await sentCalls(transaction) };
}

/** As `Store.endPause`. */
export async function endPause(
  transaction: Transaction,
  id: string,
  now: number,
  by: Who,
  parts: Parts,
): Promise<EndedPause | undefined> {
  await parts.lockPauses(transaction);
  const row = await transaction.selectFrom('pause').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const pause = toPause(row);
  const over = Math.min(row.ended_at ?? Infinity, row.until_at ?? Infinity);
  if (row.ended_at !== null || over <= now) return { pause, endedAt: over, due: 0, isRepeat: true };
  await transaction.updateTable('pause').set({ ended_at: now }).where('id', '=', id).execute();
  await recordPause(transaction, by, now, `ended a pause: ${pause.who} ${tellPause(pause)}`);
  const due = await lookAgainAt(transaction, ['paused'], now, parts);
  return { pause, endedAt: now, due, isRepeat: false };
}

/** The open automatic calls that were sent already, oldest first. Under the lock of pauses, no other is about to be sent. */
async function sentCalls(transaction: Transaction): Promise<readonly SentCall[]> {
  const rows = await transaction
    .selectFrom('operation')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('dry_run', '=', 0)
    .where('acted', 'is not', null)
    .orderBy('id')
    .execute();
  return rows.map(showOperation).flatMap((operation): readonly SentCall[] => {
    const { id, intent, instance, sentAt } = operation;
    if (sentAt === undefined || instance === undefined) return [];
    return traitsOf(intent.cause).isAutomatic ? [{ id, verb: intent.verb, instance, sentAt }] : [];
  });
}

async function recordPause(
  transaction: Transaction,
  { name, remote }: Who,
  at: number,
  message: string,
): Promise<void> {
  await append(transaction, [{ entry: { at, event: 'pause', who: name, remote, message } }]);
}
