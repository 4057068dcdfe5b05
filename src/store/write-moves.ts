/** Writes what a move leaves behind. Every move is written here, so that none is forgotten. */
import { isRepeat, type Move } from '../domain/move.ts';
import { append } from './audit.ts';
import type { NewEntry } from './audit-entry.ts';
import type { Transaction } from './schema.ts';
import { rearmWarnings, writeNotices, type Announce } from './write-notices.ts';
import { writeWishes } from './wishes.ts';
import type { NoticesOf } from './notice-port.ts';

/**
 * Writes the entries and the notices of moves in their transaction. A move that repeats the one before has neither.
 *
 * @param entries those of the moves among others; by default those of the moves alone
 */
export type WriteMoves = (
  transaction: Transaction,
  moves: readonly Move[],
  entries?: readonly NewEntry[],
) => Promise<void>;

export function createWriteMoves(noticesOf: NoticesOf, announce: Announce): WriteMoves {
  return async (transaction, moves, entries) => {
    const news = moves.filter((move) => !isRepeat(move));
    await append(transaction, entries ?? news.map(({ after, entry }) => ({ operation: after.id, entry })));
    await rearmWarnings(transaction, moves, announce);
    const notices = news.flatMap((move) => noticesOf(move).map((notice) => ({ notice, at: move.at })));
    await writeNotices(transaction, notices, announce);
    await writeWishes(transaction, moves);
  };
}
