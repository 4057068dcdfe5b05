/**
 * The schedules that stop leased machines if the operator is gone. A row is written before EventBridge is asked and deleted after
 * the schedule is gone, so a crash leaves no schedule that is not known.
 */
import {
  earliestStop,
  type KeptSchedule,
  type LeaseEnd,
  type Schedule,
  type ScheduleOutcome,
} from '../domain/schedule.ts';
import { readPauses } from './voice.ts';
import type { ScheduleClaim } from './schedule-port.ts';
import { readPlace, toIntent } from './rows.ts';
import type { Db, Transaction } from './schema.ts';

/** As `Store.leaseEnds`. Only what is needed is read: there may be ten thousand leases, and they are looked at again and again. */
export async function readLeaseEnds(db: Db, now: number): Promise<readonly LeaseEnd[]> {
  const leases = await db
    .selectFrom('lease')
    .select(['id', 'instance_id as instance', 'until_at as until', 'place'])
    .where('ended_at', 'is', null)
    // The machine's region and account decide where its schedule stands.
    .where('place', 'is not', null)
    .execute();
  if (leases.length === 0) return [];
  const pauses = await readPauses(db, now);
  const held = await readHeld(db, now);
  const stops = await readStops(db);
  return leases.flatMap(({ id, instance, until, place: text }) => {
    const place = readPlace(text ?? '');
    if (place === undefined) return [];
    const holds = held.get(instance) ?? [];
    const earliest = earliestStop({ lease: { until }, holds, pauses, stopWaitsUntil: stops.get(id) ?? 0 });
    return [{ instance, place, earliest }];
  });
}

/** The longest hold of each machine. */
async function readHeld(db: Db, now: number): Promise<ReadonlyMap<string, readonly [{ readonly until: number }]>> {
  const rows = await db
    .selectFrom('hold')
    .select((row) => ['instance_id', row.fn.max('until_at').as('until')])
    .where('until_at', '>', now)
    .groupBy('instance_id')
    .execute();
  return new Map(rows.map(({ instance_id: instance, until }) => [instance, [{ until }]]));
}

/** When the open stops of leases are looked at next, by the lease's id. */
async function readStops(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('operation')
    .select(['intent', 'available_at'])
    .where('ended_at', 'is', null)
    .where('verb', '=', 'stop')
    // An intent is JSON of our own.
    .where('intent', 'like', '%"by":"lease"%')
    .execute();
  return new Map(
    rows.flatMap(({ intent, available_at: at }): readonly (readonly [string, number])[] => {
      const cause = toIntent(intent)?.cause;
      return cause?.by === 'lease' ? [[cause.lease, at]] : [];
    }),
  );
}

export async function readSchedules(db: Db): Promise<readonly KeptSchedule[]> {
  const rows = await db.selectFrom('schedule').selectAll().orderBy('instance_id').execute();
  return rows.flatMap((row) => {
    const { instance_id: instance, schedule_group: group, role_arn: roleArn, at } = row;
    const place = readPlace(row.place);
    // A schedule whose place this version cannot read is left alone.
    return place === undefined ? [] : [{ instance, place, group, roleArn, at, isSure: row.is_sure !== 0 }];
  });
}

/** As `Store.claimSchedule`. */
export async function claimSchedule(transaction: Transaction, claim: ScheduleClaim): Promise<boolean> {
  const { owner, now, until: claimed_until, schedule } = claim;
  if (claim.isNew) {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('schedule')
      .values({ ...toColumns(schedule), instance_id: schedule.instance, is_sure: 0, owner, claimed_until })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return Number(numInsertedOrUpdatedRows) === 1;
  }
  const { numUpdatedRows } = await transaction
    .updateTable('schedule')
    .set({ is_sure: 0, owner, claimed_until })
    .where('instance_id', '=', schedule.instance)
    .where((row) => row.or([row('owner', 'is', null), row('owner', '=', owner), row('claimed_until', '<', now)]))
    .executeTakeFirst();
  return Number(numUpdatedRows) === 1;
}

/** As `Store.settleSchedule`. */
export async function settleSchedule(
  transaction: Transaction,
  owner: string,
  schedule: Schedule,
  outcome: ScheduleOutcome,
): Promise<void> {
  if (await settleOwn(transaction, owner, schedule, outcome)) return;
  const doubt = { is_sure: 0, ...FREE };
  await transaction
    .insertInto('schedule')
    .values({ ...toColumns(schedule), instance_id: schedule.instance, ...doubt })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet(doubt))
    .execute();
}

const FREE = { owner: null, claimed_until: null };

/** @returns false if it is not the owner's any more */
async function settleOwn(
  transaction: Transaction,
  owner: string,
  schedule: Schedule,
  outcome: ScheduleOutcome,
): Promise<boolean> {
  const { instance } = schedule;
  if (outcome === 'gone') {
    const { numDeletedRows } = await transaction
      .deleteFrom('schedule')
      .where('instance_id', '=', instance)
      .where('owner', '=', owner)
      .executeTakeFirst();
    return Number(numDeletedRows) === 1;
  }
  const { numUpdatedRows } = await transaction
    .updateTable('schedule')
    .set(outcome === 'unknown' ? FREE : { ...FREE, ...toColumns(schedule), is_sure: 1 })
    .where('instance_id', '=', instance)
    .where('owner', '=', owner)
    .executeTakeFirst();
  return Number(numUpdatedRows) === 1;
}

function toColumns({ place, group, roleArn, at }: Schedule) {
  return { place: JSON.stringify(place), schedule_group: group, role_arn: roleArn, at };
}
