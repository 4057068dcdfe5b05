/** Machines with what is known of them here, a few queries for many of them. */
import type { Machine, MachineRow } from '../domain/machine.ts';
import { openNow } from '../domain/open-now.ts';
import type { Operation } from '../domain/operation.ts';
import { isOver, type Lease } from '../domain/voice.ts';
import { readChunks } from './chunks.ts';
import { createReadOperations, type ReadOperations } from './known-operations.ts';
import { openMachine } from './open-machine.ts';
import { readShown } from './read-machines.ts';
import type { Db } from './schema.ts';
import { toMachine } from './seen-machine.ts';
import { showOperation } from './shown.ts';
import { readOwnVoices, type OwnVoice } from './voice.ts';

export interface MachineReader {
  readonly db: Db;
  readonly readOperations: ReadOperations;
}

export function createMachineReader(db: Db): MachineReader {
  return { db, readOperations: createReadOperations(db) };
}

/** As `Store.machineRows`. */
export async function readMachineRows(
  reader: MachineReader,
  ids: readonly string[],
  now: number,
): Promise<readonly MachineRow[]> {
  return (await readRows(reader, ids, now)).filter(({ machine }) => machine.forgottenAt === undefined);
}

/** As `Store.machine`. */
export async function readMachine(reader: MachineReader, id: string, now: number): Promise<MachineRow | undefined> {
  return (await readRows(reader, [id], now))[0];
}

/** @returns in the same order, forgotten ones included; ids that are unknown are left out */
export async function readRows(
  reader: MachineReader,
  ids: readonly string[],
  now: number,
): Promise<readonly MachineRow[]> {
  const { db } = reader;
  const opening = readOpen(db, ids);
  // The longest first: the other connections are asked meanwhile.
  const [last, seen, open, voices] = await Promise.all([
    readLast(reader, ids, opening),
    readShown(db, ids),
    opening,
    readOwnVoices(db, ids, now),
  ]);
  const machines = new Map(seen.map((row) => [row.id, toMachine(row)]));
  return ids.flatMap((id) => {
    const machine = machines.get(id);
    if (machine === undefined) return [];
    return [withKnown(machine, voices.get(id), open.get(id), last.get(id))];
  });
}

function withKnown(machine: Machine, voice?: OwnVoice, open?: Operation, last?: Operation): MachineRow {
  return {
    machine,
    ...(voice === undefined ? {} : spokenFor(machine, voice)),
    ...(open === undefined ? {} : { open }),
    ...(last === undefined ? {} : { last }),
  };
}

function spokenFor(machine: Machine, { holds, lease }: OwnVoice): Pick<MachineRow, 'hold' | 'alsoHeldBy' | 'lease'> {
  const [hold, ...others] = holds.toSorted((one, other) => other.until - one.until);
  return {
    ...(hold === undefined ? {} : { hold }),
    ...(others.length === 0 ? {} : { alsoHeldBy: others.map(({ holder }) => holder) }),
    ...(lease !== undefined && isInForce(lease, machine) ? { lease } : {}),
  };
}

/** The row of a lease may outlive it: nothing asks about the lease of a machine that stopped, until it would stop it. */
function isInForce(lease: Lease, machine: Machine): boolean {
  const hasStopped = machine.state !== 'pending' && machine.state !== 'running' && machine.state !== 'stopping';
  return !isOver(lease, machine) && !(hasStopped && machine.since > lease.since);
}

/** The open operation of each machine that decides what comes. */
async function readOpen(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Operation>> {
  const open = await readChunks(ids, async (some) =>
    db
      .selectFrom('operation')
      .selectAll()
      .where(openMachine(), 'in', some)
      .where('ended_at', 'is', null)
      .where('dry_run', '=', 0)
      .execute(),
  );
  const byMachine = Map.groupBy(open, (row) => row.instance_id ?? row.target);
  return new Map(
    [...byMachine].flatMap(([id, rows]): readonly (readonly [string, Operation])[] => {
      const decisive = openNow(rows.map(showOperation));
      return decisive === undefined ? [] : [[id, decisive]];
    }),
  );
}

/**
 * The newest operation of each machine. An index has each machine's in their order, so that no more than the newest is read.
 *
 * @param opening the newest operation of a machine is often its open one, and is then not read and parsed again
 */
async function readLast(
  { db, readOperations }: MachineReader,
  ids: readonly string[],
  opening: ReturnType<typeof readOpen>,
): Promise<ReadonlyMap<string, Operation>> {
  const newest = await readChunks(ids, async (some) =>
    db
      .selectFrom('machine')
      .select((row) => [
        'machine.id',
        row
          .selectFrom('operation as found')
          .select('found.id')
          .whereRef('found.instance_id', '=', 'machine.id')
          .orderBy('found.id', 'desc')
          .limit(1)
          .as('found'),
        row
          .selectFrom('operation as asked')
          .select('asked.id')
          .whereRef('asked.target', '=', 'machine.id')
          .orderBy('asked.id', 'desc')
          .limit(1)
          .as('asked'),
      ])
      .where('machine.id', 'in', some)
      .execute(),
  );
  const machines = new Map(
    newest.flatMap(({ id, found, asked }): readonly (readonly [string, string])[] => {
      const last = found === null || (asked ?? '') > found ? asked : found;
      return last === null ? [] : [[last, id]];
    }),
  );
  const open = new Map((await opening).values().map((operation) => [operation.id, operation]));
  const others = await readOperations(
    machines
      .keys()
      .filter((id) => !open.has(id))
      .toArray(),
  );
  return new Map(
    [...machines].flatMap(([last, id]): readonly (readonly [string, Operation])[] => {
      const operation = open.get(last) ?? others.get(last);
      return operation === undefined ? [] : [[id, operation]];
    }),
  );
}
