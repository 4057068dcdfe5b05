/** Sightings for the contract suite, and what the store makes of them. */
import type { Sighting } from '../../../src/domain/machine.ts';
import type { MachinesQuery } from '../../../src/store/machine-port.ts';
import type { Store } from '../../../src/store/port.ts';
import { instanceId, MINUTE, T0 } from './samples.ts';

export const PLACE = { account: 'research', region: 'us-east-1' };

export function sighting(machine: number, more: Partial<Sighting> = {}): Sighting {
  return {
    id: instanceId(machine),
    place: PLACE,
    state: 'running',
    type: 'g5.xlarge',
    availabilityZone: 'us-east-1a',
    launchedAt: T0 - 60 * MINUTE,
    tags: { Name: `gpu-${machine}`, team: 'ml' },
    name: `gpu-${machine}`,
    at: T0,
    ...more,
  };
}

/** Records the sightings at the time of the newest. @returns the ids of the machines that changed */
export async function see(store: Store, ...sightings: readonly Sighting[]): Promise<readonly string[]> {
  const now = Math.max(...sightings.map(({ at }) => at));
  return (await store.recordSeen(sightings, now)).map(({ id }) => id).toSorted();
}

/** Times count from T0. */
export async function intervalsOf(
  store: Store,
  machine: number,
  since = 0,
): Promise<readonly (readonly [state: string, since: number, until: number | undefined, by: string])[]> {
  const intervals = (await store.intervals([instanceId(machine)], since)).get(instanceId(machine)) ?? [];
  return intervals.map(({ state, since: from, until, why }) => [
    state,
    from - T0,
    until === undefined ? undefined : until - T0,
    why.by,
  ]);
}

export async function listMachines(
  store: Store,
  more: Partial<MachinesQuery> = {},
  now = T0,
): Promise<{ readonly ids: readonly number[]; readonly total: number; readonly known: number }> {
  const all = { sort: 'name', descending: false, limit: 100, offset: 0 } as const;
  const { rows, total, known } = await store.machines({ ...all, ...more }, now);
  return { ids: rows.map(({ machine: { id } }) => Number(id.slice(2))), total, known };
}
