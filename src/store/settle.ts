/** Writes what a worker has found out. Every write is fenced: it counts only while the worker still owns the operation. */
import { sql, type Transaction } from 'kysely';
import { traitsOf } from '../domain/cause.ts';
import { isRepeat, type Move } from '../domain/move.ts';
import type { Operation } from '../domain/operation.ts';
import { findOverruling, weighsMore } from '../domain/precedence.ts';
import { namesOf, wordOfRequest, type Word } from '../domain/word.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { Change, Settled } from './port.ts';
import { findResolved, handOn } from './episodes.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { lockOperations } from './locks.ts';
import { createField, needsWay, type Field } from './rivals.ts';
import { storable, toColumns, toIntent, toOperations } from './rows.ts';
import type { Database, OperationRow } from './schema.ts';
import { findUnresolvedRivals } from './standing.ts';
import { appendTrail } from './trail.ts';
import { readWords, speak } from './words.ts';

type Parts = Pick<Differences, 'concurrent' | 'lockInstances' | 'lockLedger'>;

/** Reads all that it needs at once, decides change by change, and writes what was decided. */
export async function settle(
  transaction: Transaction<Database>,
  owner: string,
  changes: readonly Change[],
  parts: Parts,
): Promise<readonly Settled[]> {
  const ledger = await openLedger(transaction, changes, parts);
  const instances = changes.flatMap((change) => {
    if (needsWay(change)) return [change.after.instance.id];
    return wordsOf(change).map(({ instance }) => instance);
  });
  if (instances.length > 0) await parts.lockInstances(transaction, instances);
  const locked = await lockAll(transaction, changes, instances, parts);
  const owned = new Set(locked.filter((row) => row.owner === owner).map(fence));
  const no = await hear(transaction, changes, owned);
  const field = createField(openOn(locked, instances));
  const resolved = await findResolved(
    transaction,
    changes.filter(beginsOrWaits).map(({ before }) => before.id),
  );
  const outweighed = await findRetold(transaction, changes);
  // Somebody who has joined meanwhile and weighs more has it already.
  const unwanted = changes.filter(
    (change) => isUnwanted(change) && owned.has(fence(change.before)) && !outweighed.has(change.before.id),
  );
  const retold = outweighed.union(await handOn(transaction, unwanted));
  const answers = changes.map((change) => decide(change, { owned, resolved, retold, no, field, ledger }));
  await release(transaction, changes, answers);
  await update(
    transaction,
    changes.flatMap((change, index) => writtenFor(change, answers[index])),
  );
  await ledger.write();
  await appendTrail(
    transaction,
    answers.flatMap((answer) => (answer.outcome === 'written' ? answer.moves.filter((move) => !isRepeat(move)) : [])),
  );
  return answers;
}

/**
 * Whether EC2 is about to be asked, perhaps not for the first time, or has not been asked at all: not if every alert behind it
 * has been resolved while somebody carried it. What an earlier call may have changed is looked at before it can be over.
 */
function beginsOrWaits({ before, after }: Change): boolean {
  return after.state === 'acting' || (after.state === 'waiting' && before.acted === undefined);
}

/** What a person says about a machine by what she asks of it; nothing, where she was refused or has thought better of it. */
function wordsOf({ after: { state, instance, intent } }: Change): readonly Word[] {
  if (instance === undefined || state === 'refused' || state === 'cancelled') return [];
  const word = wordOfRequest(instance.id, intent);
  return word === undefined ? [] : [word];
}

/** Whether the alert that it was judged by turned out to be over. */
function isUnwanted({ after }: Change): boolean {
  return after.state === 'cancelled' && after.reason === 'not_firing';
}

/** Whether EC2 is not asked for it now: not for the reasons of one, where another has asked for the same meanwhile. */
function holdsBack({ before, after }: Change): boolean {
  if (before.state !== 'queued' && before.state !== 'waiting') return false;
  return after.state === 'waiting' || after.state === 'refused' || after.state === 'cancelled';
}

/**
 * Whether a look at the machine has found it done. A person who has joined since the look was begun has said her word later than
 * the one that would be kept: another look keeps hers.
 */
function findsDone({ after }: Change): boolean {
  return after.state === 'succeeded' && after.instance !== undefined && !after.intent.dryRun;
}

/** The operations whose cause weighs more by now than the one that the change was decided by. */
async function findRetold(transaction: Transaction<Database>, changes: readonly Change[]): Promise<Set<string>> {
  const causes = new Map(
    changes
      .filter((change) => holdsBack(change) || findsDone(change))
      .map((change) => [change.before.id, { cause: change.before.intent.cause, isDone: findsDone(change) }]),
  );
  const retold = new Set<string>();
  for (const some of chunks([...causes.keys()], CHUNK)) {
    const rows = await transaction.selectFrom('operation').select(['id', 'intent']).where('id', 'in', some).execute();
    for (const { id, intent } of rows) {
      const [known, now] = [causes.get(id), toIntent(intent)?.cause];
      if (known === undefined || now === undefined || !weighsMore(now, known.cause)) continue;
      if (!known.isDone || traitsOf(now).isWord) retold.add(id);
    }
  }
  return retold;
}

async function release(
  transaction: Transaction<Database>,
  changes: readonly Change[],
  answers: readonly Settled[],
): Promise<void> {
  for (const [index, { before, at }] of changes.entries()) {
    if (answers[index]?.outcome !== 'retold') continue;
    await transaction
      .updateTable('operation')
      .set({ available_at: at, owner: null })
      .where('id', '=', before.id)
      .execute();
  }
}

