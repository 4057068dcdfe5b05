/** Makes, changes, ends and lists leases, as people ask for it, and finds those whose stop is to come in. */
import { randomUUIDv7 } from 'node:crypto';
import { formatDuration } from '../domain/duration.ts';
import { nameInstance } from '../domain/instance.ts';
import { agreeOn, ASKED_AGAIN_MS, askAt } from '../domain/lease.ts';
import { quote } from '../domain/parsed.ts';
import type { Who } from '../domain/receipt.ts';
import { isOver, tellHolder, type Lease } from '../domain/voice.ts';
import { append } from './audit.ts';
import type { Differences } from './differences.ts';
import { lookAgain } from './look-again.ts';
import type { ChangedLease, LeaseAnswer, LeaseChange, LeasesQuery, NewLease } from './lease-port.ts';
import { storable } from './rows.ts';
import type { Db, LeaseRow, Transaction } from './schema.ts';
import { sentStops } from './send.ts';
import { readLeases, toLease } from './voice.ts';

type Parts = Pick<Differences, 'concurrent' | 'lockInstances' | 'announceWork'>;

/** As `Store.lease`. The lock is the one under which a stop is marked as sent: one of the two sees the other. */
export async function makeLease(
  transaction: Transaction,
  asked: NewLease,
  now: number,
  parts: Parts,
): Promise<LeaseAnswer> {
  const { by, launchedAt = 0, instance } = asked;
  await parts.lockInstances(transaction, [instance]);
  const [row] = await readLeases(transaction, [instance]);
  const present = row !== undefined && isOver(row, { launchedAt }) ? undefined : row;
  const agreed = agreeOn({ until: asked.until, who: by.name }, present);
  const lease = await replace(transaction, row, { ...asked, ...agreed, lengthMs: asked.until - now }, now);
  await record(transaction, lease, by, now, 'made');
  await lookAgain(transaction, instance, now, parts);
  return { lease, sent: await sentStops(transaction, instance, asked.lookedAt) };
}

/** As `Store.changeLease`. */
export async function changeLease(
  transaction: Transaction,
  { instance, by, to, longestMs, mayShorten, launchedAt = 0 }: LeaseChange,
  now: number,
  parts: Parts,
): Promise<ChangedLease> {
  await parts.lockInstances(transaction, [instance]);
  const [present] = await readLeases(transaction, [instance]);
  if (present === undefined) return { outcome: 'none' };
  if (isOver(present, { launchedAt })) {
    await endRow(transaction, present.id, now);
    return { outcome: 'none' };
  }
  // Nothing is gained by an hour that has passed already.
  const until = 'until' in to ? to.until : Math.max(present.until, now) + to.addMs;
  if (until > present.until && until - now > longestMs) {
    const message = `expected the lease to end at most ${formatDuration(longestMs)} from now, got ${formatDuration(until - now)}`;
    return { outcome: 'refused', message };
  }
  if (until < present.until && mayShorten !== true) return { outcome: 'sooner' };
  const lease = { ...present, until };
  await transaction
    .updateTable('lease')
    .set({ until_at: until, ask_at: Math.max(askAt(until), now) })
    .where('id', '=', present.id)
    .execute();
  await record(transaction, lease, by, now, until < present.until ? 'shortened' : 'extended');
  await lookAgain(transaction, instance, now, parts);
  return { outcome: 'changed', lease, sent: await sentStops(transaction, instance) };
}

/** As `Store.endLease`. */
export async function endLease(
  transaction: Transaction,
  instance: string,
  by: Who,
  now: number,
  parts: Parts,
): Promise<LeaseAnswer | undefined> {
  await parts.lockInstances(transaction, [instance]);
  const [lease] = await readLeases(transaction, [instance]);
  if (lease === undefined) return undefined;
  await endRow(transaction, lease.id, now);
  await record(transaction, lease, by, now, 'ended');
  await lookAgain(transaction, instance, now, parts);
  return { lease, sent: await sentStops(transaction, instance) };
}

