/** Operations move leases as they end, in the same transaction: a start makes a lease, a stop ends it. */
import type { Change, Settled } from '../domain/change.ts';
import { askAgainAt, askAt, holderOf, leaseAfter } from '../domain/lease.ts';
import { isOpen, type EndedOperation, type Operation } from '../domain/operation.ts';
import { targetKey } from '../domain/target.ts';
import { isOver, type Lease } from '../domain/voice.ts';
import { traitsOf } from '../domain/cause.ts';
import type { Intent } from '../domain/intent.ts';
import { readChunks } from './chunks.ts';
import { endRow, record, replace } from './leases.ts';
import { toIntent } from './rows.ts';
import type { OperationRow, Transaction } from './schema.ts';
import { readLeases } from './voice.ts';

/** The machines whose leases these changes may make, change or end: they have to be locked. */
export async function leasedBy(transaction: Transaction, changes: readonly Change[]): Promise<readonly string[]> {
  const ends = changes.flatMap(({ after }) => (mayTouchLease(after) ? [after] : []));
  const starting = ends.filter(({ intent }) => intent.verb === 'start' && intent.leaseMs !== undefined);
  const stopping = ends.filter(({ intent }) => intent.verb === 'stop').flatMap((after) => machineOf(after) ?? []);
  const rows = await readChunks(stopping, async (some) =>
    transaction
      .selectFrom('lease')
      .select('instance_id as id')
      .where('instance_id', 'in', some)
      .where('ended_at', 'is', null)
      .execute(),
  );
  return [...rows.map(({ id }) => id), ...starting.flatMap((after) => machineOf(after) ?? [])];
}

/** @param locked the operations as they were before the changes */
export async function moveLeases(
  transaction: Transaction,
  changes: readonly Change[],
  answers: readonly Settled[],
  locked: readonly OperationRow[],
): Promise<void> {
  const moves = answers.flatMap((answer) => (answer.outcome === 'written' ? answer.moves : []));
  const ends = moves.flatMap(({ after, at }) => (mayTouchLease(after) ? [{ after, at }] : []));
  if (ends.length === 0) return;
  const launches = new Map(changes.map(({ before, launchedAt }) => [before.id, launchedAt]));
  const intents = new Map(locked.map(({ id, intent }) => [id, intent]));
  const leases = new Map(
    (
      await readLeases(
        transaction,
        ends.flatMap(({ after }) => machineOf(after) ?? []),
      )
    ).map((lease) => [lease.instance, lease]),
  );
  for (const { after, at } of ends) {
    const instance = machineOf(after) ?? '';
    const lease = leases.get(instance);
    // A cause that has joined meanwhile may have asked for another lease.
    const intent = toIntent(intents.get(after.id) ?? '') ?? after.intent;
    const next =
      after.intent.verb === 'start'
        ? await afterStart(transaction, { after, intent, launchedAt: launches.get(after.id) ?? 0 }, lease, at)
        : await afterStop(transaction, after, lease, at);
    if (next === undefined) leases.delete(instance);
    else leases.set(instance, next);
  }
}

/** Whether the end of this operation makes, changes or ends a lease, if there is one. */
function mayTouchLease(after: Operation): after is EndedOperation {
  const { intent } = after;
  if (isOpen(after) || intent.dryRun || machineOf(after) === undefined) return false;
  if (intent.verb === 'start')
    return after.state === 'succeeded' && (traitsOf(intent.cause).isWord || intent.leaseMs !== undefined);
  return after.state === 'succeeded' || after.reason === 'vanished' || intent.cause.by === 'lease';
}

/** A lease's stop may end before its machine is found. */
function machineOf({ intent, instance }: Operation): string | undefined {
  return instance?.id ?? (intent.cause.by === 'lease' ? targetKey(intent.target) : undefined);
}

interface Start {
  readonly after: EndedOperation;
  /** As it is in the store. */
  readonly intent: Intent;
  readonly launchedAt: number;
}

/** @returns the lease that the machine then has */
async function afterStart(
  transaction: Transaction,
  { after, intent, launchedAt }: Start,
  known: Lease | undefined,
  at: number,
): Promise<Lease | undefined> {
  const present = known !== undefined && isOver(known, { launchedAt }) ? undefined : known;
  // Of several starts of the same moment each may have found it stopped.
  const hasStarted = after.reason === 'state_reached' && after.attempts > 0;
  const terms = leaseAfter({ intent, hasStarted, at, present });
  if (terms === undefined || (!traitsOf(intent.cause).isWord && (await wasStartedByPerson(transaction, after)))) {
    if (known !== undefined && present === undefined) await endRow(transaction, known.id, at);
    return present;
  }
  const { until, who, lengthMs, isFresh } = terms;
  const by = { name: holderOf(intent.cause) };
  if (!isFresh && present !== undefined) {
    await transaction
      .updateTable('lease')
      .set({ until_at: until, ask_at: Math.max(askAt(until), at) })
      .where('id', '=', present.id)
      .execute();
    const lease = { ...present, until };
    await record(transaction, lease, by, at, 'extended');
    return lease;
  }
  const { id: instance, place, name } = after.instance ?? { id: machineOf(after) ?? '' };
  const about = { ...(place === undefined ? {} : { place }), ...(name === undefined ? {} : { name }) };
  const lease = await replace(transaction, known, { instance, ...about, who, until, lengthMs, launchedAt }, at);
  await record(transaction, lease, by, at, 'made');
  return lease;
}

/** An alert whose call met a person's start gives no end to what she has started. */
async function wasStartedByPerson(
  transaction: Transaction,
  { id, instance, sentAt = 0 }: EndedOperation,
): Promise<boolean> {
  const rows = await transaction
    .selectFrom('operation')
    .select('intent')
    .where('instance_id', '=', instance?.id ?? '')
    .where('verb', '=', 'start')
    .where('state', '=', 'succeeded')
    .where('dry_run', '=', 0)
    .where('ended_at', '>=', sentAt)
    .where('id', '!=', id)
    .execute();
  return rows.some(({ intent }) => {
    const cause = toIntent(intent)?.cause;
    return cause !== undefined && traitsOf(cause).isWord;
  });
}

/** @returns the lease that the machine still has */
async function afterStop(
  transaction: Transaction,
  stop: EndedOperation,
  lease: Lease | undefined,
  at: number,
): Promise<Lease | undefined> {
  if (lease === undefined) return undefined;
  const { cause } = stop.intent;
  // The machine has stopped or is gone, whoever asked for that.
  const isGone = stop.state === 'succeeded' || stop.reason === 'vanished';
  if (!isGone && (cause.by !== 'lease' || cause.lease !== lease.id)) return lease;
  const again = isGone ? undefined : askAgainAt(stop, lease);
  if (again !== undefined) {
    await transaction.updateTable('lease').set({ ask_at: again }).where('id', '=', lease.id).execute();
    return lease;
  }
  await endRow(transaction, lease.id, at);
  const by = { name: lease.who };
  // The machine runs on, and nothing else would say so.
  if (!isGone) await record(transaction, lease, by, at, `the stop was not made (${stop.reason}), which ended`);
  else await record(transaction, lease, by, at, 'a stop of the machine ended');
  return undefined;
}
