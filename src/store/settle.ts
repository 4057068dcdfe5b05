/** Writes a worker's changes. Every write is fenced: it counts only while the worker still owns the operation. */
import { sql } from 'kysely';
import {
  beginsOrWaits,
  fence,
  givesPlaceBack,
  isOutweighed,
  isUnwanted,
  mayBeOutweighed,
  needsWay,
  restsOnLook,
  wordsOf,
  type Change,
  type Settled,
  type Taking,
} from '../domain/change.ts';
import { decideChanges, type Found } from '../domain/decide-changes.ts';
import { withLive } from '../domain/live.ts';
import { LAG_MS, type Operation } from '../domain/operation.ts';
import { findOverruling } from '../domain/precedence.ts';
import { SILENCE, voiceKey } from '../domain/voice.ts';
import { namesOf, type Word } from '../domain/word.ts';
import { placeSpans } from './alert-spans.ts';
import { chunks, readChunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import { findResolved, passOn } from './episodes.ts';
import { writeJudgements } from './judgements.ts';
import { enterActs, leaveLedger, readLimiting } from './ledger.ts';
import { leasedBy, moveLeases } from './lease-moves.ts';
import { lockOperations } from './locks.ts';
import { endedBy } from './look-again.ts';
import { findOvertaken } from './overtaken.ts';
import { MOVED, storable, toColumns, toIntent, toOperations } from './rows.ts';
import type { OperationRow, Transaction } from './schema.ts';
import { readUnresolved } from './standing.ts';
import { readVoices } from './voice.ts';
import { readWords, writeWords } from './words.ts';
import type { WriteMoves } from './write-moves.ts';

interface Parts extends Pick<Differences, 'concurrent' | 'lockInstances' | 'lockLedger' | 'sharePauses'> {
  readonly writeMoves: WriteMoves;
}

/** Reads everything that the decision needs, lets `decideChanges` decide, and writes the decision. */
export async function settle(
  transaction: Transaction,
  owner: string,
  changes: readonly Change[],
  parts: Parts,
): Promise<readonly Settled[]> {
  const acts = await readLimiting(transaction, changes, parts);
  const hearing = changes.filter((change) => change.heard !== undefined);
  if (hearing.length > 0) await parts.sharePauses(transaction);
  const instances = changes.flatMap((change) => {
    if (needsWay(change)) return [change.after.instance.id];
    return wordsOf(change).map(({ instance }) => instance);
  });
  const spokenOf = hearing.flatMap(({ after }) => after.instance?.id ?? []);
  const locking = [...instances, ...spokenOf, ...(await leasedBy(transaction, changes))];
  if (locking.length > 0) await parts.lockInstances(transaction, locking);
  const locked = await lockAll(transaction, changes, instances, parts);
  const owned = new Set(locked.filter((row) => row.owner === owner).map(fence));
  // First of all: a word counts for the other changes of the same transaction, too.
  await writeWords(transaction, changes.filter(({ before }) => owned.has(fence(before))).flatMap(wordsOf));
  const against = await readAgainst(transaction, changes);
  const rivals = await findEndedRivals(transaction, changes.filter(restsOnLook));
  const open = openOn(locked, instances);
  const resolved = await findResolved(
    transaction,
    changes.filter(beginsOrWaits).map(({ before }) => before.id),
  );
  const overtaken = await findOvertaken(
    transaction,
    changes.filter(beginsOrWaits).map(({ after }) => after),
  );
  const intents = new Map(locked.map(({ id, intent }) => [id, intent]));
  const outweighed = findOutweighed(changes, intents);
  // An outweighed operation already has the cause that outweighs its own.
  const unwanted = changes.filter(
    (change) => isUnwanted(change) && owned.has(fence(change.before)) && !outweighed.has(change.before.id),
  );
  const passedOn = await passOn(transaction, unwanted);
  const again = outweighed.union(passedOn).union(await findMisheard(transaction, hearing));
  const found = { owned, open, resolved, overtaken, outweighed: again, ...against, rivals, acts };
  const { answers, entered } = decideChanges(changes, found);
  await release(transaction, changes, answers);
  await update(
    transaction,
    changes.flatMap((change, index) => writtenFor(change, answers[index], intents)),
  );
  const written = changes.filter((_, index) => answers[index]?.outcome === 'written');
  await writeJudgements(
    transaction,
    written.flatMap(({ after, at, judged }) => (judged === undefined ? [] : [{ operation: after.id, at, judged }])),
  );
  const resolvedNow = written.filter(
    ({ before, after }) => before.instance === undefined && after.instance !== undefined,
  );
  await placeSpans(
    transaction,
    resolvedNow.map(({ after }) => after.id),
  );
  const leaving = written.filter(givesPlaceBack).map(({ before }) => before.id);
  if (leaving.length > 0) await leaveLedger(transaction, leaving);
  await enterActs(transaction, entered);
  await moveLeases(transaction, changes, answers, locked);
  await parts.writeMoves(
    transaction,
    answers.flatMap((answer) => (answer.outcome === 'written' ? answer.moves : [])),
  );
  return answers;
}

/** The operations that are to be judged by another cause than the one that the worker has judged them by. */
function findOutweighed(changes: readonly Change[], intents: ReadonlyMap<string, string>): Set<string> {
  const outweighed = changes.filter((change) => {
    const now = mayBeOutweighed(change) ? toIntent(intents.get(change.before.id) ?? '')?.cause : undefined;
    return now !== undefined && isOutweighed(change, now);
  });
  return new Set(outweighed.map(({ before }) => before.id));
}

/** The operations about whose machines people say something else than when the guards were asked. */
async function findMisheard(transaction: Transaction, changes: readonly Change[]): Promise<Set<string>> {
  if (changes.length === 0) return new Set();
  const ids = changes.flatMap(({ after }) => after.instance?.id ?? []);
  const voices = await readVoices(transaction, ids, Math.max(...changes.map(({ at }) => at)));
  const misheard = changes.filter(({ after, heard = SILENCE }) => {
    const voice = voices.get(after.instance?.id ?? '') ?? SILENCE;
    return voiceKey(voice) !== voiceKey(heard);
  });
  return new Set(misheard.map(({ before }) => before.id));
}

async function release(
  transaction: Transaction,
  changes: readonly Change[],
  answers: readonly Settled[],
): Promise<void> {
  for (const [index, { before, at }] of changes.entries()) {
    if (answers[index]?.outcome !== 'cause_changed') continue;
    await transaction
      .updateTable('operation')
      .set({ available_at: at, owner: null, held_until: endedBy(at) })
      .where('id', '=', before.id)
      .execute();
  }
}

/** The words against the operations that are about to begin, and operations of unknown machines that keep them back. */
async function readAgainst(
  transaction: Transaction,
  changes: readonly Change[],
): Promise<Pick<Found, 'words' | 'unresolved'>> {
  const begun = changes.map(({ after }) => after).filter(({ state }) => state === 'acting');
  if (begun.length === 0) return { words: new Map(), unresolved: [] };
  const said = await readWords(
    transaction,
    begun.flatMap(({ intent, instance }) => namesOf(intent, instance?.id)),
  );
  const words = begun.flatMap(({ id, instance, intent }): [string, Word][] => {
    const word = instance === undefined ? undefined : findOverruling(said, instance.id, intent);
    return word === undefined ? [] : [[id, word]];
  });
  return { words: new Map(words), unresolved: await readUnresolved(transaction, begun) };
}

/**
 * Opposite operations that have ended since the looks that the changes rest on: a transaction may have waited for long. One that
 * seems to end much later was written before a clock was set back.
 */
async function findEndedRivals(
  transaction: Transaction,
  changes: readonly Taking[],
): Promise<ReadonlyMap<string, string>> {
  if (changes.length === 0) return new Map();
  const ended = await transaction
    .selectFrom('operation')
    .select(['id', 'verb', 'instance_id', 'ended_at'])
    .where('ended_at', '>', Math.min(...changes.map(({ at }) => at)))
    .where('acted', 'is not', null)
    .where('dry_run', '=', 0)
    .execute();
  const rivals = new Map<string, string>();
  for (const { after, at } of changes) {
    const { id, instance, intent } = after;
    const isSince = (endedAt: number | null): boolean => endedAt !== null && endedAt > at && endedAt < at + LAG_MS;
    const rival = ended.find(
      (row) => row.instance_id === instance.id && row.verb !== intent.verb && isSince(row.ended_at),
    );
    if (rival !== undefined) rivals.set(id, rival.id);
  }
  return rivals;
}

/**
 * The operations of the changes, and all open ones on these instances. An operation that another transaction finds to be on such an
 * instance is decided after this one, and finds these in its way.
 */
async function lockAll(
  transaction: Transaction,
  changes: readonly Change[],
  instances: readonly string[],
  parts: Parts,
): Promise<readonly OperationRow[]> {
  const there = await readChunks(instances, async (some) =>
    transaction
      .selectFrom('operation')
      .select('id')
      .where('instance_id', 'in', some)
      .where('ended_at', 'is', null)
      .execute(),
  );
  const ids = [...changes.map(({ before }) => before), ...there].map(({ id }) => id);
  return lockOperations(transaction, ids, parts);
}

function openOn(rows: readonly OperationRow[], instances: readonly string[]): readonly Operation[] {
  const wanted = new Set(instances);
  return toOperations(
    rows.filter(({ instance_id: id, ended_at: endedAt }) => endedAt === null && id !== null && wanted.has(id)),
  );
}

interface Written {
  readonly after: Operation;
  /** As `Change.availableAt`. */
  readonly availableAt: number | undefined;
  /** Undefined where it stays as it is. */
  readonly intent?: string | undefined;
}

/** The operations that a change writes: its own, moved or not, and those that give way to it. */
function writtenFor(
  change: Change,
  answer: Settled | undefined,
  intents: ReadonlyMap<string, string>,
): readonly Written[] {
  if (answer?.outcome !== 'written') return [];
  const { after, availableAt } = change;
  const losers = answer.moves.filter((move) => move.after.id !== after.id);
  const intent = isLiveDecided(change) ? withDecision(intents.get(after.id), after) : undefined;
  return [{ after, availableAt, intent }, ...losers.map((loser) => ({ after: loser.after, availableAt: loser.at }))];
}

function isLiveDecided({ before, after }: Change): boolean {
  return before.intent.notLive === true || after.intent.notLive === true;
}

/** Whether it is a dry run is written; the rest of the intent may be newer than the one that the worker has read. */
function withDecision(text: string | undefined, { intent: { notLive } }: Operation): string | undefined {
  const now = toIntent(text ?? '');
  return now && JSON.stringify(withLive(now, notLive !== true));
}

/** All in one statement: to a database on the network, each one more is a round trip. */
async function update(transaction: Transaction, written: readonly Written[]): Promise<void> {
  // An operation may move and then give way to a later change: its last state is written.
  const last = new Map(written.map((each) => [each.after.id, each]));
  for (const some of chunks([...last.values()], MOVES)) {
    const rows = some.map(({ after, availableAt, intent }) => {
      const moved = toColumns(after);
      return sql`(${sql.join([after.id, storable(availableAt), intent ?? null, ...MOVED.map((column) => moved[column])])})`;
    });
    // In a list of values PostgreSQL takes every parameter for text.
    const set = MOVED.map((column) => {
      const value = sql.ref(`moved.${column}`);
      return sql`${sql.id(column)} = ${NUMBERS.has(column) ? sql`cast(${value} as bigint)` : value}`;
    });
    await sql`
      with moved (id, available_at, intent, ${sql.join(MOVED.map((column) => sql.id(column)))}) as (values ${sql.join(rows)})
      update operation set
        ${sql.join(set)},
        intent = coalesce(moved.intent, operation.intent),
        available_at = coalesce(cast(moved.available_at as bigint), operation.available_at),
        owner = case when moved.available_at is null then operation.owner end
      from moved where operation.id = moved.id`.execute(transaction);
  }
}

/** With several hundred, PostgreSQL would rather read the whole table than look each of them up. */
const MOVES = 128;

const NUMBERS: ReadonlySet<string> = new Set([
  'attempts',
  'held_until',
  'sent_at',
  'accepted_at',
  'ended_at',
  'dry_run',
] satisfies (typeof MOVED)[number][]);