/** As `Store.leases`. */
export async function listLeases(db: Db, { machine, limit, after }: LeasesQuery): Promise<readonly Lease[]> {
  let query = db.selectFrom('lease').selectAll().where('ended_at', 'is', null).orderBy('instance_id').limit(limit);
  if (machine !== undefined)
    query = query.where((row) => row.or([row('instance_id', '=', machine), row('instance_name', '=', machine)]));
  if (after !== undefined) query = query.where('instance_id', '>', after);
  return (await query.execute()).map(toLease);
}

export async function countLeases(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('lease')
    .select((row) => row.fn.countAll<number | string>().as('count'))
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A replica that dies before it has asked for a stop leaves it to another for so long, in milliseconds. */
const CLAIMED_MS = 60_000;

/** As `Store.takeDueLeases`. */
export async function takeDueLeases(transaction: Transaction, now: number, limit: number): Promise<readonly Lease[]> {
  const due = transaction
    .selectFrom('lease')
    .select('id')
    .where('ended_at', 'is', null)
    .where('ask_at', '<=', now)
    .orderBy('ask_at')
    .limit(limit);
  const rows = await transaction
    .updateTable('lease')
    .set({ ask_at: now + CLAIMED_MS })
    .where('id', 'in', due)
    .where('ended_at', 'is', null)
    .where('ask_at', '<=', now)
    .returningAll()
    .execute();
  return rows.map(toLease);
}

/** As `Store.stopsAsked`: from now on the end of its operation decides. The time is for a stop that gets lost on the way. */
export async function stopsAsked(transaction: Transaction, leases: readonly Lease[], now: number): Promise<void> {
  for (const { id, until } of leases.toSorted((one, other) => (one.id < other.id ? -1 : 1)))
    await transaction
      .updateTable('lease')
      .set({ ask_at: Math.max(until, now) + ASKED_AGAIN_MS })
      .where('id', '=', id)
      .execute();
}

/** The terms and the holder of a lease, and its machine. */
interface Made extends Omit<Lease, 'id' | 'since'> {
  readonly launchedAt?: number;
}

/**
 * The machine is locked. A lease begins no sooner than its machine was launched by EC2's clock: `isOver` compares the two, and our
 * clock may be behind.
 *
 * @returns the fresh lease, in place of the one before
 */
export async function replace(
  transaction: Transaction,
  before: Pick<Lease, 'id'> | undefined,
  made: Made,
  now: number,
): Promise<Lease> {
  if (before !== undefined) await endRow(transaction, before.id, now);
  const row = {
    id: randomUUIDv7(),
    instance_id: made.instance,
    since_at: Math.max(now, made.launchedAt ?? now),
    until_at: storable(made.until) ?? now,
    ask_at: Math.max(askAt(made.until), now),
    length_ms: made.lengthMs,
    who: made.who,
    why: made.why ?? null,
    place: made.place === undefined ? null : JSON.stringify(made.place),
    instance_name: made.name ?? null,
    ended_at: null,
  } satisfies LeaseRow;
  await transaction.insertInto('lease').values(row).execute();
  return toLease(row);
}

/** @returns the lease; undefined if it has ended before */
export async function endRow(transaction: Transaction, id: string, now: number): Promise<Lease | undefined> {
  const row = await transaction
    .updateTable('lease')
    .set({ ended_at: now })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row && toLease(row);
}

export async function record(
  transaction: Transaction,
  lease: Lease,
  { name: who, remote }: { readonly name: string; readonly remote?: string },
  at: number,
  what: string,
): Promise<void> {
  const { instance, name, until, why } = lease;
  const named = nameInstance({ id: instance, ...(name === undefined ? {} : { name }) });
  const reason = why === undefined ? '' : ` (${quote(why)})`;
  const message = `${what} the lease of ${named} to ${tellHolder(lease)} until ${new Date(until).toISOString()}${reason}`;
  const entry = { at, event: 'lease', who, ...(remote === undefined ? {} : { remote }), instance, message } as const;
  await append(transaction, [{ entry }]);
}
