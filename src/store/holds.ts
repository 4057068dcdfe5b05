/** Makes, moves, releases and lists holds. */
import { admitHold, COUNTED_MS } from '../domain/admit-hold.ts';
import { nameInstance } from '../domain/instance.ts';
import { quote } from '../domain/parsed.ts';
import type { Who } from '../domain/receipt.ts';
import type { Hold } from '../domain/voice.ts';
import { append } from './audit.ts';
import type { Differences } from './differences.ts';
import { lookAgain } from './look-again.ts';
import type { HoldAnswer, HoldRelease, HoldsQuery, NewHold, ReleaseAnswer } from './voice-port.ts';
import type { Db, Transaction } from './schema.ts';
import { sentStops } from './send.ts';
import { readHolds, toHold } from './voice.ts';

type Parts = Pick<Differences, 'concurrent' | 'lockInstances' | 'announceWork'>;

/** As `Store.hold`. The lock is the one under which a stop is marked as sent: one of the two sees the other. */
export async function hold(transaction: Transaction, asked: NewHold, now: number, parts: Parts): Promise<HoldAnswer> {
  const { instance, holder, by, limits } = asked;
  await parts.lockInstances(transaction, [instance]);
  // Ended holds matter to a limit alone. There can be any number of them.
  const known = await readCounted(transaction, instance, limits.atMostMs === undefined ? now : now - COUNTED_MS);
  // A hold that ends at this moment goes on without a gap.
  const own = known.find((one) => one.holder === holder && one.until >= now);
  const others = known.filter((one) => one !== own);
  const until = asked.onlyLater === true ? Math.max(asked.until, own?.until ?? 0) : asked.until;
  const machine = { id: instance, ...(asked.name === undefined ? {} : { name: asked.name }) };
  const admission = admitHold({ machine, until, limits }, own, others, now);
  if (admission.outcome === 'refused') return admission;
  const sent = await sentStops(transaction, instance, asked.lookedAt);
  const { leftMs } = admission;
  const answer = { ...(leftMs === undefined ? {} : { leftMs }), sent };
  const { why = own?.why, place = own?.place, name = own?.name } = asked;
  const made: Hold = {
    instance,
    holder,
    who: by.name,
    since: own?.since ?? now,
    until,
    ...(why === undefined ? {} : { why }),
    ...(place === undefined ? {} : { place }),
    ...(name === undefined ? {} : { name }),
  };
  // A link can be pressed any number of times: the records and the worker are for what has changed.
  if (own?.until === until && own.why === why) return { outcome: 'stands', hold: own, ...answer };
  await write(transaction, made);
  const isRenewal = own !== undefined && holder !== by.name && made.until >= own.until;
  // A program that renews its hold each minute is on record when it begins and ends, and wakes no operation.
  if (!isRenewal) {
    await record(transaction, [made], by, now, own === undefined ? 'held' : 'moved the end of the hold on');
    await lookAgain(transaction, instance, now, parts);
  }
  return { outcome: own === undefined ? 'made' : 'moved', hold: made, ...answer };
}

/** As `Store.releaseHolds`. */
export async function releaseHolds(
  transaction: Transaction,
  { instance, holder, by }: HoldRelease,
  now: number,
  parts: Parts,
): Promise<ReleaseAnswer> {
  await parts.lockInstances(transaction, [instance]);
  const active = await readHolds(transaction, [instance], now);
  const released = active.filter((one) => holder === undefined || one.holder === holder);
  const others = active.filter((one) => !released.includes(one));
  if (released.length === 0) return { released, others };
  await transaction
    .updateTable('hold')
    .set({ until_at: now })
    .where('instance_id', '=', instance)
    .where('until_at', '>', now)
    .$if(holder !== undefined, (query) => query.where('holder', '=', holder ?? ''))
    .execute();
  await record(transaction, released, by, now, 'released');
  await lookAgain(transaction, instance, now, parts);
  return { released, others };
}

/** As `Store.holds`. */
export async function listHolds(db: Db, { machine, limit, after }: HoldsQuery, now: number): Promise<readonly Hold[]> {
  let query = db
    .selectFrom('hold')
    .selectAll()
    .where('until_at', '>', now)
    .orderBy('instance_id')
    .orderBy('holder')
    .limit(limit);
  if (machine !== undefined)
    query = query.where((row) => row.or([row('instance_id', '=', machine), row('instance_name', '=', machine)]));
  if (after !== undefined)
    query = query.where((row) =>
      row.or([
        row('instance_id', '>', after.instance),
        row.and([row('instance_id', '=', after.instance), row('holder', '>', after.holder)]),
      ]),
    );
  return (await query.execute()).map(toHold);
}

/** As `Store.countHolds`. */
export async function countHolds(db: Db, now: number): Promise<number> {
  const { count } = await db
    .selectFrom('hold')
    .select((row) => row.fn.countAll().as('count'))
    .where('until_at', '>', now)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** As `Store.heldSince`. */
export async function readCounted(db: Db | Transaction, instance: string, since: number): Promise<readonly Hold[]> {
  const rows = await db
    .selectFrom('hold')
    .selectAll()
    .where('instance_id', '=', instance)
    .where('until_at', '>=', since)
    .orderBy('until_at', 'desc')
    .execute();
  return rows.map(toHold);
}

async function write(transaction: Transaction, made: Hold): Promise<void> {
  const changed = {
    who: made.who,
    until_at: made.until,
    why: made.why ?? null,
    place: made.place === undefined ? null : JSON.stringify(made.place),
    instance_name: made.name ?? null,
  };
  await transaction
    .insertInto('hold')
    .values({ instance_id: made.instance, holder: made.holder, since_at: made.since, ...changed })
    .onConflict((conflict) => conflict.columns(['instance_id', 'holder', 'since_at']).doUpdateSet(changed))
    .execute();
}

async function record(
  transaction: Transaction,
  holds: readonly Hold[],
  { name: who, remote }: Who,
  at: number,
  what: string,
): Promise<void> {
  const entries = holds.map((one) => {
    const named = nameInstance({ id: one.instance, ...(one.name === undefined ? {} : { name: one.name }) });
    const why = one.why === undefined ? '' : ` (${quote(one.why)})`;
    const message = `${what} ${named} for ${one.holder} until ${new Date(one.until).toISOString()}${why}`;
    return { entry: { at, event: 'hold', who, remote, instance: one.instance, message } as const };
  });
  await append(transaction, entries);
}