interface Known {
  readonly owned: Set<string>;
  readonly resolved: ReadonlySet<string>;
  readonly retold: ReadonlySet<string>;
  readonly no: No;
  readonly field: Field;
  readonly ledger: Ledger;
}

function decide(change: Change, { owned, resolved, retold, no, field, ledger }: Known): Settled {
  // First of all: an owner who has lost the operation must not cancel others for it either.
  if (!owned.has(fence(change.before))) return { outcome: 'lost' };
  if (retold.has(change.before.id)) return { outcome: 'retold' };
  if (resolved.has(change.before.id)) return { outcome: 'resolved' };
  const word = no.words.get(change.after.id);
  if (word !== undefined) return { outcome: 'overruled', word };
  const rival = no.rivals.get(change.after.id);
  if (rival !== undefined) return { outcome: 'rival', rival, yields: false };
  if (!needsWay(change)) return { outcome: 'written', moves: ownMoves(change) };
  // Before others are cancelled for what then has to wait itself.
  const obstacle = ledger.findObstacle(change);
  if (obstacle !== undefined) return obstacle;
  const answer = field.makeWay(change);
  if (answer.outcome !== 'written') return answer;
  ledger.enter(change);
  // Whoever was just cancelled has ended, whatever else its worker has found out about it meanwhile.
  for (const { before } of answer.moves) if (before !== undefined) owned.delete(fence(before));
  return { outcome: 'written', moves: [...ownMoves(change), ...answer.moves] };
}

function ownMoves({ before, after, at, entry }: Change): readonly Move[] {
  return entry === undefined ? [] : [{ before, after, at, entry }];
}

/** What people have said against operations that are about to be begun, by the operations' ids. */
interface No {
  readonly words: ReadonlyMap<string, Word>;
  readonly rivals: ReadonlyMap<string, string>;
}

/** Keeps what people say with their own operations first: it counts for the others of the same transaction, too. */
async function hear(
  transaction: Transaction<Database>,
  changes: readonly Change[],
  owned: ReadonlySet<string>,
): Promise<No> {
  await speak(transaction, changes.filter(({ before }) => owned.has(fence(before))).flatMap(wordsOf));
  const begun = changes.map(({ after }) => after).filter(({ state }) => state === 'acting');
  if (begun.length === 0) return { words: new Map(), rivals: new Map() };
  const said = await readWords(
    transaction,
    begun.flatMap(({ intent, instance }) => namesOf(intent, instance?.id)),
  );
  const words = begun.flatMap(({ id, instance, intent }): [string, Word][] => {
    const word = instance === undefined ? undefined : findOverruling(said, instance.id, intent);
    return word === undefined ? [] : [[id, word]];
  });
  return { words: new Map(words), rivals: await findUnresolvedRivals(transaction, begun) };
}

/** An operation in the very state that it was read in. */
function fence({ id, state }: { readonly id: string; readonly state: string }): string {
  return `${id} ${state}`;
}

/**
 * The operations of the changes, and all open ones on these instances. One that is found to be on an instance only now comes after
 * this transaction, and finds these in its way in turn.
 */
async function lockAll(
  transaction: Transaction<Database>,
  changes: readonly Change[],
  instances: readonly string[],
  parts: Parts,
): Promise<readonly OperationRow[]> {
  const ids = changes.map(({ before }) => before.id);
  for (const some of chunks([...new Set(instances)], CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .select('id')
      .where('instance_id', 'in', some)
      .where('ended_at', 'is', null)
      .execute();
    ids.push(...rows.map(({ id }) => id));
  }
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
}

/** What a change writes: its own operation, moved or not, and those that give way to it. */
function writtenFor({ after, availableAt }: Change, answer: Settled | undefined): readonly Written[] {
  if (answer?.outcome !== 'written') return [];
  const losers = answer.moves.filter((move) => move.after.id !== after.id);
  return [{ after, availableAt }, ...losers.map((loser) => ({ after: loser.after, availableAt: loser.at }))];
}

/** All in one statement: to a database on the network, each one more is a round trip. */
async function update(transaction: Transaction<Database>, written: readonly Written[]): Promise<void> {
  // One that has moved and then had to give way is written as it is at the end.
  const last = new Map(written.map((each) => [each.after.id, each]));
  for (const some of chunks([...last.values()], MOVES)) {
    const rows = some.map(({ after, availableAt }) => {
      const moved = toColumns(after);
      return sql`(${sql.join([after.id, storable(availableAt), ...MOVED.map((column) => moved[column])])})`;
    });
    // In a list of values PostgreSQL takes every parameter for text.
    const set = MOVED.map((column) => {
      const value = sql.ref(`moved.${column}`);
      return sql`${sql.id(column)} = ${NUMBERS.has(column) ? sql`cast(${value} as bigint)` : value}`;
    });
    await sql`
      with moved (id, available_at, ${sql.join(MOVED.map((column) => sql.id(column)))}) as (values ${sql.join(rows)})
      update operation set
        ${sql.join(set)},
        available_at = coalesce(cast(moved.available_at as bigint), operation.available_at),
        owner = case when moved.available_at is null then operation.owner end
      from moved where operation.id = moved.id`.execute(transaction);
  }
}

/** With several hundred, PostgreSQL would rather read the whole table than look each of them up. */
const MOVES = 128;

const MOVED = [
  'state',
  'attempts',
  'reason',
  'message',
  'instance_id',
  'instance_name',
  'place',
  'held_until',
  'acted',
  'accepted_at',
  'ended_at',
] as const satisfies (keyof ReturnType<typeof toColumns>)[];

const NUMBERS: ReadonlySet<string> = new Set([
  'attempts',
  'held_until',
  'accepted_at',
  'ended_at',
] satisfies (typeof MOVED)[number][]);
