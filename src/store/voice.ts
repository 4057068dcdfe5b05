/** Reads what people have said about machines: holds, leases, pauses. */
import * as z from 'zod';
import type { Hold, Lease, Pause, Voice } from '../domain/voice.ts';
import { readChunks } from './chunks.ts';
import { openMachine } from './open-machine.ts';
import { readJson } from './read-json.ts';
import { readPlace, toIntent } from './rows.ts';
import type { Db, HoldRow, LeaseRow, PauseRow } from './schema.ts';

/** As `Store.voices`. */
export async function readVoices(
  db: Db,
  instances: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Voice>> {
  const [pauses, voices] = await Promise.all([readPauses(db, now), readOwnVoices(db, instances, now)]);
  return new Map(instances.map((id): [string, Voice] => [id, { holds: [], ...voices.get(id), pauses }]));
}

/** The holds and leases of one machine by itself. */
export type OwnVoice = Omit<Voice, 'pauses'>;

/** @returns without the machines of which people have said nothing */
export async function readOwnVoices(
  db: Db,
  instances: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, OwnVoice>> {
  const [held, leased] = await Promise.all([readHolds(db, instances, now), readLeases(db, instances)]);
  const stopping = await readStopping(
    db,
    leased.filter(({ until }) => until <= now),
  );
  const holds = Map.groupBy(held, ({ instance }) => instance);
  const leases = new Map(
    leased.map((lease) => [lease.instance, stopping.has(lease.id) ? { ...lease, isStopping: true as const } : lease]),
  );
  return new Map(
    [...holds.keys(), ...leases.keys()].map((id): [string, OwnVoice] => {
      const lease = leases.get(id);
      return [id, { holds: holds.get(id) ?? [], ...(lease === undefined ? {} : { lease }) }];
    }),
  );
}

/** Those of these instances that have not ended. */
export async function readHolds(db: Db, instances: readonly string[], now: number): Promise<readonly Hold[]> {
  const rows = await readChunks(instances, async (some) =>
    db
      .selectFrom('hold')
      .selectAll()
      .where('instance_id', 'in', some)
      .where('until_at', '>', now)
      .orderBy('holder')
      .execute(),
  );
  return rows.map(toHold);
}

/** Those of these machines that have not been ended. */
export async function readLeases(db: Db, instances: readonly string[]): Promise<readonly Lease[]> {
  const rows = await readChunks(instances, async (some) =>
    db.selectFrom('lease').selectAll().where('instance_id', 'in', some).where('ended_at', 'is', null).execute(),
  );
  return rows.map(toLease);
}

/** The ids of those leases whose own stops have not ended. */
async function readStopping(db: Db, leases: readonly Lease[]): Promise<ReadonlySet<string>> {
  const rows = await readChunks(
    leases.map(({ instance }) => instance),
    async (some) =>
      db
        .selectFrom('operation')
        .select('intent')
        .where(openMachine(), 'in', some)
        .where('ended_at', 'is', null)
        .where('verb', '=', 'stop')
        .execute(),
  );
  const causes = rows.flatMap(({ intent }) => toIntent(intent)?.cause ?? []);
  return new Set(causes.flatMap((cause) => (cause.by === 'lease' ? [cause.lease] : [])));
}

/** Those that have not ended, oldest first. */
export async function readPauses(db: Db, now: number): Promise<readonly Pause[]> {
  const rows = await db
    .selectFrom('pause')
    .selectAll()
    .where('ended_at', 'is', null)
    .where((row) => row.or([row('until_at', 'is', null), row('until_at', '>', now)]))
    .orderBy('created_at')
    .execute();
  return rows.map(toPause);
}

export function toHold(row: HoldRow): Hold {
  const { instance_id: instance, holder, who, since_at: since, until_at: until } = row;
  return { instance, holder, who, since, until, ...aboutMachine(row) };
}

export function toLease(row: LeaseRow): Lease {
  const { id, instance_id: instance, since_at: since, until_at: until, length_ms: lengthMs, who } = row;
  return { id, instance, since, until, lengthMs, who, ...aboutMachine(row) };
}

function aboutMachine({ why, place, instance_name: name }: Pick<HoldRow, 'why' | 'place' | 'instance_name'>) {
  const known = readPlace(place);
  return {
    ...(why === null ? {} : { why }),
    ...(known === undefined ? {} : { place: known }),
    ...(name === null ? {} : { name }),
  };
}

const selector = z.record(z.string(), z.string());

/** A selector that this version cannot read chooses all machines: it is safer to wait. */
export function toPause({ id, selector: only, until_at: until, who, why, created_at: createdAt }: PauseRow): Pause {
  const chosen = readJson(selector, only);
  return {
    id,
    who,
    why,
    createdAt,
    ...(chosen === undefined ? {} : { only: chosen }),
    ...(until === null ? {} : { until }),
  };
}
